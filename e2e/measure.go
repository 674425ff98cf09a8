package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"ratecliff/e2e/client"
)

// horizon is how long a call is watched: longer than the longest wait that is
// told to the second, 171 s.
const horizon = 176 * time.Second

// measured is what was seen: cells[row][client] of each table.
type measured struct {
	Forms, Ends [][]string
	Calls       [][2]string // per client: version, key header
	Counts      []string    // per client: values of the retry count header
}

// measure has every client meet every form and end.
func measure(ctx context.Context, clients []client.Client) (*measured, error) {
	s, err := startScript()
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.close() }()       // waits that never end are cut here
	ctx, cancel := context.WithCancel(ctx) // no deadline: a client could look at it
	defer cancel()
	defer time.AfterFunc(horizon, cancel).Stop()
	m := &measured{Forms: grid(len(forms()), len(clients)), Ends: grid(len(ends()), len(clients))}
	var wg sync.WaitGroup
	for i, c := range clients {
		wg.Go(func() { m.column(ctx, s, c, i) })
	}
	wg.Wait()
	for c := range clients {
		m.habits(s.attempts(plotName("form", told(3*time.Second), c)))
	}
	return m, nil
}

// column has one client meet everything. What takes minutes runs side by side;
// short waits are measured one after the other, on a client that is warm.
func (m *measured) column(ctx context.Context, s *script, c client.Client, i int) {
	s.add(plotName("warm", 0, i), step{})
	c.Do(ctx, request("message", s.base+"/"+plotName("warm", 0, i)))
	var wg sync.WaitGroup
	fs := forms()
	slow := func(do func()) {
		time.Sleep(50 * time.Millisecond) // so that starting one is not measured by another
		wg.Go(do)
	}
	for r := range fs {
		if fs[r].Told > short {
			slow(func() { m.Forms[r][i] = s.form(ctx, c, plotName("form", r, i), &fs[r]) })
		}
	}
	for r, e := range ends() {
		slow(func() { m.Ends[r][i] = s.end(ctx, c, plotName("end", r, i), &e) })
	}
	for r := range fs {
		if fs[r].Told <= short {
			m.Forms[r][i] = s.form(ctx, c, plotName("form", r, i), &fs[r])
		}
	}
	wg.Wait()
}

func plotName(table string, row, column int) string {
	return fmt.Sprintf("%s-%d-%d", table, row, column)
}

// told is the first row that tells a wait.
func told(wait time.Duration) int {
	return slices.IndexFunc(forms(), func(f form) bool { return f.Told == wait })
}

func grid(rows, columns int) [][]string {
	out := make([][]string, rows)
	for i := range out {
		out[i] = make([]string, columns)
	}
	return out
}

// habits notes how a client calls, from two attempts of one call.
func (m *measured) habits(attempts []attempt) {
	var counts []string
	var call [2]string
	for i, a := range attempts {
		if i == 0 {
			call = [2]string{a.Header.Get("anthropic-version"), "`x-api-key`"}
			if a.Header.Get("Authorization") != "" {
				call[1] = "`Authorization: Bearer`"
			}
		}
		if v := a.Header.Get("x-stainless-retry-count"); v != "" {
			counts = append(counts, v)
		}
	}
	m.Calls = append(m.Calls, call)
	if counts == nil {
		counts = []string{"not sent"}
	}
	m.Counts = append(m.Counts, strings.Join(counts, ", "))
}

func request(op, base string) client.Call {
	return client.Call{Op: op, Base: base, Key: "mock-key", Model: "claude-sonnet-5", MaxTokens: 64}
}

// form is a cell of the first table.
func (s *script) form(ctx context.Context, c client.Client, name string, f *form) string {
	base := s.add(name, f.step(), step{})
	return s.wait(ctx, c, name, request("message", base), f)
}

// wait has a client meet a form, and says how long it waited.
func (s *script) wait(ctx context.Context, c client.Client, name string, call client.Call, f *form) string {
	answer := c.Do(ctx, call)
	seen := s.attempts(name)
	switch {
	case len(seen) == 0:
		return "never called"
	case len(seen) == 1 && ctx.Err() != nil:
		return fmt.Sprintf("still waiting after %d s", int(horizon.Seconds())-1)
	case len(seen) == 1:
		return "gives up"
	case answer.Error != nil:
		return "fails: " + answer.Error.Class
	}
	wait := seen[1].At.Sub(seen[0].Answered)
	if strings.HasPrefix(wording(wait, f.Beside, false), "waits") {
		return fmt.Sprintf("waits for retry-after (%.1f s)", wait.Seconds())
	}
	return wording(wait, f.Told, f.At != nil)
}

// wording says how long a wait was and whether it was what was told. A date has
// whole seconds, so that up to one may be missing.
func wording(wait, told time.Duration, dated bool) string {
	early := 100 * time.Millisecond
	if dated {
		early += time.Second
	}
	switch {
	case told > 0 && wait > told-early && wait < told+time.Second:
		return fmt.Sprintf("waits as told (%.1f s)", wait.Seconds())
	case wait < 150*time.Millisecond:
		return "at once"
	}
	return fmt.Sprintf("own backoff (%.1f s)", wait.Seconds())
}

// end is a cell of the second table.
func (s *script) end(ctx context.Context, c client.Client, name string, e *end) string {
	base := s.add(name, e.Step)
	answer := c.Do(ctx, request(e.Op, base))
	tries := len(s.attempts(name))
	unit := "tries"
	if tries == 1 {
		unit = "try"
	}
	outcome := "no error"
	switch {
	case ctx.Err() != nil:
		outcome = "still trying"
	case answer.Error != nil:
		outcome = "`" + strings.ReplaceAll(answer.Error.Class, "|", "/") + "`"
		if t := answer.Error.Type; t != "" && e.Op == "stream" {
			outcome += ", " + t
		}
	case answer.Text != "":
		outcome += fmt.Sprintf(", text %q", answer.Text)
	}
	return fmt.Sprintf("%d %s, %s", tries, unit, outcome)
}
