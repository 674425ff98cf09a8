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

func of(class load.Priority, slot int, input, maxTokens int64) *load.Call {
	c := call(slot, input, maxTokens)
	c.Priority = class
	return c
}

// Buckets of 10 requests, 1,000 input and 100 output tokens.
func TestReservedHeadroom(t *testing.T) {
	t.Parallel()
	cfg := threeLimits
	cfg.Reserve = limiter.ReserveConfig{Medium: 0.1, Low: 0.2}
	l := limiter.New(cfg, nil)
	for k := range 7 {
		l.Take(0, of(load.Critical, k, 0, 0))
	}
	// 3 requests are left: low keeps 2, medium 1.
	ready(t, l, 0, of(load.Low, 9, 0, 0), load.Permit{})
	l.Take(0, of(load.Low, 9, 0, 0))
	ready(t, l, 0, of(load.Low, 9, 0, 0), until(s, "limiter.rpm"))
	ready(t, l, 0, of(load.Priority(9), 9, 0, 0), until(s, "limiter.rpm"))
	ready(t, l, 0, of(load.Medium, 9, 0, 0), load.Permit{})
	l.Take(0, of(load.Medium, 9, 0, 0))
	ready(t, l, 0, of(load.Medium, 9, 0, 0), until(s, "limiter.rpm"))
	ready(t, l, 0, of(load.High, 9, 0, 0), load.Permit{})
	// Every dimension: 850 of 1,000 input tokens leave less than 200.
	ready(t, l, time.Minute, of(load.Low, 9, 800, 0), load.Permit{})
	l.Take(time.Minute, of(load.Critical, 9, 50, 0))
	ready(t, l, time.Minute, of(load.Low, 9, 800, 0), until(time.Minute+s/2, "limiter.itpm"))
	// 81 of 100 output tokens leave less than 20, but the bucket is full.
	ready(t, l, time.Minute, of(load.Low, 9, 0, 81), load.Permit{})
	l.Take(time.Minute, of(load.Critical, 8, 0, 5))
	ready(t, l, time.Minute, of(load.Low, 9, 0, 81), until(time.Minute+s/2, "limiter.otpm"))
	ready(t, l, time.Minute, of(load.Low, 9, 0, 75), load.Permit{})
	// Above 80 % of the bucket: when it is full.
	ready(t, l, 2*time.Minute, of(load.Low, 9, 1000, 100), load.Permit{})
}

// One request a second, no burst, 20 % of the rate kept from low. Calls come all
// the time, the low ones first.
func TestReservedRate(t *testing.T) {
	t.Parallel()
	low, high, both := []load.Priority{load.Low}, []load.Priority{load.Critical}, []load.Priority{load.Low, load.High}
	for _, row := range []struct {
		name    string
		kept    limiter.ReserveRateConfig
		classes []load.Priority
		want    [2]int // of low and of others in 1000 s
	}{
		{"nothing kept", limiter.ReserveRateConfig{}, both, [2]int{1000, 0}},
		{"kept, low alone", limiter.ReserveRateConfig{Low: 0.2}, low, [2]int{800, 0}},
		{"kept, critical alone", limiter.ReserveRateConfig{Low: 0.2}, high, [2]int{0, 1000}},
		{"kept", limiter.ReserveRateConfig{Low: 0.2}, both, [2]int{800, 200}},
		{"lent, low alone", limiter.ReserveRateConfig{Low: 0.2, Lend: true}, low, [2]int{1000, 0}},
	} {
		l := limiter.New(limiter.Config{RPM: 60, Burst: 1, ReserveRate: row.kept}, nil)
		var got [2]int
		for now := time.Duration(0); now < 1000*s; now += 50 * time.Millisecond {
			for _, class := range row.classes {
				c := of(class, 0, 0, 0)
				if l.Ready(now, c).State != load.Granted {
					continue
				}
				l.Take(now, c)
				l.Done(now, c, ok(0, 0))
				if class == load.Low {
					got[0]++
				} else {
					got[1]++
				}
			}
		}
		if d := got[0] - row.want[0]; d < -8 || d > 8 || got[0]+got[1] < row.want[0]+row.want[1]-8 {
			t.Errorf("%s: %d low and %d others, want %v", row.name, got[0], got[1], row.want)
		}
	}
}

