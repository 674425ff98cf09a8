package engine_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"ratecliff/engine"
	"ratecliff/load"
)

// line is a FIFO queue; the head may be shed by capacity.
type line struct {
	calls    []*load.Call
	capacity int
}

func (l *line) Push(_ time.Duration, c *load.Call) *load.Call {
	if l.capacity > 0 && len(l.calls) >= l.capacity {
		return c
	}
	l.calls = append(l.calls, c)
	return nil
}

func (l *line) Peek(time.Duration) *load.Call {
	if len(l.calls) == 0 {
		return nil
	}
	return l.calls[0]
}

func (l *line) Remove(c *load.Call) {
	for i, d := range l.calls {
		if c == d {
			l.calls = append(l.calls[:i], l.calls[i+1:]...)
			return
		}
	}
}

// plain is a line that need not be entered while it is empty.
type plain struct{ *line }

func (plain) OnlyOrders() bool { return true }

// passedBy is the stack with a queue that only orders.
func passedBy(build func(int) engine.Stack) func(int) engine.Stack {
	return func(worker int) engine.Stack {
		s := build(worker)
		if l, ok := s.Queue.(*line); ok && l.capacity == 0 {
			s.Queue = plain{l}
		}
		return s
	}
}

// slots is a gate of n permits.
type slots struct{ free int }

func (g *slots) Ready(time.Duration, *load.Call) load.Permit {
	if g.free == 0 {
		return load.Permit{State: load.WaitEvent, By: "slots"}
	}
	return load.Permit{}
}
func (g *slots) Take(time.Duration, *load.Call)                { g.free-- }
func (g *slots) Done(time.Duration, *load.Call, *load.Attempt) { g.free++ }

// opening is a gate that is shut until an instant.
type opening struct{ at time.Duration }

func (g *opening) Ready(now time.Duration, _ *load.Call) load.Permit {
	if now < g.at {
		return load.Permit{State: load.WaitUntil, At: g.at}
	}
	return load.Permit{}
}
func (*opening) Take(time.Duration, *load.Call)                {}
func (*opening) Done(time.Duration, *load.Call, *load.Attempt) {}

// wall refuses everybody.
type wall struct{}

func (wall) Ready(time.Duration, *load.Call) load.Permit {
	return load.Permit{State: load.Refused, By: "wall"}
}
func (wall) Take(time.Duration, *load.Call)                {}
func (wall) Done(time.Duration, *load.Call, *load.Attempt) {}

type direct struct{}

func (direct) Pick(_ time.Duration, c *load.Call, _ *rand.Rand) (load.Target, load.Permit) {
	return load.Target{Model: c.Model}, load.Permit{}
}
func (direct) Observe(time.Duration, *load.Call, *load.Attempt) {}

// times retries after a fixed wait until it has seen n failures.
type times struct {
	n    int
	wait time.Duration
}

func (r times) Next(_ time.Duration, _ *load.Call, s *load.RetryState, _ *load.Attempt, _ *rand.Rand) (time.Duration, bool) {
	return r.wait, s.Failures < r.n
}

func stack(gates []engine.HeldGate, retry ...engine.Retrier) func(int) engine.Stack {
	return func(int) engine.Stack {
		return engine.Stack{Queue: &line{}, Gates: gates, Route: direct{}, Retry: retry}
	}
}

// act renders actions as one readable line.
func act(actions []engine.Action) string {
	var out []string
	for _, a := range actions {
		switch a.Kind {
		case engine.Send:
			out = append(out, fmt.Sprintf("send %d#%d", a.Call.ID, a.Attempt.N))
		case engine.WakeAt:
			out = append(out, fmt.Sprintf("wake %v", a.At))
		case engine.Attempted:
			out = append(out, fmt.Sprintf("tried %d %v", a.Call.ID, a.Attempt.Response.Outcome))
		case engine.Finished:
			r := a.Result
			out = append(out, fmt.Sprintf("done %d %v x%d queue %v backoff %v", r.Arrival.ID, r.Outcome, r.Attempts, r.QueueWait, r.Backoff))
		case engine.Cancel:
			out = append(out, fmt.Sprintf("cancel %d/%d", a.Ref.Slot, a.Ref.Epoch))
		}
	}
	return strings.Join(out, "; ")
}

