package limiter_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/policy/limiter"
)

// Requests: 60 a minute, 10 held. Input: 100 a second, 1,000 held.
func TestResync(t *testing.T) {
	t.Parallel()
	cfg := limiter.Config{RPM: 60, ITPM: 6000, OTPM: 6000, BurstWindow: 10 * s, Output: limiter.NoOutput, Resync: true}
	answer := func(started time.Duration, requests, input, output int64) *load.Attempt {
		a := ok(100, 50)
		a.Started = started
		for i, n := range []int64{requests, input, output} {
			if n >= 0 {
				a.Response.Limits[i] = load.LimitStatus{Known: true, Limit: 1, Remaining: n}
			}
		}
		return a
	}
	for _, row := range []struct {
		name string
		a    *load.Attempt
		want [3]float64
	}{
		// Sent at 0 (10 → 8, 1,000 → 800) and told at 2 s, when the own count is 10,
		// 1,000 and 950 (50 used).
		{"nothing told", answer(0, -1, -1, -1), [3]float64{10, 1000, 950}},
		// 2 + 2 s − 1 sent since; 400 + 200 − 500 − 100 since; 300 + 200 − 500 − 50
		{"less is left", answer(0, 2, 400, 300), [3]float64{3, 0, -50}},
		// above what is held: 10 − 1; 1,000 − 600; 1,000 − 550
		{"more is left", answer(0, 100, 100_000, 100_000), [3]float64{9, 400, 450}},
		{"refused", &load.Attempt{Response: load.Response{
			Outcome: load.Throttled, Status: 429,
			Limits: load.LimitStatuses{{}, {Known: true, Remaining: 0}, {}},
		}}, [3]float64{10, -400, 1000}}, // 0 + 200 − 500 − 100 since
	} {
		l := limiter.New(cfg, nil)
		first, second := call(0, 100, 0), call(1, 100, 0)
		l.Take(0, first)
		l.Take(0, second)
		l.Done(2*s, first, row.a)
		r, i, o := l.Level(2*s, "m", 0)
		for d, got := range [3]float64{r, i, o} {
			if math.Abs(got-row.want[d]) > 1e-6 {
				t.Errorf("%s: levels %v %v %v, want %v", row.name, r, i, o, row.want)
				break
			}
		}
	}
	// Up by half of the gap only: down to 0 first, then 8 are told to be left.
	l := limiter.New(limiter.Config{RPM: 60, BurstWindow: 10 * s, Resync: true}, nil)
	c := call(0, 0, 0)
	l.Take(0, c)
	l.Done(0, c, answer(0, 0, -1, -1))
	requests(t, l, 0, 0)
	l.Take(0, c)
	l.Done(0, c, answer(0, 8, -1, -1))
	requests(t, l, 0, 3) // −1, gap 9, 4 whole ones
	// A burst of 50 of which the server takes 10: what was refused and given back is
	// not counted twice, so that nothing goes before the server has something.
	l = limiter.New(limiter.Config{RPM: 60, Burst: 50, Resync: true, RefundRefused: true}, nil)
	for slot := range 50 {
		l.Take(0, call(slot, 0, 0))
	}
	for slot := 10; slot < 50; slot++ {
		a := failed(load.Throttled, 429)
		a.Response.Limits[0] = load.LimitStatus{Known: true, Remaining: 0}
		l.Done(0, call(slot, 0, 0), a)
		ready(t, l, 0, call(60, 0, 0), until(time.Duration(50-slot)*s, "limiter.rpm"))
	}
	// Output that is reserved for others is not free.
	cfg.Output, cfg.MeanStart = limiter.Mean, 100
	l = limiter.New(cfg, nil)
	l.Take(0, call(0, 0, 500))
	l.Take(0, call(1, 0, 500))
	l.Done(0, call(0, 0, 500), answer(0, -1, -1, 1000))
	if _, _, o := l.Level(0, "m", 0); math.Abs(o-350) > 1e-6 { // 1,000 − 50 used − 100 reserved − 500
		t.Errorf("output level %v, want 350", o)
	}
	// What was half done at the request was half taken off by the server already.
	l = limiter.New(cfg, nil)
	l.Take(0, call(0, 0, 500))
	l.Take(0, call(1, 0, 500))
	l.Done(0, call(1, 0, 500), answer(0, -1, -1, 1000))
	if _, _, o := l.Level(0, "m", 0); math.Abs(o-400) > 1e-6 { // and 100/2 of the first
		t.Errorf("output level %v, want 400", o)
	}
}

