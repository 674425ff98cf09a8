package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"ratecliff/e2e/client"
)

// slug is a client's name as part of a model's.
func slug(c client.Client) string {
	return strings.NewReplacer("@", "", "/", "-").Replace(c.Name())
}

// pool is one pool of a limit profile of the mock.
type pool struct {
	Name   string   `json:"name"`
	Models []string `json:"models"`
	RPM    int64    `json:"rpm,omitempty"`
	ITPM   int64    `json:"itpm,omitempty"`
	OTPM   int64    `json:"otpm,omitempty"`
}

// writeProfile writes a profile in which every client has models of its own,
// so that clients do not spend each other's limits.
func writeProfile(path string, clients []client.Client) error {
	var pools []pool
	add := func(c client.Client, kind string, p pool) {
		p.Name = kind + "-" + slug(c)
		p.Models = []string{p.Name}
		pools = append(pools, p)
	}
	for _, c := range clients {
		add(c, "rpm", pool{RPM: 2})
		add(c, "itpm", pool{ITPM: 100})
		add(c, "otpm", pool{OTPM: 20})
		add(c, "back", pool{RPM: 2})
		add(c, "back-stream", pool{RPM: 2})
	}
	pools = append(pools, pool{Name: "rows", Models: []string{"form-*", "end-*"}, RPM: 100_000})
	text, err := json.Marshal(map[string]any{
		"name": "tiny", "title": "One tiny pool for every client and limit", "date": "2026-11", "source": "e2e", "pools": pools,
	})
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// limited are the checks of refusals by limits, against a mock with the profile
// of writeProfile at real pace.
func limited(clients []client.Client, m *mock) []check {
	var out []check
	for dimension, words := range map[string]string{
		"rpm":  "rate limit of 2 requests per minute",
		"itpm": "rate limit of 100 input tokens per minute",
		"otpm": "rate limit of 20 output tokens per minute",
	} {
		out = append(out, each(clients, m, "429 by "+dimension, func(ctx context.Context, c client.Client, call client.Call) error {
			return refused(ctx, c, call, dimension, words)
		})...)
	}
	return out
}

// refused sends messages until one is refused, and judges how.
func refused(ctx context.Context, c client.Client, call client.Call, dimension, words string) error {
	never := 0
	call.Op, call.Model, call.Retries = "message", dimension+"-"+slug(c), &never
	call.PromptBytes = 240 // about 60 tokens
	for range 4 {
		a := c.Do(ctx, call)
		if a.Error == nil {
			continue
		}
		if !strings.Contains(a.Error.Message, words) {
			return fmt.Errorf("message %q, want %q in it", a.Error.Message, words)
		}
		return mapped(c.Name(), 429, "rate_limit_error", a)
	}
	return fmt.Errorf("four messages were all taken")
}

// recovering are the checks of a refusal that a client's own retry gets over,
// against a mock with the profile of writeProfile at sixty times the pace.
func recovering(clients []client.Client, m *mock) []check {
	var out []check
	for _, op := range []string{"message", "stream"} {
		out = append(out, each(clients, m, op+" recovers from a 429", func(ctx context.Context, c client.Client, call client.Call) error {
			return recovered(ctx, c, call, op)
		})...)
	}
	return out
}

// recovered sends three messages where two fit: the third must wait and then
// succeed, without its caller's doing.
func recovered(ctx context.Context, c client.Client, call client.Call, op string) error {
	call.Op, call.Model, call.MaxTokens = op, "back-"+slug(c), 1
	if op == "stream" {
		call.Model = "back-stream-" + slug(c)
	}
	var last client.Answer
	for range 3 {
		if last = c.Do(ctx, call); last.Error != nil {
			return fmt.Errorf("%+v", *last.Error)
		}
	}
	var w want
	w.that(last.Seconds > 0.25, "the third took %.3f s: it was not refused", last.Seconds)
	return w.err()
}
