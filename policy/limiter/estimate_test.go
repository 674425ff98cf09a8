package limiter_test

import (
	"math"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/limiter"
)

// outputs is a limiter of output tokens alone: 6,000 a minute, 100 a second, and
// a bucket of 10 s.
func outputs(output limiter.Output) limiter.Config {
	return limiter.Config{OTPM: 6000, BurstWindow: 10 * s, Output: output}
}

// teach lets calls of class 0 pass one after the other from start on, long after
// each other, each as long as told, 1 s to the first token and the rest even.
func teach(l *limiter.Limiter, now time.Duration, lasts time.Duration, used ...int64) time.Duration {
	for _, o := range used {
		c := call(0, 1, 500)
		l.Take(now, c)
		a := ok(1, o)
		a.Started, a.FirstToken, a.Done = now, now+s, now+lasts
		l.Done(now+lasts, c, a)
		now += time.Minute
	}
	return now
}

func output(t *testing.T, l *limiter.Limiter, now time.Duration, want float64) {
	t.Helper()
	if _, _, got := l.Level(now, "m", 0); math.Abs(got-want) > 1e-3 {
		t.Errorf("at %v: output level %v, want %v", now, got, want)
	}
}

func TestQuantileReserves(t *testing.T) {
	t.Parallel()
	l := limiter.New(outputs(limiter.Quantile), nil)
	l.Take(0, call(0, 1, 300)) // nothing known: max_tokens
	output(t, l, 0, 700)
	l.Done(0, call(0, 1, 300), ok(1, 10))
	now := teach(l, time.Minute, 2*s, 20, 30, 40, 50) // 10 to 50: q 0.8 is 40
	l.Take(now, call(0, 1, 300))
	output(t, l, now, 960)
	l.Take(now, call(1, 1, 25)) // at most max_tokens
	output(t, l, now, 935)
	other := call(2, 1, 300) // another class knows nothing yet
	other.Class = 1
	l.Take(now, other)
	output(t, l, now, 635)
	cfg := outputs(limiter.Quantile)
	cfg.MeanStart, cfg.LearnBy, cfg.Quantile = 100, limiter.ByPool, 0.5
	l = limiter.New(cfg, nil)
	l.Take(0, call(0, 1, 300))
	output(t, l, 0, 900)
	l.Done(0, call(0, 1, 300), ok(1, 10))
	now = teach(l, time.Minute, 2*s, 20, 30)
	l.Take(now, other) // all classes of the pool alike: the median
	output(t, l, now, 980)
}

// 80 and 120 in turn: μ = 100, σ² = 10·400/9.
func TestPooledTimeline(t *testing.T) {
	t.Parallel()
	l := limiter.New(outputs(limiter.Pooled), nil)
	now := teach(l, 0, 2*s, 80, 120, 80, 120, 80, 120, 80, 120, 80, 120)
	sigma := math.Sqrt(4000.0 / 9)
	level := func(k float64) float64 { return 1000 - math.Ceil(k*100+2*sigma*math.Sqrt(k)) }
	for k := range 4 {
		l.Take(now, call(k, 1, 500))
		output(t, l, now, level(float64(k+1)))
	}
	l.Done(now, call(0, 1, 500), failed(load.Throttled, 429)) // all of its part comes back
	output(t, l, now, level(3))
	l.Done(now, call(1, 1, 500), ok(1, 90)) // 90 for good
	output(t, l, now, level(2)-90)
	l.Done(now, call(2, 1, 500), failed(load.TimedOut, 0)) // its part stays
	output(t, l, now, level(2)-90)
	l.Done(now, call(3, 1, 500), ok(1, 110))
	output(t, l, now, level(2)-90-(1000-level(1))+(1000-level(1))-110+(1000-level(1)))
}

// A call of unknown fate is charged max_tokens at most, though the reserve shrinks
// by more when it leaves: by 100 + 2·50.
func TestPooledChargesNoMoreThanMaxTokens(t *testing.T) {
	t.Parallel()
	l := limiter.New(outputs(limiter.Pooled), nil)
	wild := func(slot int, maxTokens int64) *load.Call {
		c := call(slot, 1, maxTokens)
		c.Class = 1
		return c
	}
	for i, used := range []int64{50, 150, 50, 150} {
		c := wild(0, 500)
		l.Take(time.Duration(i)*time.Minute, c)
		l.Done(time.Duration(i)*time.Minute, c, ok(1, used))
	}
	now := teach(l, time.Hour, s, 0, 0)
	l.Take(now, call(0, 1, 1000)) // nothing, as far as is known
	output(t, l, now, 1000)
	l.Take(now, wild(1, 100))
	output(t, l, now, 800)
	l.Done(now, wild(1, 100), failed(load.TimedOut, 0))
	output(t, l, now, 900)
}

