package hedge_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/policy/hedge"
)

const s = time.Second

func call(class, copied int) *load.Call {
	return &load.Call{Arrival: load.Arrival{Class: class}, Copy: copied}
}

func took(d time.Duration, o load.Outcome) *load.Attempt {
	return &load.Attempt{Started: s, Done: s + d, Response: load.Response{Outcome: o}}
}

func sends(t *testing.T, h *hedge.Hedge, c *load.Call, want time.Duration) {
	t.Helper()
	wait, more := h.Sent(0, c)
	if !more {
		wait = -1
	}
	if wait != want {
		t.Errorf("a copy after %v, want %v (-1ns is none)", wait, want)
	}
}

func TestFixedDelay(t *testing.T) {
	t.Parallel()
	h := hedge.New(hedge.Config{Delay: 10 * s})
	sends(t, h, call(0, 0), 10*s)
	sends(t, h, call(0, 1), -1)
	two := hedge.New(hedge.Config{Delay: 10 * s, Copies: 2})
	sends(t, two, call(0, 1), 10*s)
	sends(t, two, call(0, 2), -1)
	if !h.Allow(0, call(0, 0)) {
		t.Error("without bounds a copy always goes")
	}
}

// The 95th percentile of 20 is the 19th, by class, and counts from 20 on.
func TestQuantileOfTheClass(t *testing.T) {
	t.Parallel()
	h := hedge.New(hedge.Config{Quantile: 0.95})
	for i := range 20 {
		sends(t, h, call(1, 0), -1)
		h.Observe(0, call(1, 0), took(time.Duration(20-i)*s, load.OK))
	}
	sends(t, h, call(1, 0), 19*s)
	sends(t, h, call(0, 0), -1)
	sends(t, h, call(2, 0), -1)
	h.Observe(0, call(1, 0), took(0, load.OK))
	sends(t, h, call(1, 0), 19*s) // ⌈0.95·21⌉ = 20, of which one is 0
}

// What counts is how long first copies were out; refusals and failures say
// nothing of that.
func TestWhatIsASample(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		outcome load.Outcome
		copied  int
		counts  bool
	}{
		{load.OK, 0, true},
		{load.OK, 1, false},
		{load.Cancelled, 0, true},
		{load.Cancelled, 1, false},
		{load.TimedOut, 0, true},
		{load.Throttled, 0, false},
		{load.Overloaded, 0, false},
		{load.Failed, 0, false},
		{load.Dropped, 0, false},
	} {
		h := hedge.New(hedge.Config{Quantile: 0.5, MinSamples: 1, Delay: 9 * s})
		h.Observe(0, call(0, tc.copied), took(3*s, tc.outcome))
		want := 9 * s // the delay until enough is known
		if tc.counts {
			want = 3 * s
		}
		if wait, _ := h.Sent(0, call(0, 0)); wait != want {
			t.Errorf("%v of copy %d: delay %v, want %v", tc.outcome, tc.copied, wait, want)
		}
	}
}

// The quantile is that of the last samples, however they came.
func TestQuantileIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		window := rapid.IntRange(1, 30).Draw(t, "window")
		permille := rapid.IntRange(1, 999).Draw(t, "permille")
		h := hedge.New(hedge.Config{Quantile: float64(permille) / 1000, Window: window, MinSamples: 1})
		var all []time.Duration
		for range rapid.IntRange(1, 80).Draw(t, "samples") {
			d := time.Duration(rapid.IntRange(0, 20).Draw(t, "duration"))
			all = append(all, d)
			h.Observe(0, call(0, 0), took(d, load.OK))
			last := slices.Sorted(slices.Values(all[max(0, len(all)-window):]))
			rank := (permille*len(last) + 999) / 1000
			if wait, _ := h.Sent(0, call(0, 0)); wait != last[rank-1] {
				t.Fatalf("delay %d of %v, want the %d-th", wait, last, rank)
			}
		}
	})
}

