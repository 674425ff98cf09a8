package engine_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/engine"
	"ratecliff/load"
)

// bench is a driver that answers when and how it is told.
type bench struct {
	t      *rapid.T
	e      *engine.Engine
	now    time.Duration
	flying []engine.Ref
	given  map[engine.Ref]bool // given up, the answer to come
	wakes  engine.Calendar[engine.Ref]
	sent   map[uint64]int
	tried  map[uint64]int
	ended  map[uint64]int
}

func (b *bench) step(ev engine.Event) {
	for _, a := range b.e.Step(b.now, ev) {
		switch a.Kind {
		case engine.Send:
			b.sent[a.Call.ID]++
			if a.Attempt.N != b.sent[a.Call.ID] {
				b.t.Fatalf("attempt %d is the %d-th of call %d", a.Attempt.N, b.sent[a.Call.ID], a.Call.ID)
			}
			b.flying = append(b.flying, a.Ref)
		case engine.WakeAt:
			b.wakes.Push(a.At, a.Ref)
		case engine.Attempted:
			b.tried[a.Call.ID]++
		case engine.Finished:
			id := a.Result.Arrival.ID
			b.ended[id]++
			if a.Result.Attempts != b.sent[id] || len(a.Result.History) != b.sent[id] {
				b.t.Fatalf("call %d: %d attempts, %d in its history, %d sent", id, a.Result.Attempts, len(a.Result.History), b.sent[id])
			}
			if a.Result.Outcome == load.OK && a.Result.Last.Response.Outcome != load.OK {
				b.t.Fatalf("call %d succeeded by an attempt that ended %v", id, a.Result.Last.Response.Outcome)
			}
		case engine.Cancel:
			if b.given[a.Ref] || !slices.Contains(b.flying, a.Ref) {
				b.t.Fatalf("%v is given up, which is not under way", a.Ref)
			}
			b.given[a.Ref] = true
		}
	}
	if b.e.InFlight() != len(b.flying) {
		b.t.Fatalf("%d in flight, want %d", b.e.InFlight(), len(b.flying))
	}
}

// land answers the i-th attempt under way.
func (b *bench) land(i int, o load.Outcome) {
	ref := b.flying[i]
	b.flying = slices.Delete(b.flying, i, i+1)
	if b.given[ref] && o != load.OK {
		o = load.Cancelled
	}
	delete(b.given, ref)
	b.step(engine.Event{Kind: engine.Answer, Ref: ref, Attempt: &load.Attempt{Response: load.Response{Outcome: o}}})
}

// pass lets time go by.
func (b *bench) pass(d time.Duration) {
	for end := b.now + d; ; {
		at, more := b.wakes.Peek()
		if !more || at > end {
			b.now = end
			return
		}
		_, ref := b.wakes.Pop()
		b.now = max(b.now, at)
		b.step(engine.Event{Kind: engine.Wake, Ref: ref})
	}
}

// However answers come, each arrival ends once, each attempt sent ends once, and
// every permit comes back.
func TestHedgedCallsEndOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		gate, held := &counted{}, &counted{}
		gates := []engine.HeldGate{
			{Gate: &slots{rapid.IntRange(1, 6).Draw(t, "permits")}, PerCall: rapid.Bool().Draw(t, "per call")},
			{Gate: gate},
			{Gate: held, PerCall: true},
			{Gate: &counted{}, Around: 1},
		}
		h := &late{after: 2 * s, most: rapid.IntRange(1, 3).Draw(t, "copies")}
		b := &bench{
			t: t, given: map[engine.Ref]bool{}, sent: map[uint64]int{}, tried: map[uint64]int{}, ended: map[uint64]int{},
			e: engine.New(engine.Config{Stack: hedging(h, gates, times{2, s}, times{2, 3 * s}), KeepAttempts: true}),
		}
		n := uint64(0)
		outcomes := []load.Outcome{load.OK, load.OK, load.Throttled, load.Failed, load.TimedOut, load.Dropped}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch what := rapid.IntRange(0, 3).Draw(t, "what"); {
			case what == 0:
				n++
				b.step(arrive(n, time.Duration(rapid.IntRange(0, 9).Draw(t, "deadline"))*s, b.now))
			case what == 1 && len(b.flying) > 0:
				b.land(rapid.IntRange(0, len(b.flying)-1).Draw(t, "which"), rapid.SampledFrom(outcomes).Draw(t, "outcome"))
			default:
				b.pass(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
			}
		}
		b.step(engine.Event{Kind: engine.Stop})
		for len(b.flying) > 0 {
			b.land(0, load.Failed)
		}
		for id := uint64(1); id <= n; id++ {
			if b.ended[id] != 1 || b.tried[id] != b.sent[id] {
				t.Fatalf("call %d ended %d times; %d sent, %d ended", id, b.ended[id], b.sent[id], b.tried[id])
			}
		}
		if !b.e.Idle() || gate.taken != gate.back || held.taken != held.back {
			t.Fatalf("idle %v; %v; %v", b.e.Idle(), gate, held)
		}
	})
}
