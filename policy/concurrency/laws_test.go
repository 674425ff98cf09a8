package concurrency_test

import (
	"math"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/concurrency"
)

const ms = time.Millisecond

func adaptive(most int, a concurrency.AdaptConfig) *concurrency.Cap {
	return concurrency.New(concurrency.Config{Max: most, Adapt: a})
}

// took is an attempt that took so long.
func took(d time.Duration) *load.Attempt {
	return &load.Attempt{N: 1, Done: d, Response: load.Response{Outcome: load.OK, Status: 200}}
}

// pass lets n calls through, all out at once, each of which ends as told.
func pass(g *concurrency.Cap, now time.Duration, n int, a *load.Attempt) {
	for slot := range n {
		g.Take(now, &load.Call{Slot: int32(slot)})
	}
	for slot := range n {
		g.Done(now, &load.Call{Slot: int32(slot)}, a)
	}
}

// one lets a call through that is the n-th out.
func one(g *concurrency.Cap, now time.Duration, n int, a *load.Attempt) {
	for slot := range n {
		g.Take(now, &load.Call{Slot: int32(slot)})
	}
	g.Done(now, &load.Call{Slot: int32(n - 1)}, a)
	cancelled := &load.Attempt{Response: load.Response{Outcome: load.Cancelled}} // says nothing
	for slot := range n - 1 {
		g.Done(now, &load.Call{Slot: int32(slot)}, cancelled)
	}
}

func limit(t *testing.T, what string, g *concurrency.Cap, want int) {
	t.Helper()
	if got := g.Limit(); got != want {
		t.Errorf("%s: ceiling %d, want %d", what, got, want)
	}
}

// The constants that Netflix ships, step by step.
func TestAIMD(t *testing.T) {
	t.Parallel()
	g := adaptive(200, concurrency.AdaptConfig{Kind: concurrency.AIMD, Timeout: 5 * s})
	limit(t, "start", g, 20)
	one(g, 0, 9, took(s))
	limit(t, "9 of 20 out", g, 20)
	one(g, 0, 10, took(5*s))
	limit(t, "10 of 20 out", g, 21)
	one(g, 0, 10, took(s))
	limit(t, "10 of 21 out", g, 21)
	pass(g, 0, 100, took(s))
	limit(t, "and 79 more of 100", g, 111) // calls 11 to 100: for all of them 2·inflight ≥ L
	one(g, 0, 100, took(5*s+1))
	limit(t, "too late", g, 99)
	one(g, 0, 1, limited)
	limit(t, "429", g, 99) // no attempt takes no time
	one(g, 0, 1, refusal(50*ms))
	limit(t, "429", g, 89)
	for range 50 {
		one(g, 0, 1, refusal(50*ms))
	}
	limit(t, "many 429", g, 20)
	for range 500 {
		one(g, 0, 300, took(s))
	}
	limit(t, "many good ones", g, 200)
	g = adaptive(200, concurrency.AdaptConfig{Kind: concurrency.AIMD, Throttled: concurrency.Ignore, Min: 1, Start: 10})
	one(g, 0, 10, refusal(ms))
	limit(t, "429 ignored", g, 10)
	one(g, 0, 10, took(time.Hour))
	limit(t, "no timeout", g, 11)
	for i, a := range []*load.Attempt{
		{Done: ms, Response: load.Response{Outcome: load.Overloaded, Status: 529}},
		{Done: ms, Response: load.Response{Outcome: load.TimedOut}},
		{Done: ms, Response: load.Response{Outcome: load.Failed}},
		{Done: ms, Response: load.Response{Outcome: load.Failed, Status: 500}},
		{Done: ms, Response: load.Response{Outcome: load.Failed, Status: 400}},
	} {
		one(g, 0, 1, a)
		limit(t, "a drop, but for 400", g, []int{9, 8, 7, 6, 6}[i])
	}
}

func refusal(d time.Duration) *load.Attempt {
	return &load.Attempt{N: 1, Done: d, Response: load.Response{Outcome: load.Throttled, Status: 429}}
}