// However calls come, copies are never more than their share of the last
// attempts, once those are as many as the window holds; and before, of all.
func TestShareIsNeverExceeded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		window := rapid.IntRange(5, 60).Draw(t, "window")
		most := float64(rapid.IntRange(20, 100).Draw(t, "percent")) / 100
		h := hedge.New(hedge.Config{Delay: s, MaxShare: most, ShareWindow: window})
		var sent []bool
		held := false
		for range rapid.IntRange(1, 200).Draw(t, "attempts") {
			copied := rapid.Bool().Draw(t, "late")
			if copied && !h.Allow(0, call(0, 0)) {
				held, copied = true, false
			}
			c := call(0, 0)
			if copied {
				c.Copy = 1
			}
			h.Sent(0, c)
			sent = append(sent, copied)
			last := sent[max(0, len(sent)-window):]
			n := 0
			for _, b := range last {
				if b {
					n++
				}
			}
			if copied && float64(n) > most*float64(len(last))+1e-6 {
				t.Fatalf("%d copies of %d attempts, at most %v", n, len(last), most)
			}
		}
		if most == 1 && held {
			t.Fatal("a share of 1 forbids nothing")
		}
	})
}

func TestFivePercentFromTheTwentiethAttempt(t *testing.T) {
	t.Parallel()
	h := hedge.New(hedge.Config{Delay: s, MaxShare: 0.05})
	for i := 1; i < 20; i++ {
		if h.Allow(0, call(0, 0)) {
			t.Fatalf("allowed as attempt %d", i)
		}
		h.Sent(0, call(0, 0))
	}
	if !h.Allow(0, call(0, 0)) {
		t.Fatal("one of twenty is 5 %")
	}
}

// A steady stream of late calls gets one copy for each nineteen first ones.
func TestShareIsUsedInFull(t *testing.T) {
	t.Parallel()
	h := hedge.New(hedge.Config{Delay: s, MaxShare: 0.05, ShareWindow: 20})
	var at []int
	for i := 1; i <= 80; i++ {
		c := call(0, 0)
		if h.Allow(0, c) {
			c.Copy = 1
			at = append(at, i)
		}
		h.Sent(0, c)
	}
	if !slices.Equal(at, []int{20, 40, 60, 80}) {
		t.Errorf("copies as attempts %v", at)
	}
}

func told(limit, remaining int64, reset time.Duration) *load.Attempt {
	a := &load.Attempt{Response: load.Response{Outcome: load.Throttled}}
	*a.Response.Limits.At(load.ITPM) = load.LimitStatus{Known: true, Limit: limit, Remaining: remaining, Reset: reset}
	return a
}

// A bucket below the headroom forbids copies until the refill that its reset
// promises has brought it up again.
func TestHeadroom(t *testing.T) {
	t.Parallel()
	type ask struct {
		at   time.Duration
		want bool
	}
	for name, tc := range map[string]struct {
		heard []*load.Attempt
		asks  []ask
	}{
		"nothing heard":             {nil, []ask{{0, true}}},
		"half is enough":            {[]*load.Attempt{told(100, 50, 40*s)}, []ask{{10 * s, true}}},
		"refills towards the reset": {[]*load.Attempt{told(100, 20, 90*s)}, []ask{{10 * s, false}, {39 * s, false}, {40 * s, true}, {100 * s, true}}},
		"a later word replaces it":  {[]*load.Attempt{told(100, 20, 90*s), told(100, 80, 30*s)}, []ask{{10 * s, true}}},
		"no reset, no refill":       {[]*load.Attempt{told(100, 20, 0)}, []ask{{10 * s, false}, {time.Hour, false}}},
		"an answer without headers": {[]*load.Attempt{told(100, 20, 90*s), {}}, []ask{{10 * s, false}}},
		"no limit":                  {[]*load.Attempt{told(0, 0, 90*s)}, []ask{{10 * s, true}}},
	} {
		h := hedge.New(hedge.Config{Delay: s, Headroom: 0.5})
		for _, a := range tc.heard {
			h.Observe(10*s, call(0, 0), a)
		}
		for _, q := range tc.asks {
			if got := h.Allow(q.at, call(0, 0)); got != q.want {
				t.Errorf("%s: allowed at %v: %v, want %v", name, q.at, got, q.want)
			}
		}
	}
}