type moment struct {
	at   time.Duration
	ev   engine.Event
	want string
}

const s = time.Second

func arrive(id uint64, deadline time.Duration, due time.Duration) engine.Event {
	return engine.Event{Kind: engine.Arrive, Arrival: &load.Arrival{ID: id, Due: due, Deadline: deadline, Model: "m"}}
}

func answer(slot int32, epoch uint32, o load.Outcome) engine.Event {
	return engine.Event{Kind: engine.Answer, Ref: engine.Ref{Slot: slot, Epoch: epoch}, Attempt: &load.Attempt{Response: load.Response{Outcome: o}}}
}

func wakeUp(slot int32, epoch uint32) engine.Event {
	return engine.Event{Kind: engine.Wake, Ref: engine.Ref{Slot: slot, Epoch: epoch}}
}

// Whether a call enters an empty queue or passes it by makes no difference.
func TestTimelines(t *testing.T) {
	t.Parallel()
	for name, c := range timelines() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.play(t, c.stack)
		})
	}
	for name, c := range timelines() {
		t.Run(name+", queue passed by", func(t *testing.T) {
			t.Parallel()
			c.play(t, passedBy(c.stack))
		})
	}
}

type timeline struct {
	stack func(int) engine.Stack
	steps []moment
}

func (c timeline) play(t *testing.T, stack func(int) engine.Stack) {
	t.Helper()
	e := engine.New(engine.Config{Stack: stack})
	for i, m := range c.steps {
		if got := act(e.Step(m.at, m.ev)); got != m.want {
			t.Fatalf("step %d at %v:\n got %q\nwant %q", i, m.at, got, m.want)
		}
	}
}

