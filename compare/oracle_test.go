package compare

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/metrics"
)

// vector is a cost, a level or a limit in each dimension: requests, input and
// output tokens.
type vector [3]int64

// puzzle is a set of requests, all there at once, and the buckets that have to
// admit them. A refill of 0 is no limit.
type puzzle struct {
	refill   vector // per minute
	capacity vector
	level    vector // at the start
	costs    []vector
}

// perToken is how many units a token has: so many that a refill per minute is
// that many units per ns, and all arithmetic is in whole numbers.
const perToken = int64(time.Minute)

// admit plays the buckets: the instant at which the last request is admitted when
// they go in this order, each as soon as all buckets hold what it costs. No order
// can go sooner, for to wait longer leaves no bucket fuller than it may be.
func (p *puzzle) admit(order []int) time.Duration {
	var level vector
	for d := range level {
		level[d] = p.level[d] * perToken
	}
	now := int64(0)
	for _, i := range order {
		wait := int64(0)
		for d, cost := range p.costs[i] {
			if short := cost*perToken - level[d]; p.refill[d] > 0 && short > 0 {
				wait = max(wait, (short+p.refill[d]-1)/p.refill[d])
			}
		}
		now += wait
		for d, cost := range p.costs[i] {
			if p.refill[d] > 0 {
				level[d] = min(level[d]+wait*p.refill[d], p.capacity[d]*perToken) - cost*perToken
			}
		}
	}
	return time.Duration(now)
}

// best tries every order.
func (p *puzzle) best() time.Duration {
	order := make([]int, len(p.costs))
	for i := range order {
		order[i] = i
	}
	least := time.Duration(math.MaxInt64)
	var try func(k int)
	try = func(k int) {
		if k == len(order) {
			least = min(least, p.admit(order))
			return
		}
		for i := k; i < len(order); i++ {
			order[k], order[i] = order[i], order[k]
			try(k + 1)
			order[k], order[i] = order[i], order[k]
		}
	}
	try(0)
	return least
}

// interleaved is the order in which the next request is the one after which the
// shares admitted of each dimension are closest together.
func (p *puzzle) interleaved() []int {
	var total, sum vector
	for _, c := range p.costs {
		for d := range c {
			total[d] += c[d]
		}
	}
	left := make([]int, len(p.costs))
	for i := range left {
		left[i] = i
	}
	var order []int
	for len(left) > 0 {
		next, least := 0, math.Inf(1)
		for k, i := range left {
			low, high := math.Inf(1), math.Inf(-1)
			for d, c := range p.costs[i] {
				if p.refill[d] > 0 && total[d] > 0 {
					share := float64(sum[d]+c) / float64(total[d])
					low, high = min(low, share), max(high, share)
				}
			}
			if high-low < least {
				next, least = k, high-low
			}
		}
		for d, c := range p.costs[left[next]] {
			sum[d] += c
		}
		order = append(order, left[next])
		left = slices.Delete(left, next, next+1)
	}
	return order
}

// bound is what package metrics holds for the least makespan, from a recording of
// requests that are done the moment they are admitted, in the order given.
func (p *puzzle) bound(order []int) (time.Duration, metrics.Optimum) {
	limit := func(d int) metrics.Limit {
		return metrics.Limit{PerMinute: p.refill[d], Burst: p.capacity[d], Level: p.level[d]}
	}
	limits := metrics.PoolLimits{Name: "all", RPM: limit(0), ITPM: limit(1), OTPM: limit(2), Output: metrics.OutputUpFront}
	r := metrics.NewRecorder(metrics.Config{Duration: time.Hour, Horizon: 1000 * time.Hour, Limits: []metrics.PoolLimits{limits}})
	last := time.Duration(0)
	for n, i := range order {
		last = p.admit(order[:n+1])
		tokens := load.Tokens{Input: p.costs[i][1], Output: p.costs[i][2]}
		a := load.Arrival{ID: uint64(i), Model: "m", Tokens: tokens, MaxTokens: tokens.Output}
		try := load.Attempt{N: 1, Started: last, Done: last, Response: load.Response{Outcome: load.OK, Status: 200, Usage: tokens}}
		call := load.Call{Arrival: a}
		r.Arrived(0, &a)
		r.Sent(last, &call)
		r.Attempted(last, &try, &call)
		r.Finished(last, &load.Result{Arrival: a, Outcome: load.OK, Last: try, Finished: last, Attempts: 1})
	}
	o, why := r.Snapshot(last).Optimum()
	if why != "" {
		panic(why)
	}
	return o.Soonest, o
}

// anyPuzzle draws up to so many requests and buckets in the dimensions given.
func anyPuzzle(t *rapid.T, most int, dimensions ...int) *puzzle {
	p := &puzzle{costs: make([]vector, rapid.IntRange(1, most).Draw(t, "requests"))}
	for i := range p.costs {
		p.costs[i] = vector{1, rapid.Int64Range(0, 5000).Draw(t, "input"), rapid.Int64Range(0, 2000).Draw(t, "output")}
	}
	for _, d := range dimensions {
		largest := int64(1)
		for _, c := range p.costs {
			largest = max(largest, c[d])
		}
		p.refill[d] = rapid.Int64Range(1, 40*largest).Draw(t, "refill")
		p.capacity[d] = largest + rapid.Int64Range(0, 4*largest).Draw(t, "room")
		p.level[d] = rapid.Int64Range(0, p.capacity[d]).Draw(t, "level")
	}
	return p
}

// rounding is what admissions lose to whole nanoseconds, and floating point to
// hours.
func (p *puzzle) rounding() time.Duration {
	return time.Duration(len(p.costs)) + time.Microsecond
}

func identity(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

// With one dimension every order that leaves nothing lying reaches the bound.
func TestOptimumIsExactInOneDimension(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := anyPuzzle(t, 40, rapid.IntRange(0, 2).Draw(t, "dimension"))
		order := rapid.Permutation(identity(len(p.costs))).Draw(t, "order")
		reached := p.admit(order)
		bound, o := p.bound(order)
		if d := reached - bound; d < -p.rounding() || d > p.rounding() {
			t.Fatalf("admitted by %v, T* = %v", reached, bound)
		}
		if reached > time.Second && o.Share < 1-1e-6 {
			t.Fatalf("share of the optimum %v", o.Share)
		}
	})
}

// With several, T* ≤ the best of all orders ≤ T* + D · max c/r (Grinberg and
// Sevastyanov 1980, after Steinitz). Neither the best of them nor the first come
// beat the bound.
func TestOptimumBoundsEveryOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := anyPuzzle(t, 6, 0, 1, 2)
		best, first := p.best(), identity(len(p.costs))
		bound, _ := p.bound(first)
		if best < bound-p.rounding() || p.admit(first) < best {
			t.Fatalf("the best order takes %v, first come %v, T* = %v", best, p.admit(first), bound)
		}
		if most := bound + p.slack() + p.rounding(); best > most {
			t.Fatalf("the best order takes %v, T* = %v and the slack makes %v", best, bound, most)
		}
		if shares := p.admit(p.interleaved()); shares < best {
			t.Fatalf("interleaved %v, the best of all orders %v", shares, best)
		}
	})
}

// slack is D · max over dimensions of the largest cost ÷ refill.
func (p *puzzle) slack() time.Duration {
	worst, limits := 0.0, 0
	for d := range p.refill {
		if p.refill[d] == 0 {
			continue
		}
		limits++
		for _, c := range p.costs {
			worst = max(worst, float64(c[d])/float64(p.refill[d]))
		}
	}
	return time.Duration(float64(limits) * worst * float64(time.Minute))
}
