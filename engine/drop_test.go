package engine_test

import (
	"testing"
	"time"

	"ratecliff/engine"
	"ratecliff/load"
)

// impatient is a queue that sheds whoever has waited for most.
type impatient struct {
	line
	most time.Duration
}

func (q *impatient) Drop(now time.Duration) (*load.Call, load.Permit) {
	if len(q.calls) == 0 {
		return nil, load.Permit{}
	}
	if at := q.calls[0].Ready + q.most; at > now {
		return nil, load.Permit{State: load.WaitUntil, At: at}
	}
	return q.calls[0], load.Permit{State: load.Refused, By: "impatience"}
}

// heavy holds calls of more than a token until an instant.
type heavy struct{ opening }

func (g *heavy) Ready(now time.Duration, c *load.Call) load.Permit {
	if c.Tokens.Input > 1 {
		return g.opening.Ready(now, c)
	}
	return load.Permit{}
}

// polite is a queue whose head lets others pass.
type polite struct {
	line
	passes int
}

func (q *polite) Behind(_ time.Duration, n int) *load.Call {
	if q.passes == 0 || n >= len(q.calls) {
		return nil
	}
	return q.calls[n]
}

func (q *polite) Remove(c *load.Call) {
	if len(q.calls) > 0 && c != q.calls[0] {
		q.passes--
	}
	q.line.Remove(c)
}

func queued(q engine.Queue, gates ...engine.Gate) engine.Config {
	return engine.Config{Stack: func(int) engine.Stack {
		st := engine.Stack{Queue: q, Route: direct{}, Retry: []engine.Retrier{times{9, s}}}
		for _, g := range gates {
			st.Gates = append(st.Gates, engine.HeldGate{Gate: g})
		}
		return st
	}}
}

// sized is an arrival of so many tokens.
func sized(id uint64, tokens int64) engine.Event {
	return engine.Event{Kind: engine.Arrive, Arrival: &load.Arrival{ID: id, Model: "m", Tokens: load.Tokens{Input: tokens}}}
}

func play(t *testing.T, cfg engine.Config, moments []moment) *engine.Engine {
	t.Helper()
	e := engine.New(cfg)
	for i, m := range moments {
		if got := act(e.Step(m.at, m.ev)); got != m.want {
			t.Fatalf("step %d at %v:\n got %q\nwant %q", i, m.at, got, m.want)
		}
	}
	return e
}

// A queue drops on time while its head waits for a gate, and without asking the
// retry layers; a call that came back is dropped like any other.
func TestDropper(t *testing.T) {
	t.Parallel()
	e := play(t, queued(&impatient{most: 5 * s}, &opening{at: 20 * s}), []moment{
		{0, arrive(1, 0, 0), "wake 5s"},
		{2 * s, arrive(2, 0, 2*s), ""},
		{5 * s, wakeUp(0, 0), "done 1 shed x0 queue 5s backoff 0s; wake 7s"},
		{7 * s, wakeUp(0, 0), "done 2 shed x0 queue 5s backoff 0s"},
		{18 * s, arrive(3, 0, 18*s), "wake 23s; wake 20s"},
		{20 * s, wakeUp(0, 0), "wake 23s; send 3#1"},
		{21 * s, answer(1, 2, load.Throttled), "tried 3 throttled; wake 22s"},
		{22 * s, wakeUp(1, 2), "send 3#2"},
	})
	if e.Waiting() != 0 || e.InFlight() != 1 || e.Sleeping() != 0 {
		t.Errorf("%d waiting, %d in flight, %d asleep; want 0, 1, 0", e.Waiting(), e.InFlight(), e.Sleeping())
	}
}

// The result of a dropped call says why.
func TestDropSaysWhy(t *testing.T) {
	t.Parallel()
	e := engine.New(queued(&impatient{}, &opening{at: 20 * s}))
	var why []string
	for _, a := range e.Step(0, arrive(1, 0, 0)) {
		if a.Kind == engine.Finished {
			why = append(why, a.Result.Outcome.String(), a.Result.Last.Response.ErrorType)
		}
	}
	if len(why) != 2 || why[0] != "shed" || why[1] != "impatience" {
		t.Errorf("finished %v, want shed for impatience", why)
	}
	if !e.Idle() {
		t.Error("not idle")
	}
}

