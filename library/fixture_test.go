package library_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ratecliff/engine"
	"ratecliff/library"
	"ratecliff/load"
	"ratecliff/policy/retry"
	"ratecliff/scenario"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ms     = time.Millisecond
	second = time.Second
	minute = time.Minute
)

// The answers a service gives.
func ok() load.Response { return load.Response{Outcome: load.OK, Status: 200} }

func throttled() load.Response { return load.Response{Outcome: load.Throttled, Status: 429} }

func told(wait time.Duration) load.Response {
	return load.Response{Outcome: load.Throttled, Status: 429, RetryAfter: wait, HasRetryAfter: true}
}

func status(code int) load.Response {
	r := load.Response{Outcome: load.Failed, Status: code}
	if code == 529 {
		r.Outcome = load.Overloaded
	}
	return r
}

func unreachable() load.Response { return load.Response{Outcome: load.Failed} }

func late() load.Response { return load.Response{Outcome: load.TimedOut} }

func shed() load.Response { return load.Response{Outcome: load.Shed, ErrorType: "breaker"} }

// call is one call on its way through a retry layer: what the engine does around
// it, in the same order.
type call struct {
	load.Call
	layer   engine.Retrier
	account *retry.Account // nil without one
	state   load.RetryState
	now     time.Duration
	rng     *rand.Rand
}

func newCall(layer engine.Retrier, slot int32, seed uint64) *call {
	c := &call{layer: layer, rng: rand.New(rand.NewPCG(seed, 1))}
	c.Slot, c.Epoch, c.Attempts = slot, 1, 1
	if own, ok := layer.(*retry.Layer); ok {
		c.account = own.Account()
	}
	return c
}

// fails tells the layer of an answer and asks it what is next.
func (c *call) fails(r load.Response) (time.Duration, bool) {
	a := load.Attempt{N: c.Attempts, Done: c.now, Response: r}
	if c.account != nil {
		c.account.Take(c.now, &c.Call)
		c.account.Done(c.now, &c.Call, &a)
	}
	if o, ok := c.layer.(engine.Observer); ok {
		o.Observe(c.now, &c.Call, &a)
	}
	if r.Outcome == load.OK {
		return 0, false
	}
	c.state.Failures++
	wait, again := c.layer.Next(c.now, &c.Call, &c.state, &a, c.rng)
	if again {
		c.now += wait
		c.Attempts++
	}
	return wait, again
}

// waits are those of a call that gets the same answer for ever, at most limit.
func waits(layer engine.Retrier, r load.Response, limit int) []time.Duration {
	c := newCall(layer, 0, 1)
	var out []time.Duration
	for len(out) < limit {
		wait, again := c.fails(r)
		if !again {
			break
		}
		out = append(out, wait)
	}
	return out
}

// layer is the retry layer of one library.
func layer(t *testing.T, name scenario.Library) engine.Retrier {
	t.Helper()
	p := library.Build([]scenario.Library{name}, library.AWSLegacy, nil)
	if len(p.Retry) != 1 {
		t.Fatalf("%s has %d retry layers", name, len(p.Retry))
	}
	return p.Retry[0]
}

// preset is the innermost retry layer of a strategy of the catalog, which
// imitates a library.
func preset(t *testing.T, name string) engine.Retrier {
	t.Helper()
	return retry.New(entry(t, name).Retry[0])
}

func entry(t *testing.T, name string) *scenario.Strategy {
	t.Helper()
	s, err := scenario.CatalogStrategy(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// near says whether two waits are equal but for what floating point and
// rounding to nanoseconds do.
func near(a, b time.Duration) bool { return max(a, b)-min(a, b) <= time.Microsecond }
