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

const s = time.Second

func call(slot int, input, maxTokens int64) *load.Call {
	c := &load.Call{Slot: int32(slot)}
	c.Model, c.Tokens.Input, c.MaxTokens = "m", input, maxTokens
	return c
}

func ok(input, output int64) *load.Attempt {
	return &load.Attempt{Response: load.Response{Outcome: load.OK, Status: 200, Usage: load.Tokens{Input: input, Output: output}}}
}

func failed(o load.Outcome, status int) *load.Attempt {
	return &load.Attempt{Response: load.Response{Outcome: o, Status: status}}
}

// levels wants the three buckets of model m to hold so much, to a millionth.
func levels(t *testing.T, l *limiter.Limiter, now time.Duration, want [3]float64) {
	t.Helper()
	r, i, o := l.Level(now, "m", 0)
	for k, got := range [3]float64{r, i, o} {
		if math.Abs(got-want[k]) > 1e-6 {
			t.Errorf("at %v: levels %v %v %v, want %v", now, r, i, o, want)
			return
		}
	}
}

// ready wants the permit for c, its instant to within a nanosecond.
func ready(t *testing.T, l *limiter.Limiter, now time.Duration, c *load.Call, want load.Permit) {
	t.Helper()
	got := l.Ready(now, c)
	if got.State != want.State || got.By != want.By || (got.At-want.At).Abs() > 1 {
		t.Errorf("at %v: permit %+v, want %+v", now, got, want)
	}
}

func until(at time.Duration, by string) load.Permit {
	return load.Permit{State: load.WaitUntil, At: at, By: by}
}

// 60 requests, 6,000 input and 600 output tokens a minute; buckets of 10 s: 10,
// 1,000 and 100.
var threeLimits = limiter.Config{RPM: 60, ITPM: 6000, OTPM: 600, BurstWindow: 10 * s}

func TestTimeline(t *testing.T) {
	t.Parallel()
	l := limiter.New(threeLimits, nil)
	levels(t, l, 0, [3]float64{10, 1000, 100})
	big, small := call(0, 1000, 50), call(1, 10, 10)
	ready(t, l, 0, big, load.Permit{})
	l.Take(0, big)
	levels(t, l, 0, [3]float64{9, 0, 50})
	ready(t, l, 0, small, until(s/10, "limiter.itpm"))
	ready(t, l, 0, small, until(s/10, "limiter.itpm")) // asking changes nothing
	ready(t, l, s/10, small, load.Permit{})
	ready(t, l, s, call(2, 1, 100), until(5*s, "limiter.otpm"))

	// The answer used 900 and 30: 100 and 20 come back.
	l.Done(s, big, ok(900, 30))
	levels(t, l, s, [3]float64{10, 200, 80})
	ready(t, l, s, call(2, 1, 100), until(3*s, "limiter.otpm"))
}

func TestSettling(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		cfg  func(*limiter.Config)
		a    *load.Attempt
		want [3]float64 // after 400 in and 80 reserved out of 1000 and 100, at once
	}{
		{"as estimated", nil, ok(400, 80), [3]float64{9, 600, 20}},
		{"less than reserved", nil, ok(400, 10), [3]float64{9, 600, 90}},
		{"more than there was: debt", nil, ok(400, 350), [3]float64{9, 600, -250}},
		{"cache reads are free, writes are not", nil, &load.Attempt{Response: load.Response{Outcome: load.OK, Usage: load.Tokens{Input: 100, CacheWrite: 50, CacheRead: 9000}}}, [3]float64{9, 850, 100}},
		{"refused: tokens back, request charged", nil, failed(load.Throttled, 429), [3]float64{9, 1000, 100}},
		{"refused: all back", func(c *limiter.Config) { c.RefundRefused = true }, failed(load.Throttled, 429), [3]float64{10, 1000, 100}},
		{"overloaded", nil, failed(load.Overloaded, 529), [3]float64{9, 1000, 100}},
		{"server error", nil, failed(load.Failed, 500), [3]float64{9, 1000, 100}},
		{"timeout, usage unknown: stays", nil, failed(load.TimedOut, 0), [3]float64{9, 600, 20}},
		{"broken stream, usage known", nil, &load.Attempt{Response: load.Response{Outcome: load.Failed, Status: 200, Usage: load.Tokens{Input: 400, Output: 15}}}, [3]float64{9, 600, 85}},
		{"none reserved, charged after", func(c *limiter.Config) { c.Output = limiter.NoOutput }, ok(400, 250), [3]float64{9, 600, -150}},
	} {
		cfg := threeLimits
		if row.cfg != nil {
			row.cfg(&cfg)
		}
		l := limiter.New(cfg, nil)
		c := call(3, 400, 80)
		l.Take(0, c)
		l.Done(0, c, row.a)
		t.Run(row.name, func(t *testing.T) { levels(t, l, 0, row.want) })
	}
}