// Small calls pass a head that waits for an instant, as many as the queue says;
// afterwards the others wait behind it.
func TestPasser(t *testing.T) {
	t.Parallel()
	play(t, queued(&polite{passes: 2}, &heavy{opening{at: 9 * s}}), []moment{
		{0, sized(1, 5), "wake 9s"},
		{1 * s, sized(2, 5), ""},
		{2 * s, sized(3, 1), "send 3#1"},
		{3 * s, sized(4, 1), "send 4#1"},
		{4 * s, sized(5, 1), ""},
		{9 * s, wakeUp(0, 0), "send 1#1; send 2#1; send 5#1"},
	})
}

// Nobody passes a head that waits for an event, and a call that would have to
// wait for one itself ends the search.
func TestPasserAndEvents(t *testing.T) {
	t.Parallel()
	full := &slots{free: 1}
	play(t, queued(&polite{passes: 9}, full, &heavy{opening{at: 9 * s}}), []moment{
		{0, sized(1, 5), "wake 9s"},
		{1 * s, sized(2, 1), "send 2#1"},
		{2 * s, sized(3, 1), ""}, // the cap is full: for the head too
		{3 * s, answer(1, 1, load.OK), "tried 2 ok; done 2 ok x1 queue 0s backoff 0s; send 3#1"},
		{9 * s, wakeUp(0, 0), ""},
		{10 * s, answer(2, 1, load.OK), "tried 3 ok; done 3 ok x1 queue 1s backoff 0s; send 1#1"},
	})
}

// A call that passes may be due before the head is: the engine wakes for it.
func TestPasserIsWokenFor(t *testing.T) {
	t.Parallel()
	play(t, queued(&polite{passes: 1}, byTokens{}), []moment{
		{0, sized(1, 9), "wake 9s"},
		{1 * s, sized(2, 4), "wake 4s"},
		{4 * s, wakeUp(0, 0), "wake 9s; send 2#1"},
		{9 * s, wakeUp(0, 0), "send 1#1"},
	})
}

// byTokens holds a call until as many seconds into the run as it has tokens.
type byTokens struct{}

func (byTokens) Ready(now time.Duration, c *load.Call) load.Permit {
	if at := time.Duration(c.Tokens.Input) * s; at > now {
		return load.Permit{State: load.WaitUntil, At: at}
	}
	return load.Permit{}
}
func (byTokens) Take(time.Duration, *load.Call)                {}
func (byTokens) Done(time.Duration, *load.Call, *load.Attempt) {}

// midday holds calls of more than a token from 1 s to 9 s.
type midday struct{ opening }

func (g *midday) Ready(now time.Duration, c *load.Call) load.Permit {
	if now < s || c.Tokens.Input == 1 {
		return load.Permit{}
	}
	return g.opening.Ready(now, c)
}

// Nobody passes a call that stands before the others because it holds a permit
// already.
func TestNobodyPassesInside(t *testing.T) {
	t.Parallel()
	cfg := engine.Config{Stack: func(int) engine.Stack {
		return engine.Stack{
			Queue: &polite{passes: 9}, Route: direct{}, Retry: []engine.Retrier{times{9, 0}},
			Gates: []engine.HeldGate{{Gate: &slots{2}, PerCall: true}, {Gate: &midday{opening{at: 9 * s}}}},
		}
	}}
	play(t, cfg, []moment{
		{0, sized(1, 5), "send 1#1"},
		{2 * s, answer(0, 1, load.Throttled), "tried 1 throttled; wake 9s"},
		{3 * s, sized(2, 5), ""},
		{4 * s, sized(3, 1), ""},
		{9 * s, wakeUp(0, 0), "send 1#2; send 2#1"},
	})
}
