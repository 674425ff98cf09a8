package engine_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"ratecliff/engine"
	"ratecliff/load"
)

// late sends up to most further copies, each so long after the one before.
type late struct {
	after time.Duration
	most  int
	shut  bool
	heard []string
}

func (h *late) Sent(_ time.Duration, c *load.Call) (time.Duration, bool) {
	return h.after, c.Copy < h.most
}
func (h *late) Allow(time.Duration, *load.Call) bool { return !h.shut }
func (h *late) Observe(_ time.Duration, _ *load.Call, a *load.Attempt) {
	h.heard = append(h.heard, a.Response.Outcome.String())
}

func hedging(h engine.Hedger, gates []engine.HeldGate, retry ...engine.Retrier) func(int) engine.Stack {
	return func(int) engine.Stack {
		s := stack(gates, retry...)(0)
		s.Hedge = h
		return s
	}
}

func each(g engine.Gate) []engine.HeldGate { return []engine.HeldGate{{Gate: g}} }

func TestHedging(t *testing.T) {
	t.Parallel()
	once := func() *late { return &late{after: 5 * s, most: 1} }
	cases := map[string]struct {
		stack func(int) engine.Stack
		steps []moment
	}{
		"the first answers in time": {hedging(once(), nil), []moment{
			{0, arrive(1, 0, 0), "send 1#1; wake 5s"},
			{2 * s, answer(0, 1, load.OK), "tried 1 ok; done 1 ok x1 queue 0s backoff 0s"},
			{5 * s, wakeUp(0, 1), ""},
		}},
		"the copy wins": {hedging(once(), nil), []moment{
			{0, arrive(1, 0, 0), "send 1#1; wake 5s"},
			{4 * s, wakeUp(0, 1), ""},
			{5 * s, wakeUp(0, 1), "send 1#2"},
			{7 * s, answer(1, 1, load.OK), "tried 1 ok; cancel 0/1; done 1 ok x2 queue 0s backoff 0s"},
			{7 * s, answer(0, 1, load.Cancelled), "tried 1 cancelled"},
			{8 * s, answer(0, 1, load.OK), ""},
		}},
		"the first wins, and its copy's answer comes all the same": {hedging(once(), nil), []moment{
			{0, arrive(1, 0, 0), "send 1#1; wake 5s"},
			{5 * s, wakeUp(0, 1), "send 1#2"},
			{7 * s, answer(0, 1, load.OK), "tried 1 ok; cancel 1/1; done 1 ok x2 queue 0s backoff 0s"},
			{7 * s, arrive(2, 0, 7*s), "send 2#1; wake 12s"},
			{8 * s, answer(1, 1, load.OK), "tried 1 cancelled"},
		}},
		"the first fails and waits for its copy": {hedging(once(), nil, times{9, s}), []moment{
			{0, arrive(1, 0, 0), "send 1#1; wake 5s"},
			{5 * s, wakeUp(0, 1), "send 1#2"},
			{6 * s, answer(0, 1, load.Failed), "tried 1 failed"},
			{9 * s, answer(1, 1, load.OK), "tried 1 ok; done 1 ok x2 queue 0s backoff 0s"},
		}},
		"the copy fails, the first goes on": {hedging(once(), nil, times{9, s}), []moment{
			{0, arrive(1, 0, 0), "send 1#1; wake 5s"},
			{5 * s, wakeUp(0, 1), "send 1#2"},
			{6 * s, answer(1, 1, load.Throttled), "tried 1 throttled"},
			{9 * s, answer(0, 1, load.OK), "tried 1 ok; done 1 ok x2 queue 0s backoff 0s"},
		}},
		"both fail: one failure for the retry layer, and the next try has a copy again": {hedging(once(), nil, times{2, s}), []moment{
			{0, arrive(1, 0, 0), "send 1#1; wake 5s"},
			{5 * s, wakeUp(0, 1), "send 1#2"},
			{6 * s, answer(1, 1, load.Throttled), "tried 1 throttled"},
			{9 * s, answer(0, 1, load.Failed), "tried 1 failed; wake 10s"},
			{10 * s, wakeUp(0, 1), "send 1#3; wake 15s"},
			{15 * s, wakeUp(0, 1), "send 1#4"},
			{16 * s, answer(0, 1, load.Failed), "tried 1 failed"},
			{17 * s, answer(1, 2, load.Failed), "tried 1 failed; done 1 lost x4 queue 0s backoff 1s"},
		}},
		"a copy is charged and never waits": {hedging(once(), each(&slots{1})), []moment{
			{0, arrive(1, 0, 0), "send 1#1; wake 5s"},
			{5 * s, wakeUp(0, 1), ""},
			{9 * s, answer(0, 1, load.OK), "tried 1 ok; done 1 ok x1 queue 0s backoff 0s"},
		}},
		"a permit comes back as soon as its holder is cancelled": {hedging(once(), each(&slots{2})), []moment{
			{0, arrive(1, 0, 0), "send 1#1; wake 5s"},
			{5 * s, wakeUp(0, 1), "send 1#2"},
			{6 * s, arrive(2, 0, 6*s), ""},
			{6 * s, arrive(3, 0, 6*s), ""},
			{7 * s, answer(1, 1, load.OK), "tried 1 ok; cancel 0/1; done 1 ok x2 queue 0s backoff 0s; send 2#1; wake 12s; send 3#1; wake 12s"},
			{7 * s, answer(0, 1, load.Cancelled), "tried 1 cancelled"},
		}},
		"a permit held per call is taken by the copy too": {hedging(once(), []engine.HeldGate{{Gate: &slots{2}, PerCall: true}}), []moment{
			{0, arrive(1, 0, 0), "send 1#1; wake 5s"},
			{5 * s, wakeUp(0, 1), "send 1#2"},
			{6 * s, arrive(2, 0, 6*s), ""},
			{7 * s, answer(0, 1, load.OK), "tried 1 ok; cancel 1/1; done 1 ok x2 queue 0s backoff 0s; send 2#1; wake 12s"},
		}},
		"the hedger forbids it": {hedging(&late{after: 5 * s, most: 1, shut: true}, nil), []moment{
			{0, arrive(1, 0, 0), "send 1#1; wake 5s"},
			{5 * s, wakeUp(0, 1), ""},
		}},
		"three copies": {hedging(&late{after: 5 * s, most: 2}, nil), []moment{
			{0, arrive(1, 0, 0), "send 1#1; wake 5s"},
			{5 * s, wakeUp(0, 1), "send 1#2; wake 10s"},
			{10 * s, wakeUp(0, 1), "send 1#3"},
			{12 * s, answer(1, 1, load.OK), "tried 1 ok; cancel 2/1; cancel 0/1; done 1 ok x3 queue 0s backoff 0s"},
		}},
		"after a failure nothing is late": {hedging(&late{after: 5 * s, most: 2}, nil), []moment{
			{0, arrive(1, 0, 0), "send 1#1; wake 5s"},
			{5 * s, wakeUp(0, 1), "send 1#2; wake 10s"},
			{6 * s, answer(1, 1, load.Throttled), "tried 1 throttled"},
			{10 * s, wakeUp(0, 1), ""},
		}},
		"no copy past the deadline": {hedging(once(), nil), []moment{
			{0, arrive(1, 5*s, 0), "send 1#1"},
		}},
		"both run into the deadline": {hedging(once(), nil, times{9, s}), []moment{
			{0, arrive(1, 8*s, 0), "send 1#1; wake 5s"},
			{5 * s, wakeUp(0, 1), "send 1#2"},
			{8 * s, answer(0, 1, load.TimedOut), "tried 1 timed_out"},
			{8 * s, answer(1, 1, load.TimedOut), "tried 1 timed_out; done 1 timed_out x2 queue 0s backoff 0s"},
		}},
		"stopped with both under way": {hedging(once(), nil, times{9, s}), []moment{
			{0, arrive(1, 0, 0), "send 1#1; wake 5s"},
			{5 * s, wakeUp(0, 1), "send 1#2"},
			{6 * s, engine.Event{Kind: engine.Stop}, ""},
			{7 * s, answer(1, 1, load.Failed), "tried 1 failed"},
			{8 * s, answer(0, 1, load.Failed), "tried 1 failed; done 1 unfinished x2 queue 0s backoff 0s"},
		}},
		"a copy that the driver drops is no word on the call": {hedging(once(), nil, times{9, s}), []moment{
			{0, arrive(1, 0, 0), "send 1#1; wake 5s"},
			{5 * s, wakeUp(0, 1), "send 1#2"},
			{6 * s, answer(0, 1, load.Failed), "tried 1 failed"},
			{6 * s, answer(1, 1, load.Dropped), "tried 1 dropped; wake 7s"},
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, engine.Config{Stack: c.stack}, c.steps)
		})
	}
}