func requests(t *testing.T, l *limiter.Limiter, now time.Duration, want float64) {
	t.Helper()
	if got, _, _ := l.Level(now, "m", 0); math.Abs(got-want) > 1e-6 {
		t.Errorf("request level %v, want %v", got, want)
	}
}

// Against a server whose bucket another client empties as well, the level never
// stays above what the server told.
func TestResyncNeverAboveWhatWasTold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := limiter.New(limiter.Config{RPM: 60, BurstWindow: 10 * s, Resync: true}, nil)
		now := time.Duration(0)
		for range rapid.IntRange(1, 40).Draw(t, "calls") {
			now += time.Duration(rapid.Int64Range(0, int64(3*s)).Draw(t, "later"))
			c := call(0, 0, 0)
			l.Take(now, c)
			before, _, _ := l.Level(now, "m", 0)
			a := ok(0, 0)
			told := rapid.Int64Range(0, 20).Draw(t, "remaining")
			a.Started = now
			a.Response.Limits[0] = load.LimitStatus{Known: true, Remaining: told}
			l.Done(now, c, a)
			after, _, _ := l.Level(now, "m", 0)
			bound := min(float64(told), 10)
			if after > max(bound, 0)+1e-6 || after > before+max(bound-before, 0)/2+1e-6 || after < min(before, bound)-1-1e-6 {
				t.Fatalf("level %v, told %v: %v", before, bound, after)
			}
		}
	})
}

func TestValidateEstimatesAndReserves(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for _, row := range []struct {
		cfg  limiter.Config
		want []string
	}{
		{limiter.Config{Share: 1, Output: limiter.Quantile, Quantile: 0.9, LearnBy: limiter.ByPool, MeanStart: 5, Resync: true}, nil},
		{limiter.Config{Share: 1, Output: limiter.Flow, Horizon: s, Margin: 5}, nil},
		{limiter.Config{Share: 1, Output: limiter.Pooled, Z: 3, Reserve: limiter.ReserveConfig{Low: 0.3}, ReserveRate: limiter.ReserveRateConfig{Low: 0.2, Lend: true, Window: s}}, nil},
		{limiter.Config{Share: 1, LearnBy: "user", Quantile: 1, Z: 11, Horizon: -1, Margin: -1}, []string{
			"learn_by", "learn_by", "quantile", "quantile", "z", "z", "horizon", "horizon", "margin", "margin",
		}},
		{limiter.Config{Share: 1, Output: limiter.Survival, Quantile: nan, Z: nan, Horizon: 25 * time.Hour}, []string{
			"quantile", "quantile", "z", "z", "horizon", "horizon",
		}},
		{limiter.Config{
			Share: 1, Reserve: limiter.ReserveConfig{Critical: 1, High: -1, Medium: nan, Low: math.Inf(1)},
			ReserveRate: limiter.ReserveRateConfig{High: 1, Medium: nan, Low: -1, Window: -1},
		}, []string{
			"reserve.critical", "reserve.high", "reserve.medium", "reserve.low",
			"reserve_rate.high", "reserve_rate.medium", "reserve_rate.low", "reserve_rate.window", "reserve_rate.window",
		}},
		{limiter.Config{Share: 1, ReserveRate: limiter.ReserveRateConfig{Window: s}}, []string{"reserve_rate.window"}},
		{limiter.Config{Share: 1, ReserveRate: limiter.ReserveRateConfig{Lend: true}}, []string{"reserve_rate.lend"}},
	} {
		var got []string
		for _, p := range row.cfg.Validate() {
			got = append(got, p.Path)
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%+v: problems at %v, want %v", row.cfg, got, row.want)
		}
	}
}