func TestReservedRateTimeline(t *testing.T) {
	t.Parallel()
	cfg := limiter.Config{RPM: 60, ITPM: 6000, BurstWindow: s, ReserveRate: limiter.ReserveRateConfig{Medium: 0.5, Lend: true, Window: 4 * s}}
	// 1 request and 100 tokens a second. Medium's own: half of that, holding 2 and
	// 200; the kept half is lent when its 2 and 200 are there.
	l := limiter.New(cfg, nil)
	medium, critical, low := of(load.Medium, 0, 100, 0), of(load.Critical, 1, 100, 0), of(load.Low, 1, 100, 0)
	for _, row := range []struct {
		at   time.Duration
		c    *load.Call
		want load.Permit
		take bool
	}{
		{0, medium, load.Permit{}, true},                      // own: 2
		{s, medium, load.Permit{}, true},                      // 1.5
		{2 * s, medium, load.Permit{}, true},                  // 1
		{3 * s, medium, load.Permit{}, false},                 // 0.5, but the kept is full
		{3 * s, critical, load.Permit{}, true},                // which those use it is kept for
		{4 * s, medium, load.Permit{}, true},                  // own: 1
		{5 * s, medium, load.Permit{}, false},                 // the kept is full again
		{5 * s, critical, load.Permit{}, true},                //
		{5*s + s/2, medium, until(6*s, "limiter.rpm"), false}, // own: 0.75
		{6 * s, medium, load.Permit{}, true},                  // 1
		{7 * s, low, load.Permit{}, true},                     // lent to less urgent ones too
		{7*s + s/2, medium, until(8*s, "limiter.rpm"), false}, // own: 0.75
		{8 * s, of(load.Low, 1, 101, 0), load.Permit{State: load.Refused, By: "limiter.itpm"}, false},
	} {
		ready(t, l, row.at, row.c, row.want)
		if row.take {
			l.Take(row.at, row.c)
		}
	}
	// 200 tokens more than thought: 11 s for the bucket of all, 14 s for the own one,
	// but the kept is full.
	l.Take(8*s, medium)
	l.Done(8*s, medium, ok(300, 0))
	ready(t, l, 9*s, medium, until(11*s, "limiter.itpm"))
}

// What was lent is settled with who lent.
func TestLentIsSettled(t *testing.T) {
	t.Parallel()
	cfg := limiter.Config{ITPM: 6000, BurstWindow: 60 * s, ReserveRate: limiter.ReserveRateConfig{Medium: 0.5, Lend: true, Window: 4 * s}}
	l := limiter.New(cfg, nil) // 6,000 tokens; own 12,000 and 50 a second; kept 200 and 50 a second
	big, small := of(load.Medium, 0, 6000, 0), of(load.Medium, 1, 100, 0)
	l.Take(0, big)
	l.Take(time.Minute, big)                                               // own: 12,000 − 6,000 + 3,000 − 6,000 (0 at first, as it was full)
	ready(t, l, 2*time.Minute, of(load.Medium, 1, 6000, 0), load.Permit{}) // its own: 6,000
	l.Take(2*time.Minute, big)                                             // 0
	now := 3 * time.Minute                                                 // 3,000
	l.Take(now, of(load.Medium, 2, 4000, 0))                               // lent
	l.Done(now, of(load.Medium, 2, 4000, 0), ok(100, 0))                   // the kept has 200 − 100, its own 3,000 still
	ready(t, l, now, of(load.Medium, 3, 3000, 0), load.Permit{})
	ready(t, l, now, of(load.Medium, 3, 3200, 0), until(now+2*s, "limiter.reserve_rate")) // the kept is full then
	ready(t, l, now, small, load.Permit{})
}

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