// Calls that wait go before copies, even where there would be room for a copy
// and not for them.
func TestCopiesDoNotOvertake(t *testing.T) {
	t.Parallel()
	play(t, engine.Config{Stack: hedging(&late{after: 5 * s, most: 1}, each(&heavy{opening{9 * s}}))}, []moment{
		{0, sized(1, 1), "send 1#1; wake 5s"},
		{3 * s, sized(2, 2), "wake 9s"},
		{5 * s, wakeUp(0, 1), ""},
	})
}

// A call's attempts, its result and what policies hear.
func TestHedgedCallIsOne(t *testing.T) {
	t.Parallel()
	h := &late{after: 5 * s, most: 1}
	gate := &counted{}
	e := engine.New(engine.Config{Stack: hedging(h, each(gate)), KeepAttempts: true})
	e.Step(0, arrive(1, 0, 0))
	e.Step(5*s, wakeUp(0, 1))
	if e.InFlight() != 2 {
		t.Errorf("%d in flight, want 2", e.InFlight())
	}
	won := engine.Event{Kind: engine.Answer, Ref: engine.Ref{Slot: 1, Epoch: 1}, Attempt: &load.Attempt{
		Started: 5 * s, Done: 7 * s, Response: load.Response{Outcome: load.OK},
	}}
	for _, a := range e.Step(7*s, won) {
		if a.Kind != engine.Finished {
			continue
		}
		r := a.Result
		if r.Last.N != 2 || r.Last.Started != 5*s || len(r.History) != 2 || r.History[1].N != 1 || r.History[1].Response.Outcome != load.Cancelled {
			t.Errorf("last attempt %+v, history %+v", r.Last, r.History)
		}
	}
	if gate.String() != "2 taken, 2 back" || !slices.Equal(h.heard, []string{"ok", "cancelled"}) {
		t.Errorf("%v; heard %v", gate, h.heard)
	}
	if e.Idle() {
		t.Error("idle before the cancelled attempt is over")
	}
	cost := load.Tokens{Input: 10, Output: 3}
	ended := e.Step(7*s, engine.Event{Kind: engine.Answer, Ref: engine.Ref{Slot: 0, Epoch: 1}, Attempt: &load.Attempt{
		Done: 7 * s, Response: load.Response{Outcome: load.Throttled, Status: 429, Usage: cost},
	}})
	if len(ended) != 1 || ended[0].Attempt.Response != (load.Response{Outcome: load.Cancelled, Usage: cost}) {
		t.Errorf("recorded %+v", ended)
	}
	if !e.Idle() {
		t.Error("not idle at the end")
	}
}