// A bucket in debt admits nothing until it holds something again.
func TestDebtHoldsBack(t *testing.T) {
	t.Parallel()
	cfg := threeLimits
	cfg.Output = limiter.NoOutput
	l := limiter.New(cfg, nil)
	c := call(0, 1, 1000)
	l.Take(0, c)
	l.Done(0, c, ok(1, 300))
	ready(t, l, 0, c, until(20*s+s/10, "limiter.otpm")) // 200 of debt and one token at 10/s
	ready(t, l, 20*s+s/10, c, load.Permit{})

	// So with input: 2,000 of debt and one token at 100/s, for a call that
	// reads everything from the cache.
	l.Take(60*s, c)
	l.Done(60*s, c, ok(3000, 0))
	cached := call(1, 0, 1)
	cached.Tokens.CacheRead = 5000
	ready(t, l, 60*s, cached, until(80*s+s/100, "limiter.itpm"))
}

func TestMeanOutput(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		start int64
		want  []float64 // output level after each Take of an empty history, 50 used each time
	}{
		// 90, then 0.9·90+0.1·50 = 86, then 82.4
		{"starts at max_tokens", 0, []float64{10, 14, 18}},
		// 60, 59, 58.1
		{"starts where told", 60, []float64{40, 41, 42}},
		{"cut to max_tokens", 5000, []float64{10, 10, 10}},
	} {
		cfg := threeLimits
		cfg.Output, cfg.MeanStart = limiter.Mean, row.start
		l := limiter.New(cfg, nil)
		now := time.Duration(0)
		for i, want := range row.want {
			c := call(i, 1, 90)
			l.Take(now, c)
			if _, _, got := l.Level(now, "m", 0); math.Abs(got-want) > 1e-6 {
				t.Errorf("%s, call %d: level %v, want %v", row.name, i, got, want)
			}
			l.Done(now, c, ok(1, 50))
			now += time.Minute // full again
		}
	}
	// A guess above the bucket waits for a full bucket instead of for ever.
	cfg := threeLimits
	cfg.Output = limiter.Mean
	ready(t, limiter.New(cfg, nil), 0, call(0, 1, 4096), load.Permit{})
}

func TestTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	l := limiter.New(threeLimits, nil)
	ready(t, l, 0, call(0, 1000, 100), load.Permit{})
	ready(t, l, 0, call(0, 1001, 100), load.Permit{State: load.Refused, By: "limiter.itpm"})
	ready(t, l, 0, call(0, 1000, 101), load.Permit{State: load.Refused, By: "limiter.otpm"})
	for _, row := range []struct {
		cfg           limiter.Config
		published     limiter.Limits
		input, output int64
	}{
		{threeLimits, limiter.Limits{}, 1000, 100},
		{limiter.Config{RPM: 50}, limiter.Limits{ITPM: 30000}, math.MaxInt64, math.MaxInt64},
		{limiter.Config{Share: 0.8}, limiter.Limits{RPM: 50, ITPM: 30000, OTPM: 8000}, 24000, 6400},
		{limiter.Config{Share: 0.8, Output: limiter.Mean}, limiter.Limits{ITPM: 30000, OTPM: 8000}, 24000, math.MaxInt64},
		{limiter.Config{Share: 1, ITPM: 600, BurstWindow: s}, limiter.Limits{ITPM: 30000, OTPM: 6000}, 10, 100},
		{limiter.Config{Share: 1, BurstWindow: s}, limiter.Limits{ITPM: 6, OTPM: 6}, 1, 1},
	} {
		input, output := row.cfg.MaxRequest(row.published)
		if input != row.input || output != row.output {
			t.Errorf("%+v: largest %d and %d, want %d and %d", row.cfg, input, output, row.input, row.output)
		}
		if !row.cfg.Fits(row.published, input, output) || input < math.MaxInt64 && row.cfg.Fits(row.published, input+1, 0) || output < math.MaxInt64 && row.cfg.Fits(row.published, 0, output+1) {
			t.Errorf("%+v: Fits and MaxRequest disagree", row.cfg)
		}
	}
}

func TestPools(t *testing.T) {
	t.Parallel()
	published := func(model string) (string, limiter.Limits) {
		if model == "c" {
			return "c", limiter.Limits{}
		}
		return "ab", limiter.Limits{RPM: 2}
	}
	to := func(model string, key int) *load.Call {
		c := call(0, 1, 1)
		c.Model, c.Target = "a", load.Target{Model: model, Key: key}
		return c
	}
	l := limiter.New(limiter.Config{Share: 1}, published)
	l.Take(0, to("a", 0))
	l.Take(0, to("b", 1))
	ready(t, l, 0, to("a", 0), until(30*s, "limiter.rpm"))
	ready(t, l, 0, to("", 0), until(30*s, "limiter.rpm")) // the model asked for
	ready(t, l, 0, to("c", 0), load.Permit{})             // nothing published, nothing limited
	perKey := limiter.New(limiter.Config{Share: 1, PerKey: true}, published)
	perKey.Take(0, to("a", 0))
	perKey.Take(0, to("b", 0))
	ready(t, perKey, 0, to("a", 0), until(30*s, "limiter.rpm"))
	ready(t, perKey, 0, to("a", 1), load.Permit{})
	// RPM of a burst of its own
	burst := limiter.New(limiter.Config{RPM: 60, Burst: 1}, nil)
	burst.Take(0, call(0, 1, 1))
	ready(t, burst, 0, call(0, 1, 1), until(s, "limiter.rpm"))
}

