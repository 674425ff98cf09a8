package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"ratecliff/e2e/client"
)

// exchange is what is read of a line of the mock's journal.
type exchange struct {
	Seq        uint64 `json:"seq"`
	Model      string `json:"model"`
	Status     int    `json:"status"`
	Retries    uint64 `json:"retries"`
	RetryCount *int   `json:"retry_count"`
}

// evident are the checks of the journal that a mock left behind after the
// checks of recovering.
func evident(clients []client.Client, path string) []check {
	text, err := os.ReadFile(path)
	byModel := map[string][]exchange{}
	for line := range bytes.Lines(text) {
		var x exchange
		if err == nil {
			err = json.Unmarshal(line, &x)
		}
		byModel[x.Model] = append(byModel[x.Model], x)
	}
	out := []check{{"the journal holds neither prompt nor key", func(context.Context) error {
		var w want
		w.that(err == nil, "%v", err)
		w.that(len(text) > 0, "it is empty")
		for _, secret := range []string{"Say hello", "mock-key"} {
			w.that(!bytes.Contains(text, []byte(secret)), "it has %q", secret)
		}
		return w.err()
	}}}
	for _, c := range clients {
		for _, prefix := range []string{"back-", "back-stream-"} {
			model := prefix + slug(c)
			out = append(out, check{"the journal links the tries of " + model, func(context.Context) error {
				return linked(byModel[model], c.Name())
			}})
		}
	}
	return out
}

// linked says whether every exchange that follows a refusal is known to repeat
// it. LangChain.js tries again around its SDK, every time as if for the first
// time: it is taken at its word.
func linked(all []exchange, name string) error {
	refusals := 0
	var w want
	for i, x := range all {
		var repeats uint64
		if i > 0 && all[i-1].Status == 429 {
			refusals++
			if name != langchain {
				repeats = all[i-1].Seq
			}
		}
		w.that(x.Retries == repeats, "exchange %d repeats %d, want %d", x.Seq, x.Retries, repeats)
		w.that((name == vercel) == (x.RetryCount == nil), "exchange %d has retry count %s", x.Seq, number(x.RetryCount))
	}
	w.that(refusals > 0, "no refusal in %d exchanges", len(all))
	return w.err()
}

func number(n *int) string {
	if n == nil {
		return "none"
	}
	return fmt.Sprint(*n)
}