func TestHedgedRunReplays(t *testing.T) {
	t.Parallel()
	build := func() *engine.Engine {
		return engine.New(engine.Config{Seed: 7, Stack: hedging(&late{after: 5 * s, most: 1}, nil, times{3, s})})
	}
	var buf bytes.Buffer
	var digest engine.Digest
	log, e := engine.NewLog(&buf), build()
	for _, m := range []moment{
		{0, arrive(1, 0, 0), ""},
		{5 * s, wakeUp(0, 1), ""},
		{6 * s, answer(1, 1, load.OK), ""},
		{6 * s, answer(0, 1, load.Cancelled), ""},
	} {
		log.Tap(m.at, m.ev)
		digest.Add(m.at, e.Step(m.at, m.ev))
	}
	if again, err := engine.Replay(&buf, build()); err != nil || again != digest || digest.Count() != 7 {
		t.Errorf("replayed %d actions to %x, %v; want %d, %x", again.Count(), again.Sum(), err, digest.Count(), digest.Sum())
	}
}

func TestHedgingDoesNotAllocate(t *testing.T) {
	h := &late{after: 5 * s, most: 1}
	e := engine.New(engine.Config{Stack: hedging(h, each(&slots{4}), times{3, s})})
	a := &load.Arrival{Model: "m"}
	fine, gone := &load.Attempt{Response: load.Response{Outcome: load.OK}}, &load.Attempt{Response: load.Response{Outcome: load.Cancelled}}
	now := time.Duration(0)
	cycle := func() {
		now += 10 * s
		h.heard = h.heard[:0]
		first := e.Step(now, engine.Event{Kind: engine.Arrive, Arrival: a})[0].Ref
		second := e.Step(now+5*s, engine.Event{Kind: engine.Wake, Ref: first})[0].Ref
		e.Step(now+6*s, engine.Event{Kind: engine.Answer, Ref: second, Attempt: fine})
		e.Step(now+6*s, engine.Event{Kind: engine.Answer, Ref: first, Attempt: gone})
	}
	cycle()
	if n := testing.AllocsPerRun(1000, cycle); n != 0 {
		t.Fatalf("%v allocations per call, want none", n)
	}
}
