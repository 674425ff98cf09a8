package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"ratecliff/e2e/client"
)

// check is one thing that must hold between a client and the mock; nil means
// that it does.
type check struct {
	name string
	run  func(ctx context.Context) error
}

// tally counts what held and what did not. It is safe for concurrent use.
type tally struct {
	out io.Writer

	mu             sync.Mutex
	passed, failed int
}

func (t *tally) note(name string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		t.passed++
		fmt.Fprintf(t.out, "ok    %s\n", name)
		return
	}
	t.failed++
	fmt.Fprintf(t.out, "FAIL  %s: %v\n", name, err)
}

// perCheck bounds one check; the longest waits for two refusals.
const perCheck = 90 * time.Second

// run carries out the checks, a few at a time.
func (t *tally) run(ctx context.Context, checks []check) {
	slots := make(chan struct{}, 8)
	var wg sync.WaitGroup
	for _, c := range checks {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			ctx, cancel := context.WithTimeout(ctx, perCheck)
			defer cancel()
			t.note(c.name, c.run(ctx))
		})
	}
	wg.Wait()
}

// each makes a check of every client; do is given a call that only lacks its
// operation.
func each(clients []client.Client, m *mock, name string, do func(context.Context, client.Client, client.Call) error) []check {
	var out []check
	for _, c := range clients {
		call := client.Call{Base: m.base, Key: m.key, Model: "claude-sonnet-5", MaxTokens: 2048}
		out = append(out, check{c.Name() + ": " + name, func(ctx context.Context) error { return do(ctx, c, call) }})
	}
	return out
}

// supporting are the clients that have an operation.
func supporting(clients []client.Client, op string) []client.Client {
	var out []client.Client
	for _, c := range clients {
		if offers(c.Name(), op) {
			out = append(out, c)
		}
	}
	return out
}

// offers says whether a client has an operation at all. The two frameworks only
// send messages; assembling a stream is measured in the one SDK that has it as
// an interface of its own.
func offers(name, op string) bool {
	switch op {
	case "count", "batch", "models", "model", "limits":
		return name != vercel && name != langchain
	case "helper":
		return name == typescript
	}
	return true
}

// Names of the clients.
const (
	goV1       = "anthropic-sdk-go"
	goV2       = "anthropic-sdk-go/v2"
	typescript = "@anthropic-ai/sdk"
	vercel     = "ai"
	langchain  = "@langchain/anthropic"
)
