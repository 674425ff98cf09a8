package ratelimit_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/ratelimit"
)

func TestSetTimeline(t *testing.T) {
	t.Parallel()
	limits := ratelimit.Limits{RPM: 60, ITPM: 60_000, OTPM: 6_000, Burst: ratelimit.Cost{Requests: 2}}
	small := ratelimit.Cost{Requests: 1, Input: 1000, SomeOutput: true}
	large := ratelimit.Cost{Requests: 1, Input: 59_000, SomeOutput: true}
	set := ratelimit.NewSet(limits, 1)
	for i, row := range []struct {
		at    time.Duration
		cost  ratelimit.Cost
		dim   load.Dimension // none: allowed
		retry time.Duration
		rpm   int64
		itpm  int64
	}{
		{0, small, load.NoDimension, 0, 1, 59_000},
		{0, small, load.NoDimension, 0, 0, 58_000},
		{0, small, load.RPM, time.Second, 0, 58_000},
		{0, large, load.RPM, time.Second, 0, 58_000}, // a tie of 1 s with input: the first dimension binds
		{500 * time.Millisecond, large, load.RPM, 500 * time.Millisecond, 0, 58_500},
		{time.Second, large, load.NoDimension, 0, 0, 0},
		{2 * time.Second, large, load.ITPM, 58 * time.Second, 1, 1000},
		{2 * time.Second, small, load.NoDimension, 0, 0, 0},
		{2 * time.Second, ratelimit.Cost{Input: 60_001}, load.ITPM, load.Never, 0, 0},
		{2 * time.Second, ratelimit.Cost{}, load.NoDimension, 0, 0, 0},
		{2 * time.Second, ratelimit.Cost{Output: 6000}, load.NoDimension, 0, 0, 0},
		{2 * time.Second, ratelimit.Cost{SomeOutput: true}, load.OTPM, 1, 0, 0},
		{2*time.Second + 1, ratelimit.Cost{SomeOutput: true}, load.NoDimension, 0, 0, 0},
	} {
		d := set.Take(row.at, row.cost)
		if d.Allowed != (row.dim == load.NoDimension) || d.Dimension != row.dim || d.RetryAfter != row.retry ||
			d.Impossible != (row.retry == load.Never) ||
			d.Status.At(load.RPM).Remaining != row.rpm || d.Status.At(load.ITPM).Remaining != row.itpm {
			t.Errorf("row %d: got %+v", i, d)
		}
	}
}

func TestSetWithoutLimits(t *testing.T) {
	t.Parallel()
	var none ratelimit.Set
	d := none.Take(0, ratelimit.Cost{Requests: 1 << 40, Input: 1 << 62, SomeOutput: true})
	if !d.Allowed || d.Status.At(load.ITPM).Known {
		t.Errorf("no limits: %+v", d)
	}
	half := ratelimit.NewSet(ratelimit.Limits{ITPM: 100}, 1)
	if d := half.Take(0, ratelimit.Cost{Requests: 1e9, Input: 101}); d.Dimension != load.ITPM || d.Status.At(load.RPM).Known || !d.Status.At(load.ITPM).Known {
		t.Errorf("only input limited: %+v", d)
	}
	if half.Bucket(load.RPM) != nil || half.Bucket(load.ITPM) == nil || half.Bucket(load.Concurrency) != nil || half.Bucket(load.NoDimension) != nil {
		t.Error("Bucket must be nil exactly where there is no limit")
	}
}

func drawCost(r *rapid.T) ratelimit.Cost {
	return ratelimit.Cost{
		Requests:   rapid.Int64Range(0, 3).Draw(r, "requests"),
		Input:      rapid.Int64Range(0, 12_000).Draw(r, "input"),
		Output:     rapid.Int64Range(0, 2_500).Draw(r, "output"),
		SomeOutput: rapid.Bool().Draw(r, "some"),
	}
}

func units(s *ratelimit.Set) [3]int64 {
	return [3]int64{s.Bucket(load.RPM).Units(), s.Bucket(load.ITPM).Units(), s.Bucket(load.OTPM).Units()}
}

// All or none, and the retry-after of a refusal is tight in all dimensions
// together.
func TestSetAllOrNone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		set := ratelimit.NewSet(ratelimit.Limits{RPM: 100, ITPM: 10_000, OTPM: 2_000, Burst: ratelimit.Cost{Requests: 2}}, rapid.Float64Range(0, 1).Draw(r, "level"))
		now := time.Duration(0)
		for range 20 {
			now += time.Duration(rapid.Int64Range(0, int64(5*time.Second)).Draw(r, "gap"))
			set.Advance(now)
			before, cost := units(&set), drawCost(r)
			d := set.Take(now, cost)
			after := units(&set)
			want := before
			if d.Allowed {
				want = [3]int64{before[0] - cost.Requests*ratelimit.Unit, before[1] - cost.Input*ratelimit.Unit, before[2] - cost.Output*ratelimit.Unit}
			}
			if after != want {
				r.Fatalf("%+v for %+v: from %v to %v", d, cost, before, after)
			}
			checkRetry(r, set, now, cost, d)
		}
	})
}

