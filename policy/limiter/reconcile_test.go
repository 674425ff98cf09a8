package limiter_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/policy/limiter"
)

// In the end a bucket has paid what was used, to the token: nothing for refused
// calls, at most max_tokens for those of unknown fate. Debt is not forgiven.
func TestReconciled(t *testing.T) {
	t.Parallel()
	rapid.Check(t, reconciled)
}

func FuzzReconciled(f *testing.F) { f.Fuzz(rapid.MakeFuzz(reconciled)) }

func reconciled(t *rapid.T) {
	kinds := []limiter.Output{"", limiter.Mean, limiter.NoOutput, limiter.Quantile, limiter.Pooled, limiter.Survival, limiter.Flow}
	cfg := limiter.Config{OTPM: 6000, BurstWindow: 10 * time.Hour, Output: rapid.SampledFrom(kinds).Draw(t, "output")}
	l := limiter.New(cfg, nil)
	const holds, spent = 3_600_000, 2_000_000 // never full again
	opening := call(0, 0, 0)
	l.Take(0, opening)
	l.Done(0, opening, ok(0, spent))
	now, paid, least := time.Duration(0), 0.0, 0.0
	type flight struct {
		c     *load.Call
		since time.Duration
	}
	var out []flight
	finish := func(i int) {
		f := out[i]
		out = append(out[:i], out[i+1:]...)
		a := failed(load.TimedOut, 0)
		a.Started, a.Done = f.since, now
		switch rapid.IntRange(0, 3).Draw(t, "fate") {
		case 0:
			a.Response.Outcome, a.Response.Status = load.Throttled, 429
		case 1:
			least -= float64(f.c.MaxTokens)
		default:
			a.Response.Outcome, a.Response.Status = load.OK, 200
			a.Response.Usage.Output = rapid.Int64Range(0, f.c.MaxTokens).Draw(t, "used")
			paid += float64(a.Response.Usage.Output)
		}
		l.Done(now, f.c, a)
	}
	for slot := range rapid.IntRange(1, 60).Draw(t, "calls") {
		now += time.Duration(rapid.Int64Range(0, int64(5*s)).Draw(t, "later"))
		c := call(slot, 0, rapid.Int64Range(0, 500).Draw(t, "max_tokens"))
		c.Class = rapid.IntRange(0, 1).Draw(t, "class")
		before := l.Ready(now, c)
		if again := l.Ready(now, c); again != before {
			t.Fatalf("asked twice: %+v and %+v", before, again)
		}
		l.Take(now, c)
		out = append(out, flight{c, now})
		for len(out) > 0 && rapid.Bool().Draw(t, "ends") {
			finish(rapid.IntRange(0, len(out)-1).Draw(t, "which"))
		}
	}
	for len(out) > 0 {
		finish(0)
	}
	_, _, level := l.Level(now, "m", 0)
	want := holds - spent + 100*now.Seconds() - paid
	if level > want+0.01 || level < want+least-0.01 {
		t.Fatalf("%s: level %v, want %v and at most %v less", cfg.Output, level, want, -least)
	}
}

// What was granted was there: no estimate takes a bucket below nothing.
func TestGrantsAreCovered(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kinds := []limiter.Output{limiter.Quantile, limiter.Pooled}
		cfg := limiter.Config{RPM: 60, ITPM: 60_000, OTPM: 6000, BurstWindow: 10 * s, Output: rapid.SampledFrom(kinds).Draw(t, "output")}
		cfg.Reserve.Low = rapid.Float64Range(0, 0.5).Draw(t, "reserve")
		l := limiter.New(cfg, nil)
		now, holds := time.Duration(0), [3]float64{10, 10_000, 1000}
		for slot := range 60 {
			now += time.Duration(rapid.Int64Range(0, int64(2*s)).Draw(t, "later"))
			c := call(slot, rapid.Int64Range(0, 3000).Draw(t, "input"), rapid.Int64Range(1, 300).Draw(t, "max_tokens"))
			c.Priority = load.Priority(rapid.IntRange(0, 3).Draw(t, "class"))
			p := l.Ready(now, c)
			if p.State == load.WaitUntil && rapid.Bool().Draw(t, "wait") {
				now = p.At + 1
				p = l.Ready(now, c)
			}
			if p.State != load.Granted {
				continue
			}
			l.Take(now, c)
			theta := 0.0
			if c.Priority == load.Low {
				theta = cfg.Reserve.Low
			}
			r, i, o := l.Level(now, "m", 0)
			for d, level := range [3]float64{r, i, o} {
				if level < theta*holds[d]-0.01 {
					t.Fatalf("dimension %d at %v: level %v, class %d keeps %v", d, now, level, c.Priority, theta*holds[d])
				}
			}
			if rapid.Bool().Draw(t, "ends") {
				l.Done(now, c, ok(c.Tokens.Input, rapid.Int64Range(0, c.MaxTokens).Draw(t, "used")))
			}
		}
	})
}

func TestEstimatesDoNotAllocate(t *testing.T) {
	for _, o := range []limiter.Output{limiter.Mean, limiter.Quantile, limiter.Pooled, limiter.Survival, limiter.Flow} {
		cfg := limiter.Config{RPM: 6e9, ITPM: 6e11, OTPM: 6e11, Output: o, Resync: true}
		cfg.Reserve.Low, cfg.ReserveRate.Low = 0.1, 0.2
		l := limiter.New(cfg, nil)
		c, a := call(5, 1000, 400), ok(990, 350)
		c.Priority = load.Low
		a.Response.Limits[0] = load.LimitStatus{Known: true, Limit: 6e9, Remaining: 5e9}
		now := time.Duration(0)
		one := func() {
			now += time.Second
			l.Ready(now, c)
			l.Take(now, c)
			a.Started, a.FirstToken, a.Done = now, now+1, now+s
			l.Done(now+s, c, a)
		}
		for range 300 {
			one()
		}
		if n := testing.AllocsPerRun(100, one); n > 0 {
			t.Errorf("%s: %v allocations a call", o, n)
		}
	}
}
