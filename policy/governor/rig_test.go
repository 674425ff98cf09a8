package governor

import (
	"math"
	"testing"
	"time"

	"ratecliff/load"
)

const (
	s  = time.Second
	ms = time.Millisecond
)

// rig asks a governor as the engine does.
type rig struct {
	t     *testing.T
	g     *Governor
	calls map[int32]*load.Call
}

func newRig(t *testing.T, cfg Config) *rig {
	t.Helper()
	if ps := cfg.Validate(); len(ps) > 0 {
		t.Fatal(ps)
	}
	return &rig{t: t, g: New(cfg), calls: map[int32]*load.Call{}}
}

// call is one of a thousand input tokens and at most 100 output tokens.
func call(slot int32) *load.Call {
	return &load.Call{Slot: slot, Arrival: load.Arrival{ID: uint64(slot), Model: "m", Tokens: load.Tokens{Input: 1000, Output: 50}, MaxTokens: 100}}
}

// wants checks when a call may go: from at on, or never before an answer.
func (r *rig) wants(now, at time.Duration) {
	r.t.Helper()
	p := r.g.Ready(now, call(0))
	got := now
	switch p.State {
	case load.WaitUntil:
		got = p.At
	case load.WaitEvent:
		got = load.Never
	case load.Refused:
		r.t.Fatal("a governor refuses nothing")
	}
	if got != at && (got == load.Never || at == load.Never || (got-at).Abs() > time.Microsecond) {
		r.t.Errorf("at %v: may go at %v, want %v", now, got, at)
	}
	if got != load.Never && r.g.Ready(got, call(0)).State != load.Granted {
		r.t.Errorf("at %v: said %v, but there it waits again", now, got)
	}
}

func (r *rig) send(now time.Duration, slot int32) {
	r.t.Helper()
	c := call(slot)
	if p := r.g.Ready(now, c); p.State != load.Granted {
		r.t.Fatalf("at %v: %+v", now, p)
	}
	r.g.Take(now, c)
	c.Attempts++
	r.calls[slot] = c
}

func (r *rig) answer(now time.Duration, slot int32, response load.Response) {
	r.t.Helper()
	c := r.calls[slot]
	delete(r.calls, slot)
	r.g.Done(now, c, &load.Attempt{Done: now, Response: response})
}

func ok() load.Response {
	return load.Response{Outcome: load.OK, Status: 200, Usage: load.Tokens{Input: 1000, Output: 50}}
}

func refusal(d load.Dimension) load.Response {
	return load.Response{Outcome: load.Throttled, Status: 429, Dimension: d}
}

func retryAfter(d load.Dimension, wait time.Duration) load.Response {
	r := refusal(d)
	r.RetryAfter, r.HasRetryAfter = wait, true
	return r
}

// says adds what headers say of a limit.
func says(r load.Response, d load.Dimension, limit, remaining int64, reset time.Duration) load.Response {
	*r.Limits.At(d) = load.LimitStatus{Known: true, Limit: limit, Remaining: remaining, Reset: reset}
	return r
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*max(1, math.Abs(want)) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