func timelines() map[string]timeline {
	return map[string]timeline{
		"success at once": {stack(nil), []moment{
			{0, arrive(1, 0, 0), "send 1#1"},
			{2 * s, answer(0, 1, load.OK), "tried 1 ok; done 1 ok x1 queue 0s backoff 0s"},
		}},
		"no retry layer": {stack(nil), []moment{
			{0, arrive(1, 0, 0), "send 1#1"},
			{s, answer(0, 1, load.Throttled), "tried 1 throttled; done 1 lost x1 queue 0s backoff 0s"},
		}},
		"retry, then success": {stack(nil, times{2, 5 * s}), []moment{
			{0, arrive(1, 0, 0), "send 1#1"},
			{s, answer(0, 1, load.Throttled), "tried 1 throttled; wake 6s"},
			{4 * s, wakeUp(0, 1), ""},
			{6 * s, wakeUp(0, 1), "send 1#2"},
			{7 * s, answer(0, 1, load.OK), "tried 1 ok; done 1 ok x2 queue 0s backoff 5s"},
			{8 * s, wakeUp(0, 1), ""},
		}},
		"layers multiply: 2 inner x 2 outer": {stack(nil, times{2, s}, times{2, 10 * s}), []moment{
			{0, arrive(1, 0, 0), "send 1#1"},
			{0, answer(0, 1, load.Failed), "tried 1 failed; wake 1s"},
			{s, wakeUp(0, 1), "send 1#2"},
			{s, answer(0, 1, load.Failed), "tried 1 failed; wake 11s"},
			{11 * s, wakeUp(0, 1), "send 1#3"},
			{11 * s, answer(0, 1, load.Failed), "tried 1 failed; wake 12s"},
			{12 * s, wakeUp(0, 1), "send 1#4"},
			{12 * s, answer(0, 1, load.Failed), "tried 1 failed; done 1 lost x4 queue 0s backoff 12s"},
		}},
		"one permit, two calls": {stack([]engine.HeldGate{{Gate: &slots{1}}}), []moment{
			{0, arrive(1, 0, 0), "send 1#1"},
			{s, arrive(2, 0, s), ""},
			{3 * s, answer(0, 1, load.OK), "tried 1 ok; done 1 ok x1 queue 0s backoff 0s; send 2#1"},
			{4 * s, answer(1, 1, load.OK), "tried 2 ok; done 2 ok x1 queue 2s backoff 0s"},
		}},
		"a permit held through the sleep keeps others out": {stack([]engine.HeldGate{{Gate: &slots{1}, PerCall: true}}, times{2, 5 * s}), []moment{
			{0, arrive(1, 0, 0), "send 1#1"},
			{0, arrive(2, 0, 0), ""},
			{s, answer(0, 1, load.Throttled), "tried 1 throttled; wake 6s"},
			{6 * s, wakeUp(0, 1), "send 1#2"},
			{7 * s, answer(0, 1, load.OK), "tried 1 ok; done 1 ok x2 queue 0s backoff 5s; send 2#1"},
		}},
		"a permit per attempt lets others in": {stack([]engine.HeldGate{{Gate: &slots{1}}}, times{2, 5 * s}), []moment{
			{0, arrive(1, 0, 0), "send 1#1"},
			{0, arrive(2, 0, 0), ""},
			{s, answer(0, 1, load.Throttled), "tried 1 throttled; wake 6s; send 2#1"},
		}},
		"gate with an opening time wakes the lane once": {stack([]engine.HeldGate{{Gate: &opening{4 * s}}}), []moment{
			{0, arrive(1, 0, 0), "wake 4s"},
			{s, arrive(2, 0, s), ""},
			{4 * s, wakeUp(0, 0), "send 1#1; send 2#1"},
			{5 * s, answer(1, 1, load.OK), "tried 2 ok; done 2 ok x1 queue 3s backoff 0s"},
		}},
		"deadline in the queue": {stack([]engine.HeldGate{{Gate: &slots{0}}}), []moment{
			{s, arrive(1, 3*s, s), "wake 4s"},
			{4 * s, wakeUp(0, 1), "done 1 timed_out x0 queue 3s backoff 0s"},
		}},
		"no sleep past the deadline": {stack(nil, times{9, 5 * s}), []moment{
			{0, arrive(1, 3*s, 0), "send 1#1"},
			{s, answer(0, 1, load.Throttled), "tried 1 throttled; done 1 lost x1 queue 0s backoff 0s"},
		}},
		"refused by a gate": {stack([]engine.HeldGate{{Gate: wall{}}}), []moment{
			{0, arrive(1, 0, 0), "done 1 shed x0 queue 0s backoff 0s"},
		}},
		"refusals retried at once still pass the calendar": {stack([]engine.HeldGate{{Gate: wall{}}}, times{2, 0}), []moment{
			{0, arrive(1, 0, 0), "wake 0s"},
			{0, wakeUp(0, 1), "done 1 shed x0 queue 0s backoff 0s"},
		}},
		"dropped by the driver: not the strategy's to mend": {stack(nil, times{9, 5 * s}), []moment{
			{0, arrive(1, 0, 0), "send 1#1"},
			{0, answer(0, 1, load.Dropped), "tried 1 dropped; done 1 dropped x1 queue 0s backoff 0s"},
		}},
		"stop ends sleepers and keeps what is in flight": {stack(nil, times{9, 5 * s}), []moment{
			{0, arrive(1, 0, 0), "send 1#1"},
			{0, arrive(2, 0, 0), "send 2#1"},
			{s, answer(0, 1, load.Throttled), "tried 1 throttled; wake 6s"},
			{2 * s, engine.Event{Kind: engine.Stop}, "done 1 unfinished x1 queue 0s backoff 1s"},
			{3 * s, answer(1, 1, load.Throttled), "tried 2 throttled; done 2 unfinished x1 queue 0s backoff 0s"},
			{4 * s, arrive(3, 0, 4*s), ""},
		}},
	}
}

