package engine_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"ratecliff/engine"
	"ratecliff/load"
)

// slow is a retry layer that sleeps after its last failure too.
type slow struct {
	times
	linger time.Duration
}

func (r slow) Linger(time.Duration, *load.Call, *load.RetryState, *load.Attempt, *rand.Rand) time.Duration {
	return r.linger
}

// counted is a gate that writes down what it is told.
type counted struct{ taken, back int }

func (*counted) Ready(time.Duration, *load.Call) load.Permit     { return load.Permit{} }
func (g *counted) Take(time.Duration, *load.Call)                { g.taken++ }
func (g *counted) Done(time.Duration, *load.Call, *load.Attempt) { g.back++ }
func (g *counted) String() string                                { return fmt.Sprintf("%d taken, %d back", g.taken, g.back) }

func (g *counted) held(around int, perCall bool) []engine.HeldGate {
	return []engine.HeldGate{{Gate: g, Around: around, PerCall: perCall}}
}

// eared is a router that hears how far out failures come.
type eared struct {
	direct
	heard *[]int
}

func (r eared) Surfaced(_ time.Duration, _ *load.Call, _ *load.Attempt, layers int) {
	*r.heard = append(*r.heard, layers)
}

// A loop that sleeps after its last failure keeps its caller, and its place,
// until it has slept.
func TestLingering(t *testing.T) {
	t.Parallel()
	gate := []engine.HeldGate{{Gate: &slots{1}, PerCall: true}}
	e := engine.New(engine.Config{Stack: stack(gate, slow{times{2, 2 * s}, 4 * s})})
	for i, m := range []moment{
		{0, arrive(1, 0, 0), "send 1#1"},
		{0, arrive(2, 0, 0), ""},
		{0, answer(0, 1, load.Throttled), "tried 1 throttled; wake 2s"},
		{2 * s, wakeUp(0, 1), "send 1#2"},
		{2 * s, answer(0, 1, load.Throttled), "tried 1 throttled; wake 6s"},
		{6 * s, wakeUp(0, 1), "done 1 lost x2 queue 0s backoff 6s; send 2#1"},
		{6 * s, answer(1, 1, load.Throttled), "tried 2 throttled; wake 8s"},
		{8 * s, wakeUp(1, 1), "send 2#2"},
		{9 * s, answer(1, 1, load.Throttled), "tried 2 throttled; wake 13s"},
		{10 * s, engine.Event{Kind: engine.Stop}, "done 2 lost x2 queue 6s backoff 3s"},
	} {
		if got := act(e.Step(m.at, m.ev)); got != m.want {
			t.Fatalf("step %d at %v:\n got %q\nwant %q", i, m.at, got, m.want)
		}
	}
	if !e.Idle() {
		t.Error("not idle at the end")
	}
}

// What an inner layer lingers delays the outer layer's next try.
func TestLingeringInside(t *testing.T) {
	t.Parallel()
	e := engine.New(engine.Config{Stack: stack(nil, slow{times{1, s}, 4 * s}, times{2, 10 * s})})
	e.Step(0, arrive(1, 0, 0))
	if got, want := act(e.Step(0, answer(0, 1, load.Throttled))), "tried 1 throttled; wake 14s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A gate around one layer is taken anew for each try of the next one out; the
// router hears which layers gave up.
func TestGateAroundALayer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		around  int
		perCall bool
		want    string
	}{
		"each attempt":   {0, false, "4 taken, 4 back"},
		"each outer try": {1, false, "2 taken, 2 back"},
		"both layers":    {2, false, "1 taken, 1 back"},
		"each call":      {0, true, "1 taken, 1 back"},
	} {
		var gate counted
		var heard []int
		e := engine.New(engine.Config{Stack: func(int) engine.Stack {
			return engine.Stack{Queue: &line{}, Gates: gate.held(c.around, c.perCall), Route: eared{heard: &heard}, Retry: []engine.Retrier{times{2, 0}, times{2, 0}}}
		}})
		e.Step(0, arrive(1, 0, 0))
		for range 4 {
			e.Step(0, answer(0, 1, load.Throttled))
		}
		if gate.String() != c.want {
			t.Errorf("%s: %v, want %s", name, &gate, c.want)
		}
		if got := fmt.Sprint(heard); got != "[0 1 0 2]" {
			t.Errorf("%s: the router heard %s", name, got)
		}
	}
}
