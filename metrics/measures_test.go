package metrics

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
)

// told is the value of a metric that must be known.
func told(t *testing.T, s *Snapshot, name string) float64 {
	t.Helper()
	v, ok := s.Values()[name]
	if !ok || v.Withheld != "" {
		t.Fatalf("%s is withheld: %+v", name, v)
	}
	return v.V
}

func withheld(t *testing.T, s *Snapshot, name, why string) {
	t.Helper()
	if v := s.Values()[name]; v.Withheld != why {
		t.Errorf("%s: %+v, want it withheld: %s", name, v, why)
	}
}

// burst is n calls at once under 60 a minute and a bucket of 10, the k-th
// admitted at(k).
func burst(n int, at func(k int) time.Duration) *Snapshot {
	r := NewRecorder(Config{Duration: 60 * sec, Limits: []PoolLimits{{Name: "p", RPM: Limit{60, 10, 10}}}})
	var calls []one
	for k := range n {
		calls = append(calls, one{sent: at(k), done: at(k) + 2*sec, outcome: load.OK, tokens: load.Tokens{Input: 10, Output: 10}})
	}
	play(r, calls)
	return r.Snapshot(120 * sec)
}

func TestSharesOfTheOptimum(t *testing.T) {
	t.Parallel()
	best := func(k int) time.Duration { return time.Duration(max(0, k-9)) * sec }
	s := burst(40, best)
	for _, name := range []string{"optimum_share.goodput", "optimum_share.makespan", "optimum_share.wait"} {
		near(t, name, told(t, s, name), 1, 1e-9)
	}
	// Every wait is twice as long: 30 calls wait 1 … 30 s, 465 s in all.
	s = burst(40, func(k int) time.Duration { return 2 * best(k) })
	near(t, "waits", told(t, s, "optimum_share.wait"), 0.5, 1e-9)
	near(t, "makespan", told(t, s, "optimum_share.makespan"), 32.0/62, 1e-9)
	withheld(t, burst(10, best), "optimum_share.wait", "nobody had to wait")
	withheld(t, burst(0, best), "optimum_share.makespan", "nothing could be served")
}

// The bound on waiting is one: no schedule that the bucket allows beats it.
func TestNobodyWaitsLessThanTheBound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := Limit{PerMinute: rapid.Int64Range(1, 120).Draw(t, "rpm"), Burst: rapid.Int64Range(1, 20).Draw(t, "burst")}
		limit.Level = rapid.Int64Range(0, limit.Burst).Draw(t, "level")
		tokens := Limit{PerMinute: rapid.Int64Range(100, 9000).Draw(t, "itpm"), Burst: 2000, Level: 2000}
		r := NewRecorder(Config{Duration: 60 * sec, Limits: []PoolLimits{{RPM: limit, ITPM: tokens}}})
		due, start := time.Duration(0), time.Duration(0)
		left, room := float64(limit.Level), float64(tokens.Level)
		var calls []one
		for range rapid.IntRange(0, 30).Draw(t, "calls") {
			due += time.Duration(rapid.Int64Range(0, int64(4*sec)).Draw(t, "gap")) * time.Duration(rapid.IntRange(0, 1).Draw(t, "later"))
			cost := rapid.Int64Range(0, 1000).Draw(t, "cost")
			from := start
			start = max(start, due)
			left = min(float64(limit.Burst), left+limit.refill(start-from))
			room = min(float64(tokens.Burst), room+tokens.refill(start-from))
			short := max((1-left)/limit.refill(sec), (float64(cost)-room)/tokens.refill(sec), 0)
			wait := time.Duration(math.Ceil(short * 1e9))
			start += wait
			left, room = min(float64(limit.Burst), left+limit.refill(wait))-1, min(float64(tokens.Burst), room+tokens.refill(wait))-float64(cost)
			calls = append(calls, one{due: due, sent: start, done: start + sec, outcome: load.OK, tokens: load.Tokens{Input: cost, Output: 1}})
		}
		play(r, calls)
		if least, waited := r.Snapshot(start + sec).waits(); least > waited+1e6 {
			t.Fatalf("the bound is %v s, and yet %v s were enough", least/1e9, waited/1e9)
		}
	})
}

