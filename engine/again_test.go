package engine_test

import (
	"testing"
	"time"

	"ratecliff/engine"
	"ratecliff/load"
)

// once lets every call through one time.
type once struct{ slots }

func (g *once) Ready(_ time.Duration, c *load.Call) load.Permit {
	if c.Attempts > 0 {
		return load.Permit{State: load.Refused, By: "once"}
	}
	return load.Permit{}
}

// An attempt that is made again at once, or turned away at once, leaves the
// record of the one before as it was.
func TestTheRecordOutlivesTheNextAttempt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		gates []engine.HeldGate
		want  string
	}{
		"sent again":  {nil, "tried 1 throttled; send 1#2"},
		"turned away": {[]engine.HeldGate{{Gate: &once{}}}, "tried 1 throttled; wake 1s"},
	} {
		e := engine.New(engine.Config{Stack: stack(c.gates, times{3, 0})})
		e.Step(0, arrive(1, 0, 0))
		actions := e.Step(s, answer(0, 1, load.Throttled))
		if got := act(actions); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if a := actions[0].Attempt; a.N != 1 || a.Scheduled != 0 {
			t.Errorf("%s: attempt %d of %v is on record, want the first, of 0s", name, a.N, a.Scheduled)
		}
	}
}