// All outputs are 400, produced at 100 a second after 1 s. The bucket gets 100 a
// second: what streams produce and what flows in are equal.
func TestSurvivalTimeline(t *testing.T) {
	t.Parallel()
	l := limiter.New(outputs(limiter.Survival), nil)
	now := teach(l, 0, 5*s, 400, 400)
	first, second, third := call(0, 1, 500), call(1, 1, 500), call(2, 1, 500)
	ready(t, l, now, first, load.Permit{})
	l.Take(now, first)
	output(t, l, now, 1000) // nothing charged in advance
	l.Take(now, second)
	// 1000 − 2·400 are free, 400 are needed: 2 s of refill, if nothing ends before.
	ready(t, l, now, third, until(now+2*s, "limiter.otpm"))
	// After 3 s each has produced 200: 1000 (full) + 0 − 400 in, 400 still to come.
	l.Take(now+3*s, call(3, 1, 0))
	output(t, l, now+3*s, 600)
	// 600 − 2·200 are free.
	ready(t, l, now+3*s, third, until(now+5*s, "limiter.otpm"))
	l.Done(now+3*s, first, ok(1, 210)) // 10 more than estimated; in no time, so no speed is learned
	output(t, l, now+3*s, 590)
	l.Done(now+3*s, second, failed(load.TimedOut, 0)) // the 200 stay
	output(t, l, now+3*s, 590)
	ready(t, l, now+3*s, third, load.Permit{})
	l.Take(now+3*s, third)
	l.Done(now+3*s, third, failed(load.Throttled, 429))
	output(t, l, now+3*s, 590)
}

// x + r·h − Σ min(g·h, E[remaining]) ≥ margin with h = 2 s: each stream is
// expected to take 200 of its 400 by then, and 200 flow in.
func TestFlowTimeline(t *testing.T) {
	t.Parallel()
	cfg := outputs(limiter.Flow)
	cfg.Horizon, cfg.Margin = 2*s, 100
	l := limiter.New(cfg, nil)
	now := teach(l, 0, 5*s, 400, 400)
	for k := range 5 { // 1000 + 200 − 5·200 ≥ 100
		c := call(k, 1, 500)
		ready(t, l, now, c, load.Permit{})
		l.Take(now, c)
	}
	ready(t, l, now, call(9, 1, 500), until(now+s, "limiter.otpm")) // 100 are missing
	output(t, l, now, 1000)
	// A stream that has 100 to come does not take 200.
	l.Take(now+4*s, call(5, 1, 0))
	output(t, l, now+4*s, -500) // 5·300 produced of 1000
	ready(t, l, now+4*s, call(9, 1, 500), until(now+4*s+11*s, "limiter.otpm"))
}

// The horizon's refill pays for all that is expected, but a debt must be gone.
func TestFlowWaitsForDebt(t *testing.T) {
	t.Parallel()
	l := limiter.New(outputs(limiter.Flow), nil)
	now := teach(l, 0, 5*s, 400, 400)
	l.Take(now, call(0, 1, 0))
	l.Done(now, call(0, 1, 0), ok(1, 1500))
	ready(t, l, now, call(1, 1, 500), until(now+5*s+s/100, "limiter.otpm"))
}

// Nothing known, an estimate above the bucket: it goes when the bucket is full.
func TestGuessesDoNotKeepOutForEver(t *testing.T) {
	t.Parallel()
	for _, o := range []limiter.Output{limiter.Quantile, limiter.Pooled, limiter.Survival, limiter.Flow} {
		l := limiter.New(outputs(o), nil)
		ready(t, l, 0, call(0, 1, 100_000), load.Permit{})
		cfg := outputs(o)
		cfg.Reserve.Low = 0.5
		c := call(0, 1, 100_000)
		c.Priority = load.Low
		ready(t, limiter.New(cfg, nil), 0, c, load.Permit{})
		cfg.Share = 1
		if _, maxTokens := cfg.MaxRequest(limiter.Limits{OTPM: 10}); maxTokens != math.MaxInt64 {
			t.Errorf("%s keeps out what is above %d", o, maxTokens)
		}
	}
}
