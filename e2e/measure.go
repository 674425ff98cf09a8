package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"ratecliff/e2e/client"
)

// horizon is how long a call is watched: longer than the longest wait that is
// told to the second, 171 s.
const horizon = 176 * time.Second

// form is one way in which a first answer, a 429 unless stated, tells a client
// when to come back; the second answer is a success.
type form struct {
	Name   string
	Told   time.Duration // what is told; negative means nothing usable
	Status int           // 0 is 429
	Header http.Header
	At     func(now time.Time, h http.Header)
}

func seconds(name, value string, told time.Duration) form {
	return form{Name: name, Told: told, Header: http.Header{"Retry-After": {value}}}
}

func date(name string, in time.Duration) form {
	return form{Name: name, Told: in, At: func(now time.Time, h http.Header) {
		h.Set("Retry-After", now.Add(in).UTC().Format(http.TimeFormat))
	}}
}

// forms are the rows of the first table.
func forms() []form {
	const none = -1
	return []form{
		{Name: "missing", Told: none},
		seconds("`retry-after: 0`", "0", none),
		seconds("`retry-after: -5`", "-5", none),
		seconds("`retry-after: 1`", "1", time.Second),
		seconds("`retry-after: 3.5`", "3.5", 3500*time.Millisecond),
		date("an HTTP date 6 s ahead", 6*time.Second),
		date("an HTTP date in the past", -time.Minute),
		seconds("no number at all", "soon", none),
		seconds("`retry-after: 59`", "59", 59*time.Second),
		seconds("`retry-after: 60`", "60", 60*time.Second),
		seconds("`retry-after: 61`", "61", 61*time.Second),
		seconds("`retry-after: 120`", "120", 120*time.Second),
		seconds("`retry-after: 171`", "171", 171*time.Second),
		seconds("`retry-after: 86400`, a day", "86400", 24*time.Hour),
		{Name: "`retry-after-ms: 3300` alone", Told: 3300 * time.Millisecond, Header: http.Header{"Retry-After-Ms": {"3300"}}},
		{Name: "`retry-after-ms: 302539000` alone, 3.5 days", Told: 302539 * time.Second, Header: http.Header{"Retry-After-Ms": {"302539000"}}},
		{Name: "`retry-after-ms: 3300` beside `retry-after: 7`", Told: 3300 * time.Millisecond, Header: http.Header{"Retry-After-Ms": {"3300"}, "Retry-After": {"7"}}},
		{Name: "`x-should-retry: false` beside `retry-after: 3`", Told: 3 * time.Second, Header: http.Header{"X-Should-Retry": {"false"}, "Retry-After": {"3"}}},
		{Name: "`x-should-retry: true` beside `retry-after: 3` on a 400", Told: 3 * time.Second, Status: http.StatusBadRequest, Header: http.Header{"X-Should-Retry": {"true"}, "Retry-After": {"3"}}},
		{Name: "`retry-after: 3` on a 529", Told: 3 * time.Second, Status: 529, Header: http.Header{"Retry-After": {"3"}}},
	}
}

// end is one way in which every try of a call ends.
type end struct {
	Name string
	Op   string
	Step step
}

// ends are the rows of the second table.
func ends() []end {
	var out []end
	for _, e := range []struct {
		status int
		kind   string
	}{
		{400, "invalid_request_error"}, {401, "authentication_error"}, {402, "billing_error"}, {403, "permission_error"},
		{404, "not_found_error"}, {408, "timeout_error"}, {409, "conflict_error"}, {413, "request_too_large"},
		{429, "rate_limit_error"}, {500, "api_error"}, {504, "timeout_error"}, {529, "overloaded_error"},
	} {
		out = append(out, end{Name: fmt.Sprintf("%d `%s`", e.status, e.kind), Op: "message", Step: step{Status: e.status, Type: e.kind}})
	}
	html := "<html><body><h1>502 Bad Gateway</h1></body></html>"
	return append(out,
		end{"502 with a page of HTML", "message", step{Status: 502, Body: html, Header: http.Header{"Content-Type": {"text/html"}}}},
		end{"200 with half a message", "message", step{Body: message[:60]}},
		end{"connection reset", "message", step{Reset: true}},
		end{"529 to a stream", "stream", step{Status: 529, Type: "overloaded_error"}},
		end{"stream: `error` first", "stream", step{SSE: events(overloadedEvent)}},
		end{"stream: `error` after text", "stream", step{SSE: events(append(pieces[:4:4], overloadedEvent)...)}},
		end{"stream: ends without `message_stop`", "stream", step{SSE: events(pieces[:4]...)}},
		end{"stream: an event is not JSON", "stream", step{SSE: events(pieces[:4]...) + "event: content_block_delta\ndata: {\"type\":\"content_bl\n\n"}},
	)
}

// measured is what was seen: cells[row][client] of each table.
type measured struct {
	Forms, Ends [][]string
	Calls       [][2]string // per client: version, key header
	Counts      []string    // per client: values of the retry count header
}

// measure has every client meet every form and end, all at the same time.
func measure(ctx context.Context, clients []client.Client) (*measured, error) {
	s, err := startScript()
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.close() }() // waits that never end are cut here
	ctx, cancel := context.WithCancel(ctx) // no deadline: a client could look at it
	defer cancel()
	defer time.AfterFunc(horizon, cancel).Stop()
	fs, es := forms(), ends()
	m := &measured{Forms: grid(len(fs), len(clients)), Ends: grid(len(es), len(clients))}
	var wg sync.WaitGroup
	for c := range clients {
		for r := range fs {
			wg.Go(func() { m.Forms[r][c] = s.form(ctx, clients[c], fmt.Sprintf("f%d-%d", r, c), &fs[r]) })
		}
		for r := range es {
			wg.Go(func() { m.Ends[r][c] = s.end(ctx, clients[c], fmt.Sprintf("e%d-%d", r, c), &es[r]) })
		}
	}
	wg.Wait()
	for c := range clients {
		m.habits(s.attempts(fmt.Sprintf("f%d-%d", 0, c)))
	}
	return m, nil
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
	status, kind := f.Status, "rate_limit_error"
	switch status {
	case 0:
		status = http.StatusTooManyRequests
	case http.StatusBadRequest:
		kind = "invalid_request_error"
	case 529:
		kind = "overloaded_error"
	}
	base := s.add(name, step{Status: status, Type: kind, Header: f.Header, Told: f.At}, step{})
	answer := c.Do(ctx, request("message", base))
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
