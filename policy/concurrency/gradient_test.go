package concurrency_test

import (
	"math"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/concurrency"
)

func TestGradient(t *testing.T) {
	t.Parallel()
	g := adaptive(1000, concurrency.AdaptConfig{Kind: concurrency.Gradient, Throttled: concurrency.Drop})
	limit(t, "start", g, 50)
	one(g, 0, 50, took(s))
	limit(t, "50·1 + √50", g, 57)
	one(g, 0, 57, took(2*s))
	limit(t, "twice the least is within tolerance", g, 64)
	one(g, 0, 64, took(4*s)) // 64·0.5 + 8 = 40; 0.8·64 + 0.2·40
	limit(t, "four times the least", g, 59)
	one(g, 0, 29, took(s)) // 59.2/2
	limit(t, "not half used", g, 59)
	one(g, 0, 1, refusal(s)) // 0.8·59.2 + 0.2·53.28
	limit(t, "a drop", g, 58)
	// After 1618 samples, Probe·1.618: √58, and the least forgotten.
	for range 1618 - 5 {
		one(g, 0, 1, took(s))
	}
	limit(t, "before the probe", g, 58)
	one(g, 0, 1, took(s))
	limit(t, "the probe", g, 7)
	one(g, 0, 7, took(9*s))
	limit(t, "9 s is the least now", g, 11) // 7 + 4
}

func TestGradient2(t *testing.T) {
	t.Parallel()
	g := adaptive(200, concurrency.AdaptConfig{Kind: concurrency.Gradient2})
	for i, row := range []struct {
		rtt  time.Duration
		out  int
		want int
	}{
		{s, 20, 20},     // 20.8
		{s, 11, 21},     // 21.6
		{s, 10, 21},     // not half used
		{1 * s, 21, 22}, // 22.4
		{3 * s, 22, 22}, // long 1.4: g 0.7, 0.8·22.4 + 0.2·(15.68 + 4) = 21.856
		{9 * s, 40, 20}, // long 2.67: g 0.5 at least, 0.8·21.856 + 0.2·14.928 = 20.47
		{9 * s, 40, 20}, // 0.8·20.47 + 0.2·14.235 = 19.2, not below 20
	} {
		one(g, 0, row.out, took(row.rtt))
		if i == 4 {
			row.want = 21
		}
		limit(t, "step "+string(rune('0'+i)), g, row.want)
	}
	// Plain mean of 10 and then 2/601 of each: 10 of 1 s, then 1 of 3 s.
	g = adaptive(200, concurrency.AdaptConfig{Kind: concurrency.Gradient2})
	for range 10 {
		one(g, 0, 1, took(s))
	}
	one(g, 0, 1, took(3*s))
	if got, want := g.Baseline()/1e9, 1+2*2.0/601; math.Abs(got-want) > 1e-9 {
		t.Errorf("long %v, want %v", got, want)
	}
	// Above twice the newest it sinks by 5 %.
	g = adaptive(200, concurrency.AdaptConfig{Kind: concurrency.Gradient2})
	one(g, 0, 1, took(9*s))
	one(g, 0, 1, took(s)) // mean 5
	if got, want := g.Baseline()/1e9, 4.75; math.Abs(got-want) > 1e-9 {
		t.Errorf("long %v, want %v", got, want)
	}
}

func TestLatency(t *testing.T) {
	t.Parallel()
	streamed := took(11 * s)
	streamed.FirstToken, streamed.Response.Usage.Output = s, 101
	whole := took(11 * s)
	whole.FirstToken, whole.Response.Usage.Output = 11*s, 110
	for _, row := range []struct {
		latency         concurrency.Latency
		streamed, whole time.Duration
	}{
		{"", 11 * s, 11 * s},
		{concurrency.Total, 11 * s, 11 * s},
		{concurrency.FirstToken, s, 11 * s},
		{concurrency.PerToken, 100 * ms, 100 * ms},
	} {
		for a, want := range map[*load.Attempt]time.Duration{streamed: row.streamed, whole: row.whole} {
			g := adaptive(100, concurrency.AdaptConfig{Kind: concurrency.Vegas, Latency: row.latency})
			one(g, 0, 1, a)
			if got := time.Duration(g.Baseline()); got != want {
				t.Errorf("%s: %v, want %v", row.latency, got, want)
			}
		}
	}
}

// Below ten samples a second nothing is ever handed on.
func TestBatch(t *testing.T) {
	t.Parallel()
	for perSecond, want := range map[int]int{8: 20, 12: 26} {
		g := adaptive(1000, concurrency.AdaptConfig{Kind: concurrency.Vegas, Batch: 10})
		for k := range 3*perSecond + 3 {
			now := time.Duration(k) * s / time.Duration(perSecond)
			one(g, 10*s+now, 20, took(s))
		}
		limit(t, "in three seconds and a bit", g, want)
	}
}