func TestBoundedQueueSheds(t *testing.T) {
	t.Parallel()
	e := engine.New(engine.Config{Stack: func(int) engine.Stack {
		return engine.Stack{Queue: &line{capacity: 1}, Gates: []engine.HeldGate{{Gate: &slots{0}}}, Route: direct{}}
	}})
	e.Step(0, arrive(1, 0, 0))
	if got, want := act(e.Step(0, arrive(2, 0, 0))), "done 2 shed x0 queue 0s backoff 0s"; got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
	if e.Waiting() != 1 {
		t.Fatalf("waiting %d, want 1", e.Waiting())
	}
}

// Worker processes have stacks of their own unless the strategy is shared.
func TestScopeOfTheStack(t *testing.T) {
	t.Parallel()
	for _, shared := range []bool{false, true} {
		e := engine.New(engine.Config{Shared: shared, Stack: func(int) engine.Stack {
			return engine.Stack{Queue: &line{}, Gates: []engine.HeldGate{{Gate: &slots{1}}}, Route: direct{}}
		}})
		for w := range 3 {
			e.Step(0, engine.Event{Kind: engine.Arrive, Arrival: &load.Arrival{ID: uint64(w), Worker: w}})
		}
		want := 3
		if shared {
			want = 1
		}
		if e.InFlight() != want {
			t.Errorf("shared %v: %d in flight, want %d", shared, e.InFlight(), want)
		}
	}
}

// A log of events replays to the actions that were taken.
func TestReplayGivesTheSameActions(t *testing.T) {
	t.Parallel()
	build := func() *engine.Engine {
		return engine.New(engine.Config{Seed: 7, Stack: stack([]engine.HeldGate{{Gate: &slots{2}}}, times{3, 2 * s})})
	}
	var buf bytes.Buffer
	var digest engine.Digest
	log := engine.NewLog(&buf)
	e := build()
	feed := func(at time.Duration, ev engine.Event) {
		log.Tap(at, ev)
		digest.Add(at, e.Step(at, ev))
	}
	for i := range 5 {
		feed(0, arrive(uint64(i), 30*s, 0))
	}
	feed(s, answer(0, 1, load.Throttled))
	feed(s, answer(1, 1, load.OK))
	feed(3*s, wakeUp(0, 1))
	feed(4*s, engine.Event{Kind: engine.Stop})
	if log.Err() != nil {
		t.Fatal(log.Err())
	}
	again, err := engine.Replay(&buf, build())
	if err != nil || again != digest {
		t.Fatalf("replay: digest %x (%d actions), err %v; want %x (%d)", again.Sum(), again.Count(), err, digest.Sum(), digest.Count())
	}
	if _, err := engine.Replay(strings.NewReader("{\"kind\":3}\n{broken"), build()); err == nil || !strings.Contains(err.Error(), "entry 2") {
		t.Fatalf("a broken log: %v", err)
	}
}

func TestStepDoesNotAllocate(t *testing.T) {
	e := engine.New(engine.Config{Stack: stack([]engine.HeldGate{{Gate: &slots{4}}}, times{3, s})})
	a := &load.Arrival{Model: "m"}
	tried := &load.Attempt{Response: load.Response{Outcome: load.Throttled}}
	now := time.Duration(0)
	cycle := func() {
		now += 10 * s
		send := e.Step(now, engine.Event{Kind: engine.Arrive, Arrival: a})[0]
		ref := send.Ref
		e.Step(now, engine.Event{Kind: engine.Answer, Ref: ref, Attempt: tried})
		e.Step(now+s, engine.Event{Kind: engine.Wake, Ref: ref})
		tried.Response.Outcome = load.OK
		e.Step(now+2*s, engine.Event{Kind: engine.Answer, Ref: ref, Attempt: tried})
		tried.Response.Outcome = load.Throttled
	}
	cycle()
	if n := testing.AllocsPerRun(1000, cycle); n != 0 {
		t.Fatalf("%v allocations per call, want none", n)
	}
}
