package queuetest

import (
	"math/rand/v2"
	"testing"
	"time"

	"ratecliff/load"
)

// dropper and passer are the extra powers of a queue, as package engine declares
// them, and observer what it is told.
type (
	dropper interface {
		Drop(now time.Duration) (*load.Call, load.Permit)
	}
	passer interface {
		Behind(now time.Duration, n int) *load.Call
	}
	observer interface {
		Observe(now time.Duration, c *load.Call, a *load.Attempt)
	}
)

// crowd is calls that come and go, and which of them wait.
type crowd struct {
	calls   []load.Call
	waiting []bool
	rng     *rand.Rand
}

// powers plays a server that takes a call now and then, and looks at what a
// queue with extra powers says on the way. A queue without them passes.
func powers(t *testing.T, q Queue, rng *rand.Rand) {
	t.Helper()
	r := &crowd{calls: make([]load.Call, 80), waiting: make([]bool, 80), rng: rng}
	for step := range 800 {
		now := time.Duration(step) * 200 * time.Millisecond
		if i := rng.IntN(len(r.calls)); !r.waiting[i] {
			r.come(q, now, i)
		}
		r.drops(t, q, now)
		head := q.Peek(now)
		switch {
		case head == nil:
		case rng.IntN(4) == 0:
			r.passes(t, q, now, head)
		case rng.IntN(2) == 0:
			r.serve(q, now, head)
		}
	}
}

func (r *crowd) come(q Queue, now time.Duration, i int) {
	c := &r.calls[i]
	*c = load.Call{Slot: int32(i), Ready: now}
	c.ID, c.Due, c.Class, c.Priority = uint64(r.rng.IntN(1000)), now, r.rng.IntN(5), load.Priority(r.rng.IntN(5))
	c.Tenant, c.Model = []string{"a", "b", "c"}[r.rng.IntN(3)], []string{"m", "n"}[r.rng.IntN(2)]
	c.Tokens.Input, c.MaxTokens = r.rng.Int64N(20_000), r.rng.Int64N(2000)
	c.Deadline = time.Duration(r.rng.IntN(3)) * 10 * time.Second
	r.waiting[i] = true
	if shed := q.Push(now, c); shed != nil {
		r.waiting[shed.Slot] = false
	}
}

func (r *crowd) serve(q Queue, now time.Duration, c *load.Call) {
	q.Remove(c)
	r.waiting[c.Slot] = false
	if o, ok := q.(observer); ok {
		a := load.Attempt{Started: now, Done: now + time.Second}
		a.Response.Outcome = []load.Outcome{load.OK, load.Throttled, load.TimedOut}[r.rng.IntN(3)]
		if a.Response.Outcome == load.Throttled {
			a.Response.Status = 429
		}
		a.Response.Usage = load.Tokens{Input: c.Tokens.Input, Output: r.rng.Int64N(2000)}
		o.Observe(now, c, &a)
	}
}

func (r *crowd) drops(t *testing.T, q Queue, now time.Duration) {
	t.Helper()
	d, ok := q.(dropper)
	for range r.calls {
		if !ok {
			return
		}
		c, p := d.Drop(now)
		if c == nil {
			if p.State == load.WaitUntil && p.At <= now {
				t.Fatalf("at %v it asks to be asked again at %v", now, p.At)
			}
			return
		}
		if c != &r.calls[c.Slot] || !r.waiting[c.Slot] || p.State != load.Refused || p.By == "" {
			t.Fatalf("dropped slot %d for %+v, waiting %v", c.Slot, p, r.waiting[c.Slot])
		}
		q.Remove(c)
		r.waiting[c.Slot] = false
	}
	if ok {
		t.Fatal("the queue drops without end")
	}
}

func (r *crowd) passes(t *testing.T, q Queue, now time.Duration, head *load.Call) {
	t.Helper()
	p, ok := q.(passer)
	for n := 1; ok; n++ {
		c := p.Behind(now, n)
		if c == nil {
			return
		}
		if c == head || c != &r.calls[c.Slot] || !r.waiting[c.Slot] {
			t.Fatalf("slot %d is to pass slot %d", c.Slot, head.Slot)
		}
		if r.rng.IntN(2) == 0 {
			r.serve(q, now, c)
			if q.Peek(now) != head {
				t.Fatal("the head changed when another one passed")
			}
			return
		}
	}
}