func TestAmplificationByLayer(t *testing.T) {
	t.Parallel()
	r := NewRecorder(Config{})
	// Two calls; an inner layer of three attempts inside an outer one of two.
	for id := range uint64(2) {
		c := &load.Call{Arrival: load.Arrival{ID: id}}
		r.Arrived(0, &c.Arrival)
		for outer := range 2 {
			for inner := range 3 {
				c.Layers[0].Failures, c.Layers[1].Failures = inner, outer
				r.Sent(0, c)
				r.Attempted(0, &load.Attempt{Response: load.Response{Outcome: load.Throttled}}, c)
			}
		}
		r.Finished(0, &load.Result{Arrival: c.Arrival, Outcome: load.Lost, Attempts: 6})
	}
	s := r.Snapshot(0)
	for name, want := range map[string]float64{
		"amplification": 6, "amplification.layer1": 3, "amplification.layer2": 2, "amplification.layer3": 1, "amplification.layer4": 1,
		"lost_ratio": 1, "wasted_attempts_ratio": 1,
	} {
		near(t, name, told(t, s, name), want, 1e-12)
	}
}

func TestPriorityInversion(t *testing.T) {
	t.Parallel()
	r := NewRecorder(Config{})
	call := func(id int, p load.Priority) *load.Call {
		c := &load.Call{Arrival: load.Arrival{ID: uint64(id), Priority: p}, Slot: int32(id)}
		r.Arrived(0, &c.Arrival)
		return c
	}
	end := func(c *load.Call, o load.Outcome) {
		r.Attempted(sec, &load.Attempt{Response: load.Response{Outcome: o}}, c)
		if o == load.OK {
			r.Finished(sec, &load.Result{Arrival: c.Arrival, Outcome: o, Attempts: 1, Finished: sec})
		}
	}
	low, high := call(0, load.Low), call(1, load.High)
	r.Sent(0, low) // overtakes the high one
	r.Sent(0, high)
	end(low, load.OK)
	end(high, load.Throttled) // and now sleeps
	second := call(2, load.Low)
	r.Sent(sec, second) // overtakes it asleep, but is refused
	end(second, load.Throttled)
	r.Sent(sec, high)
	end(high, load.OK)
	r.Sent(sec, second) // overtakes nobody
	end(second, load.OK)
	near(t, "inversion", told(t, r.Snapshot(sec), "priority_inversion_ratio"), 1.0/3, 1e-12)

	r.Reset()
	only := call(3, load.Low)
	r.Sent(0, only)
	end(only, load.OK)
	withheld(t, r.Snapshot(sec), "priority_inversion_ratio", "all calls are equally urgent")
}

func TestFairness(t *testing.T) {
	t.Parallel()
	play2 := func(tenants []string, second load.Outcome, large int64) *Snapshot {
		r := NewRecorder(Config{Classes: []string{"a", "b"}, Tenants: tenants})
		var calls []one
		for i := range 20 {
			calls = append(calls,
				one{done: sec, outcome: load.OK, tokens: load.Tokens{Input: 10}},
				one{done: sec + time.Duration(i), class: 1, outcome: second, tokens: load.Tokens{Input: large}})
		}
		play(r, calls)
		return r.Snapshot(sec)
	}
	both := []string{"x", "y"}
	near(t, "all served", told(t, play2(both, load.OK, 1000), "fairness.tenants"), 1, 1e-12)
	near(t, "one starved", told(t, play2(both, load.Throttled, 1000), "fairness.tenants"), 0.5, 1e-12)
	near(t, "large ones starved", told(t, play2(both, load.Throttled, 1000), "fairness.sizes"), 0.5, 1e-12)
	withheld(t, play2([]string{"x", "x"}, load.OK, 1000), "fairness.tenants", "there are no two tenants")
	withheld(t, play2(nil, load.OK, 10), "fairness.sizes", "all requests are of one size")
}

func TestQuartilesShareOutEverybody(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var cells []SizeCell
		arrivals, successes := int64(0), int64(0)
		for i := range rapid.IntRange(2, 12).Draw(t, "cells") {
			n := rapid.Int64Range(1, 50).Draw(t, "arrivals")
			ok := rapid.Int64Range(0, n).Draw(t, "successes")
			cells = append(cells, SizeCell{int64(i), n, ok})
			arrivals, successes = arrivals+n, successes+ok
		}
		won := quartiles(cells)
		if arrivals < 4 {
			return
		}
		sum := 0.0
		for _, share := range won {
			sum += share / 4
		}
		if math.Abs(sum-float64(successes)/float64(arrivals)) > 1e-9 {
			t.Fatalf("%v has quartiles %v", cells, won)
		}
		if j := jain(won); j < 0.25-1e-12 || j > 1+1e-12 {
			t.Fatalf("fairness %v", j)
		}
	})
}