func checkRetry(r *rapid.T, set ratelimit.Set, now time.Duration, cost ratelimit.Cost, d ratelimit.Decision) {
	impossible := cost.Requests > 2 || cost.Input > 10_000 || cost.Output > 2_000
	if d.Impossible != impossible {
		r.Fatalf("%+v for %+v: impossible is %v", d, cost, impossible)
	}
	if d.Allowed || impossible {
		return
	}
	early := set
	if early.Decide(now+d.RetryAfter-1, cost).Allowed {
		r.Fatalf("%+v fits 1 ns before %v", cost, d.RetryAfter)
	}
	if !set.Decide(now+d.RetryAfter, cost).Allowed {
		r.Fatalf("%+v does not fit after %v", cost, d.RetryAfter)
	}
}

func TestSetRefund(t *testing.T) {
	t.Parallel()
	set := ratelimit.NewSet(ratelimit.Limits{RPM: 10, ITPM: 100, OTPM: 100}, 1)
	cost := ratelimit.Cost{Requests: 1, Input: 150, Output: 150}
	full := units(&set)
	set.Charge(cost)
	if got := set.Bucket(load.ITPM).Whole(); got != -50 {
		t.Errorf("a forced charge leaves %d, want -50", got)
	}
	set.Refund(cost)
	set.Refund(cost)
	if units(&set) != full {
		t.Errorf("refunds: %v, want %v", units(&set), full)
	}
}

func BenchmarkSetTake(b *testing.B) {
	set := ratelimit.NewSet(ratelimit.Limits{RPM: 4000, ITPM: 2_000_000, OTPM: 400_000}, 1)
	now := time.Duration(0)
	b.ReportAllocs()
	for b.Loop() {
		now += 10 * time.Millisecond
		set.Take(now, ratelimit.Cost{Requests: 1, Input: 400, SomeOutput: true})
	}
}

// A set of any algorithm charges all dimensions or none, starts as full as it is
// told, and promises a wait that holds.
func TestSetOfEveryAlgorithm(t *testing.T) {
	t.Parallel()
	for _, algorithm := range ratelimit.Algorithms() {
		t.Run(string(algorithm), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(r *rapid.T) {
				limits := ratelimit.Limits{
					RPM: 60, ITPM: 6000, OTPM: 600, Burst: ratelimit.Cost{Requests: 10, Input: 1000, Output: 100}, Algorithm: algorithm,
					Windows: [ratelimit.Dimensions]time.Duration{10 * time.Second, 10 * time.Second, 10 * time.Second}, Phase: time.Second,
				}
				set := ratelimit.NewSetAt(limits, [ratelimit.Dimensions]float64{1, 0.5, 1})
				var start load.LimitStatuses
				set.Status(&start)
				if start.At(load.RPM).Remaining != 10 || start.At(load.ITPM).Remaining != 500 || start.At(load.ITPM).Limit != 6000 {
					r.Fatalf("starts with %+v", start)
				}
				now := time.Duration(0)
				for range rapid.IntRange(1, 30).Draw(r, "steps") {
					now += time.Duration(rapid.Int64Range(0, int64(3*time.Second)).Draw(r, "gap"))
					cost := ratelimit.Cost{Requests: 1, Input: rapid.Int64Range(0, 1001).Draw(r, "input"), SomeOutput: true}
					d := checkTake(r, &set, now, cost)
					if !d.Allowed && !d.Impossible && rapid.Bool().Draw(r, "obey") {
						now += d.RetryAfter
						if !set.Take(now, cost).Allowed {
							r.Fatalf("refused after obeying %+v", d)
						}
					}
				}
			})
		})
	}
}

func checkTake(r *rapid.T, set *ratelimit.Set, now time.Duration, cost ratelimit.Cost) ratelimit.Decision {
	before := set.Decide(now, ratelimit.Cost{}).Status
	d := set.Take(now, cost)
	if d.Impossible != (cost.Input > 1000) {
		r.Fatalf("impossible is %v for %+v", d.Impossible, cost)
	}
	want := before
	if d.Allowed {
		want.At(load.RPM).Remaining--
		want.At(load.ITPM).Remaining -= cost.Input
	}
	for _, dim := range []load.Dimension{load.RPM, load.ITPM} {
		if got := d.Status.At(dim).Remaining; got != want.At(dim).Remaining {
			r.Fatalf("%v: %d remaining after %+v, want %d", dim, got, d, want.At(dim).Remaining)
		}
	}
	return d
}

func TestSetDelays(t *testing.T) {
	t.Parallel()
	set := ratelimit.NewSet(ratelimit.Limits{RPM: 60, ITPM: 60, Algorithm: ratelimit.UseLeakyBucket}, 1)
	set.Charge(ratelimit.Cost{Requests: 2, Input: 5})
	if set.Delay() != 5*time.Second {
		t.Errorf("delay %v, want that of the longer queue", set.Delay())
	}
	if plain := ratelimit.NewSet(ratelimit.Limits{RPM: 60}, 0); plain.Delay() != 0 || !plain.Limited(load.RPM) || plain.Limited(load.ITPM) || plain.Limited(load.Spend) {
		t.Error("a token bucket delays nothing and limits what it is told to")
	}
	if set.Bucket(load.RPM) != nil {
		t.Error("a queue is no bucket")
	}
}