// In any span of time no more is admitted than the bucket holds and what flows
// in: B + r·t, in every dimension, whatever the calls and their instants.
func TestNeverMoreThanBurstAndRefill(t *testing.T) {
	t.Parallel()
	rapid.Check(t, withinBurstAndRefill)
}

// The same with inputs found by coverage.
func FuzzNeverMoreThanBurstAndRefill(f *testing.F) { f.Fuzz(rapid.MakeFuzz(withinBurstAndRefill)) }

func withinBurstAndRefill(t *rapid.T) {
	cfg := limiter.Config{
		RPM:         rapid.Int64Range(1, 1000).Draw(t, "rpm"),
		ITPM:        rapid.Int64Range(1, 100000).Draw(t, "itpm"),
		OTPM:        rapid.Int64Range(1, 10000).Draw(t, "otpm"),
		BurstWindow: time.Duration(rapid.Int64Range(1, 120).Draw(t, "window")) * s,
	}
	l := limiter.New(cfg, nil)
	holds := func(perMinute int64) float64 {
		return max(1, float64(perMinute)*cfg.BurstWindow.Minutes())
	}
	type admitted struct {
		at   time.Duration
		cost [3]float64
	}
	var log []admitted
	now := time.Duration(0)
	for i := range rapid.IntRange(1, 60).Draw(t, "calls") {
		now += time.Duration(rapid.Int64Range(0, int64(5*s)).Draw(t, "later"))
		c := call(i, rapid.Int64Range(0, int64(holds(cfg.ITPM))).Draw(t, "input"), rapid.Int64Range(0, int64(holds(cfg.OTPM))).Draw(t, "output"))
		p := l.Ready(now, c)
		if p.State == load.WaitUntil && rapid.Bool().Draw(t, "wait") {
			if p.At <= now {
				t.Fatalf("at %v told to wait until %v", now, p.At)
			}
			now = p.At
			if p = l.Ready(now, c); p.State == load.WaitUntil && p.At > now+1 {
				t.Fatalf("waited until %v and told to wait until %v", now, p.At)
			}
		}
		if p.State == load.Granted {
			l.Take(now, c)
			log = append(log, admitted{now, [3]float64{1, float64(c.Tokens.Input), float64(c.MaxTokens)}})
		}
	}
	for from := range log {
		var sum [3]float64
		for _, a := range log[from:] {
			span := (a.at - log[from].at).Minutes()
			for d, perMinute := range [3]int64{cfg.RPM, cfg.ITPM, cfg.OTPM} {
				sum[d] += a.cost[d]
				if limit := holds(perMinute) + float64(perMinute)*span; sum[d] > limit+1e-3 {
					t.Fatalf("dimension %d: %v admitted in %v min, limit %v", d, sum[d], span, limit)
				}
			}
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		cfg  limiter.Config
		want []string
	}{
		{limiter.Config{}, []string{"share"}},
		{limiter.Config{RPM: 50}, nil},
		{limiter.Config{Share: 0.8, Burst: 1, BurstWindow: 10 * s, Output: limiter.Mean, MeanStart: 300}, nil},
		{limiter.Config{RPM: -1, ITPM: -1, OTPM: -1, Burst: -1, MeanStart: -1, Share: math.NaN(), BurstWindow: -1, Output: "p80"}, []string{"rpm", "itpm", "otpm", "burst", "mean_start", "share", "burst_window", "output", "mean_start"}},
		{limiter.Config{Share: math.Inf(1)}, []string{"share"}},
		{limiter.Config{RPM: 1 << 60, BurstWindow: 25 * time.Hour}, []string{"rpm", "burst_window"}},
		{limiter.Config{ITPM: 1, Burst: 5}, []string{"burst"}},
		{limiter.Config{RPM: 1, Output: limiter.MaxTokens}, []string{"output"}},
		{limiter.Config{OTPM: 1, MeanStart: 10}, []string{"mean_start"}},
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

func BenchmarkReadyTakeDone(b *testing.B) {
	for _, output := range []limiter.Output{limiter.MaxTokens, limiter.Mean, limiter.NoOutput} {
		b.Run(string(output), func(b *testing.B) {
			l := limiter.New(limiter.Config{RPM: 6e9, ITPM: 6e11, OTPM: 6e11, Output: output}, nil)
			c, a := call(5, 1000, 400), ok(990, 350)
			now := time.Duration(0)
			b.ReportAllocs()
			for b.Loop() {
				now += time.Microsecond
				if l.Ready(now, c).State == load.Granted {
					l.Take(now, c)
					l.Done(now, c, a)
				}
			}
		})
	}
}