// costIndex and leastOf are inverse to each other.
func TestCellsHaveTheirEdges(t *testing.T) {
	t.Parallel()
	for i := range 32 * 57 {
		if got := costIndex(leastOf(i)); got != i {
			t.Fatalf("cell %d begins at %d, which is in cell %d", i, leastOf(i), got)
		}
		if i > 0 && costIndex(leastOf(i)-1) != i-1 {
			t.Fatalf("what is below cell %d is not in the one before", i)
		}
	}
}

// attemptsAt sends so many attempts at each instant.
func attemptsAt(instants map[time.Duration]int, end time.Duration) *Snapshot {
	r := NewRecorder(Config{Duration: end})
	c := &load.Call{}
	for at := time.Duration(0); at < end; at += 100 * time.Millisecond {
		for range instants[at] {
			r.Sent(at, c)
			r.Attempted(at, &load.Attempt{Response: load.Response{Outcome: load.Throttled}}, c)
		}
	}
	return r.Snapshot(end)
}

func TestWavesOfAttempts(t *testing.T) {
	t.Parallel()
	waves := map[time.Duration]int{0: 100}
	for at := 5 * sec; at < 100*sec; at += 5 * sec {
		waves[at] = 20
	}
	s := attemptsAt(waves, 100*sec)
	near(t, "lag", told(t, s, "herd.lag_s"), 5, 0)
	if rho := told(t, s, "herd.periodicity"); rho < 0.9 {
		t.Errorf("waves every 5 s have a periodicity of %v", rho)
	}
	// From 1 s to 95 s: 941 windows, 19 of them with 20 attempts.
	mean := 380.0 / 941
	near(t, "peak to mean", told(t, s, "herd.peak_to_mean"), 20/mean, 1e-9)
	near(t, "fano", told(t, s, "herd.fano"), (19*400-941*mean*mean)/940/mean, 1e-9)

	even := map[time.Duration]int{}
	for at := time.Duration(0); at < 60*sec; at += 100 * time.Millisecond {
		even[at] = 2
	}
	s = attemptsAt(even, 60*sec)
	near(t, "fano of an even flow", told(t, s, "herd.fano"), 0, 1e-9)
	near(t, "periodicity of an even flow", told(t, s, "herd.periodicity"), 0, 0)
	withheld(t, s, "herd.lag_s", "there are no waves")
	withheld(t, attemptsAt(map[time.Duration]int{0: 5}, 10*sec), "herd.fano", "no attempts after the first second")
}

func TestFanoOfChanceIsOne(t *testing.T) {
	t.Parallel()
	rng, at := rand.New(rand.NewPCG(1, 1)), map[time.Duration]int{}
	for range 12_000 {
		at[time.Duration(rng.IntN(6000))*100*time.Millisecond]++
	}
	near(t, "fano", told(t, attemptsAt(at, 600*sec), "herd.fano"), 1, 0.06)
}

// successesAt ends so many calls OK in each second.
func successesAt(cfg Config, perSecond func(second int) int, seconds int) *Snapshot {
	r := NewRecorder(cfg)
	var calls []one
	for i := range seconds {
		for range perSecond(i) {
			at := time.Duration(i)*sec + sec/2
			calls = append(calls, one{due: at, sent: at, done: at, outcome: load.OK})
		}
	}
	play(r, calls)
	return r.Snapshot(time.Duration(seconds) * sec)
}

func TestEvenness(t *testing.T) {
	t.Parallel()
	even := successesAt(Config{}, func(i int) int {
		if i < 10 {
			return 20 // a burst at the start is warm-up
		}
		return 2
	}, 120)
	near(t, "cv", told(t, even, "goodput_cv"), 0, 1e-9)
	uneven := successesAt(Config{}, func(i int) int { return 4 * (i / 10 % 2) }, 120)
	near(t, "cv", told(t, uneven, "goodput_cv"), 1, 0.1)
	withheld(t, successesAt(Config{}, func(int) int { return 1 }, 30), "goodput_cv", "successes for less than a minute")
}

