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
				return linked(byModel[model], c.Name() == vercel)
			}})
		}
	}
	return out
}

// linked says whether every exchange that follows a refusal repeats it; uncounted
// clients do not send which try it is.
func linked(all []exchange, uncounted bool) error {
	refusals := 0
	var w want
	for i, x := range all {
		if i == 0 || all[i-1].Status != 429 {
			w.that(x.Retries == 0, "exchange %d repeats %d, want none", x.Seq, x.Retries)
			continue
		}
		refusals++
		w.that(x.Retries == all[i-1].Seq, "exchange %d repeats %d, want %d", x.Seq, x.Retries, all[i-1].Seq)
		w.that(uncounted == (x.RetryCount == nil), "exchange %d has retry count %s", x.Seq, number(x.RetryCount))
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