// One low bucket is enough, whichever key and model it stands behind.
func TestHeadroomOfEveryBucket(t *testing.T) {
	t.Parallel()
	h := hedge.New(hedge.Config{Delay: s, Headroom: 0.5})
	low := told(100, 10, 100*s)
	low.Target = load.Target{Key: 1, Model: "b"}
	h.Observe(0, call(0, 0), low)
	h.Observe(0, call(0, 0), told(100, 90, 5*s))
	if h.Allow(0, call(0, 0)) {
		t.Error("allowed while a bucket is at a tenth")
	}
	low.Response.Limits.At(load.ITPM).Remaining = 60
	h.Observe(0, call(0, 0), low)
	if !h.Allow(0, call(0, 0)) {
		t.Error("forbidden though all are above half")
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		c    hedge.Config
		want []string
	}{
		{hedge.Config{Delay: s}, nil},
		{hedge.Config{Quantile: 0.95, MaxShare: 0.05, Headroom: 0.5}, nil},
		{hedge.Config{Quantile: 0.999, Window: 1000}, nil},
		{hedge.Config{Delay: 8760 * time.Hour, Copies: 8, MaxShare: 1, ShareWindow: 1, Headroom: 1}, nil},
		{hedge.Config{}, []string{"delay"}},
		{hedge.Config{Delay: -1}, []string{"delay"}},
		{hedge.Config{Delay: math.MaxInt64}, []string{"delay"}},
		{hedge.Config{Quantile: 1}, []string{"quantile"}},
		{hedge.Config{Quantile: -0.5}, []string{"quantile"}},
		{hedge.Config{Quantile: math.NaN()}, []string{"quantile"}},
		{hedge.Config{Quantile: math.Inf(1)}, []string{"quantile"}},
		{hedge.Config{Quantile: 0.999}, []string{"window"}},
		{hedge.Config{Quantile: 0.5, Window: 10_001, MinSamples: -1}, []string{"window", "min_samples"}},
		{hedge.Config{Quantile: 0.5, Window: 5, MinSamples: 6}, []string{"window"}},
		{hedge.Config{Delay: s, Window: 5, MinSamples: 5}, []string{"window", "min_samples"}},
		{hedge.Config{Delay: s, MaxShare: 1.01}, []string{"max_share"}},
		{hedge.Config{Delay: s, MaxShare: math.NaN()}, []string{"max_share"}},
		{hedge.Config{Delay: s, MaxShare: 0.05, ShareWindow: 19}, []string{"max_share"}},
		{hedge.Config{Delay: s, ShareWindow: 10}, []string{"share_window"}},
		{hedge.Config{Delay: s, MaxShare: 0.5, ShareWindow: 1_000_001}, []string{"share_window"}},
		{hedge.Config{Delay: s, Headroom: math.Inf(1)}, []string{"headroom"}},
		{hedge.Config{Delay: s, Copies: 9}, []string{"copies"}},
		{hedge.Config{Delay: s, Copies: -1, Headroom: -1}, []string{"headroom", "copies"}},
	} {
		var got []string
		for _, p := range tc.c.Validate() {
			got = append(got, p.Path)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%+v: %v, want %v", tc.c, got, tc.want)
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	h := hedge.New(hedge.Config{Quantile: 0.95, MaxShare: 0.05, Headroom: 0.5})
	c, d := call(0, 0), time.Duration(0)
	a := told(100, 90, s)
	a.Response.Outcome = load.OK
	cycle := func() {
		d = (d*7 + 3) % 1013
		a.Done = d
		h.Sent(d, c)
		h.Allow(d, c)
		h.Observe(d, c, a)
	}
	cycle()
	if n := testing.AllocsPerRun(1000, cycle); n != 0 {
		t.Fatalf("%v allocations, want none", n)
	}
}

func BenchmarkSentAllowObserve(b *testing.B) {
	h := hedge.New(hedge.Config{Quantile: 0.95, MaxShare: 0.05, Headroom: 0.5})
	c, d := call(0, 0), time.Duration(0)
	a := told(100, 90, s)
	a.Response.Outcome = load.OK
	b.ReportAllocs()
	for b.Loop() {
		d = (d*7 + 3) % 1013
		a.Done = d
		h.Sent(d, c)
		h.Allow(d, c)
		h.Observe(d, c, a)
	}
}