func TestDrain(t *testing.T) {
	t.Parallel()
	s := successesAt(Config{}, func(i int) int { return 1 }, 100)
	near(t, "half", told(t, s, "drain_s.p50"), 50, 0)
	near(t, "most", told(t, s, "drain_s.p95"), 95, 0)
	near(t, "tail", told(t, s, "tail_factor"), 99.5/95, 1e-9)
}

func TestRecovery(t *testing.T) {
	t.Parallel()
	out := Config{Duration: 400 * sec, Outages: []Outage{{100 * sec, 120 * sec}}}
	back := func(at int) func(int) int {
		return func(i int) int {
			if i >= 100 && i < at {
				return 0
			}
			return 4
		}
	}
	s := successesAt(out, back(120), 400)
	near(t, "at once", told(t, s, "recovery_s"), 0, 0)
	s = successesAt(out, back(150), 400)
	near(t, "after 30 s", told(t, s, "recovery_s"), 30, 0)
	near(t, "recovered", told(t, s, "recovered_ratio"), 1, 0)
	s = successesAt(out, back(390), 500)
	near(t, "never", told(t, s, "recovered_ratio"), 0, 0)
	withheld(t, s, "recovery_s", "not recovered within ten times the outage")
	out.Duration = 319 * sec
	withheld(t, successesAt(out, back(390), 319), "recovered_ratio", tooShort)
	near(t, "recovered", told(t, successesAt(out, back(150), 319), "recovered_ratio"), 1, 0)
	out.Duration = 500 * sec
	withheld(t, successesAt(out, func(i int) int { return i / 390 }, 500), "recovered_ratio", tooShort)
	out.Outages[0].From = 0
	withheld(t, successesAt(out, back(120), 500), "recovery_s", tooShort)
	withheld(t, successesAt(Config{}, back(0), 10), "recovery_s", "no outage is known")
}

func TestDeadlinesAndUse(t *testing.T) {
	t.Parallel()
	r := NewRecorder(Config{Duration: 60 * sec})
	end := func(finished time.Duration, o load.Outcome, degraded bool, deadline time.Duration) {
		c := &load.Call{Arrival: load.Arrival{Deadline: deadline}}
		r.Arrived(0, &c.Arrival)
		r.Finished(finished, &load.Result{Arrival: c.Arrival, Outcome: o, Attempts: 1, Finished: finished, Last: load.Attempt{Target: load.Target{Degraded: degraded}}})
	}
	end(sec, load.OK, false, 10*sec)
	end(20*sec, load.OK, false, 10*sec) // too late
	end(20*sec, load.TimedOut, false, 10*sec)
	end(20*sec, load.Unfinished, false, 10*sec)
	end(20*sec, load.OK, true, 0) // another model
	end(20*sec, load.OK, false, 0)
	s := r.Snapshot(60 * sec)
	near(t, "missed", told(t, s, "deadline_miss_ratio"), 0.75, 1e-12)
	near(t, "useful", told(t, s, "useful_goodput_per_min"), 2, 1e-12)
	near(t, "lost", told(t, s, "lost_ratio"), 1.0/6, 1e-12)
}

func TestPermitsHeldAsleep(t *testing.T) {
	t.Parallel()
	run := func(p Permits) *Snapshot {
		r := NewRecorder(Config{Permits: p, Duration: 40 * sec})
		r.Gauge(0, 0, 1, 3)
		r.Gauge(10*sec, 0, 2, 0)
		return r.Snapshot(40 * sec)
	}
	near(t, "per call", told(t, run(PermitPerCall), "permit_idle_ratio"), 30.0/100, 1e-12)
	withheld(t, run(NoPermits), "permit_idle_ratio", "the strategy has no concurrency limit")
}

func TestBlameableLoss(t *testing.T) {
	t.Parallel()
	r := NewRecorder(Config{Duration: 60 * sec, Limits: []PoolLimits{{Name: "p", RPM: Limit{60, 20, 20}}}})
	withheld(t, r.Snapshot(60*sec), "blameable_loss_ratio.rpm", "the server's buckets were not watched")
	r.Watch()
	r.Spilled("p", 0, load.RPM, 8000)
	r.Spilled("other", 0, load.RPM, 8000)
	s := r.Snapshot(60 * sec)
	near(t, "loss", told(t, s, "blameable_loss_ratio.rpm"), 0.1, 1e-12)
	withheld(t, s, "blameable_loss_ratio.itpm", "the limit is not known")
}