func TestSlowStart(t *testing.T) {
	t.Parallel()
	g := adaptive(100, concurrency.AdaptConfig{Kind: concurrency.SlowStart})
	pass(g, 0, 19, took(s))
	limit(t, "19 successes", g, 20)
	pass(g, 0, 1, took(s))
	limit(t, "20", g, 40)
	pass(g, 0, 40, took(s))
	limit(t, "40 more", g, 80)
	pass(g, 0, 80, took(s))
	limit(t, "80 more", g, 100)
	one(g, 100*s, 1, refusal(ms))
	limit(t, "first 429", g, 80)
	one(g, 114*s, 1, refusal(ms))
	limit(t, "429 within 15 s", g, 80)
	pass(g, 114*s, 500, took(s))
	limit(t, "successes within 15 s", g, 80)
	pass(g, 115*s, 79, took(s))
	again := took(s)
	again.N = 2
	pass(g, 115*s, 100, again)
	limit(t, "79 successes and 100 after retries", g, 80)
	pass(g, 115*s, 1, took(s))
	limit(t, "80 successes", g, 85) // 84, to the next 5
	for i, want := range []int{65, 50, 40, 30, 20, 15, 10, 8, 6, 4, 4} {
		one(g, time.Duration(200+20*i)*s, 1, refusal(ms)) // 68, 52, 40, 32, 24, 16, 12
		limit(t, "a 429 every 20 s", g, want)
	}
	pass(g, 1000*s, 4, took(s))
	limit(t, "4 successes", g, 5)
}

// A 429 every 2 s that says 89 s: one cut, and none ever after.
func TestSlowStartFreezes(t *testing.T) {
	t.Parallel()
	long := refusal(ms)
	long.Response.HasRetryAfter, long.Response.RetryAfter = true, 89*s
	for obey, want := range map[bool]int{true: 15, false: 4} {
		g := adaptive(100, concurrency.AdaptConfig{Kind: concurrency.SlowStart, ObeyHeader: obey})
		for k := range 400 {
			one(g, time.Duration(2*k)*s, 1, long)
		}
		limit(t, "400 refusals", g, want)
	}
}

// q = ⌈20·(1 − 1/RTT)⌉ for a least of 1 s; log10 20 counts 1.
func TestVegas(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		rtt  time.Duration
		out  int
		want int
	}{
		{1000 * ms, 20, 26}, // q 0
		{1052 * ms, 20, 26}, // q 1
		{1053 * ms, 20, 21}, // 2
		{1111 * ms, 20, 21}, // 2
		{1112 * ms, 20, 20}, // 3: neither
		{1428 * ms, 20, 20}, // 6
		{1429 * ms, 20, 19}, // 7
		{9000 * ms, 20, 19},
		{1000 * ms, 9, 20}, // not half used
		{1000 * ms, 10, 26},
	} {
		g := adaptive(1000, concurrency.AdaptConfig{Kind: concurrency.Vegas})
		one(g, 0, 1, took(s)) // the least
		limit(t, "the least", g, 20)
		one(g, 0, row.out, took(row.rtt))
		limit(t, row.rtt.String(), g, row.want)
	}
	g := adaptive(1000, concurrency.AdaptConfig{Kind: concurrency.Vegas, Start: 150, Throttled: concurrency.Drop})
	one(g, 0, 1, took(s))
	one(g, 0, 150, took(s))
	limit(t, "log10 150 counts 2", g, 162)
	one(g, 0, 150, refusal(s))
	limit(t, "a drop", g, 160)
	one(g, 0, 150, refusal(ms)) // as in the library, its latency is the new least
	one(g, 0, 150, took(s))
	limit(t, "a refusal's latency is the least", g, 158)
}

// The least is taken anew after 30·20·0.5 samples, and then 30·L·u, u the
// fractions of the golden ratio.
func TestVegasProbes(t *testing.T) {
	t.Parallel()
	g := adaptive(20, concurrency.AdaptConfig{Kind: concurrency.Vegas, Min: 20})
	least := func(want time.Duration) {
		t.Helper()
		if got := time.Duration(g.Baseline()); got != want {
			t.Errorf("least %v, want %v", got, want)
		}
	}
	one(g, 0, 1, took(s))
	for range 298 {
		one(g, 0, 1, took(3*s))
	}
	least(s)
	one(g, 0, 1, took(3*s)) // the 300th
	least(3 * s)
	one(g, 0, 1, took(2*s))
	u := 0.5 + 0.5*0.6180339887498949
	for range int(math.Ceil(u*600)) - 2 {
		one(g, 0, 1, took(5*s))
	}
	least(2 * s)
	one(g, 0, 1, took(5*s))
	least(5 * s)
}
