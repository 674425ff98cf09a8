package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"ratecliff/e2e/client"
)

// effect is what a fault of the mock does, by the names of its fields.
type effect map[string]any

// header is a header that a fault sets.
type header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// short is the longest wait that is told in the checks of the mock; the page of
// measured behaviour has the others.
const short = 10 * time.Second

// rowModel is the model whose requests meet a row; each client has its own, so
// that the first request of each can be told.
func rowModel(table string, row int, c client.Client) string {
	return fmt.Sprintf("%s-%d-%s", table, row, slug(c))
}

// writeFaults writes the rows of both tables as faults of the mock.
func writeFaults(path string, clients []client.Client) error {
	type match struct {
		Models []string `json:"models"`
		Nth    []int    `json:"nth,omitempty"`
	}
	type rule struct {
		Name   string `json:"name"`
		Match  match  `json:"match"`
		Effect effect `json:"effect"`
	}
	var rules []rule
	for _, c := range clients {
		for r, f := range forms() {
			model := rowModel("form", r, c)
			rules = append(rules, rule{model, match{[]string{model}, []int{1}}, f.effect()})
		}
		for r, e := range ends() {
			model := rowModel("end", r, c)
			rules = append(rules, rule{model, match{[]string{model}, nil}, e.Effect})
		}
	}
	text, err := json.Marshal(map[string]any{"rules": rules})
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// effect is the first answer of a form as a fault of the mock.
func (f *form) effect() effect {
	status, _ := f.kind()
	e := effect{"kind": "error", "status": status}
	for name, values := range f.Header {
		switch name {
		case "Retry-After":
			e["retry_after"] = values[0]
		case "Retry-After-Ms":
			e["retry_after_ms"] = values[0]
		default:
			e["headers"] = []header{{name, values[0]}}
		}
	}
	if f.Date != 0 {
		e["retry_after"] = fmt.Sprintf("date%+ds", int(f.Date.Seconds()))
	}
	return e
}

// faulty are the checks of the mock's faults: a client must not be able to tell
// them from the same answers of the script, which was written from the API's
// documentation and shares no code with the mock.
func faulty(clients []client.Client, m *mock) []check {
	var out []check
	for r, f := range forms() {
		if f.Told > short {
			continue
		}
		out = append(out, each(clients, m, "first answer: "+f.Name, func(ctx context.Context, c client.Client, call client.Call) error {
			call.Model = rowModel("form", r, c)
			return likeForm(ctx, c, call, &f)
		})...)
	}
	for r, e := range ends() {
		out = append(out, each(clients, m, "every answer: "+e.Name, func(ctx context.Context, c client.Client, call client.Call) error {
			call.Model = rowModel("end", r, c)
			return likeEnd(ctx, c, call, &e)
		})...)
	}
	return out
}

// likeForm compares how long a client waits for the mock and for the script.
func likeForm(ctx context.Context, c client.Client, call client.Call, f *form) error {
	s, err := startScript()
	if err != nil {
		return err
	}
	defer func() { _ = s.close() }() // everything is answered by now
	scripted := s.form(ctx, c, "scripted", f)
	call.Base, err = s.forward("mock", call.Base)
	if err != nil {
		return err
	}
	call.Op, call.MaxTokens = "message", 16
	got := s.wait(ctx, c, "mock", call, f)
	if diff := differences(scripted, got); len(diff) > 0 {
		return fmt.Errorf("%s, but with the script %s", got, scripted)
	}
	return nil
}

// likeEnd compares what the caller gets of the mock and of the script.
func likeEnd(ctx context.Context, c client.Client, call client.Call, e *end) error {
	s, err := startScript()
	if err != nil {
		return err
	}
	defer func() { _ = s.close() }() // everything is answered by now
	never := 0
	call.Op, call.Retries = e.Op, &never
	got := c.Do(ctx, call)
	call.Base = s.add("scripted", e.Step)
	scripted := c.Do(ctx, call)
	if summary(got) != summary(scripted) {
		return fmt.Errorf("%s, but with the script %s (%+v, %+v)", summary(got), summary(scripted), got.Error, scripted.Error)
	}
	if got.Error != nil && e.Step.Status >= 400 && e.Step.Body == "" {
		return mapped(c.Name(), e.Step.Status, e.Step.Type, got)
	}
	return nil
}

// summary is what both must have in common.
func summary(a client.Answer) string {
	if a.Error == nil {
		return fmt.Sprintf("no error, text %t", a.Text != "")
	}
	e := a.Error
	return fmt.Sprintf("%s, status %d, type %q, code %q, request id %t", e.Class, e.Status, e.Type, e.Code, e.RequestID != "")
}
