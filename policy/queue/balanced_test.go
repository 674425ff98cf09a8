package queue_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/policy/queue"
)

// makespan admits everything from buckets of a minute's limit, full at the start,
// in the queue's order, each call as soon as it fits.
func makespan(q *queue.Queue, limit [3]float64) float64 {
	level, now := limit, 0.0
	for c := q.Peek(0); c != nil; c = q.Peek(0) {
		needs := [3]float64{1, float64(c.Tokens.Input), float64(c.MaxTokens)}
		wait := 0.0
		for d := range needs {
			wait = max(wait, (needs[d]-level[d])/limit[d])
		}
		now += wait
		for d := range level {
			level[d] = min(limit[d], level[d]+wait*limit[d]) - needs[d]
		}
		q.Remove(c)
	}
	return now
}

// work pushes calls in their order and says what the least makespan is, in
// minutes: max_d (Σc_d − b_d)/r_d, for no more than b + r·t goes by t.
func work(q *queue.Queue, limit [3]float64, calls [][2]int64) float64 {
	var total [3]float64
	for slot, tokens := range calls {
		c := &load.Call{Slot: int32(slot)}
		c.Tokens.Input, c.MaxTokens = tokens[0], tokens[1]
		q.Push(0, c)
		for d, x := range [3]float64{1, float64(tokens[0]), float64(tokens[1])} {
			total[d] += x
		}
	}
	least := 0.0
	for d := range total {
		least = max(least, total[d]/limit[d]-1)
	}
	return least
}

// Half of the calls heavy in input and then half heavy in output: first come,
// first served takes 1.74 times the least makespan, balanced 2 % more at most.
func TestPhasedWork(t *testing.T) {
	t.Parallel()
	limit := [3]float64{1000, 50_000, 10_000}
	var calls [][2]int64
	for i := range 400 {
		calls = append(calls, [][2]int64{{4400, 120}, {600, 880}}[i/200])
	}
	for _, row := range []struct {
		order     queue.Order
		low, high float64
	}{{queue.FIFO, 1.72, 1.76}, {queue.Balanced, 1, 1.02}} {
		q := queue.New(queue.Config{Order: row.order})
		least := work(q, limit, calls)
		got := makespan(q, limit) / least
		t.Logf("%s: %.3f of the least makespan", row.order, got)
		if got < row.low || got > row.high {
			t.Errorf("%s takes %.3f of the least makespan, want %v to %v", row.order, got, row.low, row.high)
		}
	}
}

// 200 instances of 200 calls in three dimensions, phased or not: 1.000 of the
// least makespan is what balanced orders are known to reach, 1.018 at worst.
func TestBalancedWork(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	sum, worst := 0.0, 0.0
	for instance := range 200 {
		calls := make([][2]int64, 200)
		heavy := rng.Float64()
		for i := range calls {
			in, out := 1.0, 1.0
			if i < 100 {
				in += 5 * heavy
			} else {
				out += 5 * heavy
			}
			calls[i] = [2]int64{int64(in * (100 + 2000*rng.Float64())), int64(out * (50 + 1000*rng.Float64()))}
		}
		total := [3]float64{200}
		for _, c := range calls {
			total[1] += float64(c[0])
			total[2] += float64(c[1])
		}
		var limit [3]float64
		for d := range limit {
			limit[d] = total[d] / 5 // all as tight, the hardest
			if instance%2 == 0 {
				limit[d] = total[d] / (4 + 2*rng.Float64())
			}
		}
		q := queue.New(queue.Config{Order: queue.Balanced})
		least := work(q, limit, calls)
		got := makespan(q, limit) / least
		sum, worst = sum+got, max(worst, got)
	}
	t.Logf("mean %.4f, worst %.4f", sum/200, worst)
	if sum/200 > 1.01 || worst > 1.02 {
		t.Errorf("mean %.4f and worst %.4f of the least makespan", sum/200, worst)
	}
}

// The queue's choice is the least of all that wait, for calls of one size a cell.
func TestBalancedIsTheSearchedMinimum(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := queue.New(queue.Config{Order: queue.Balanced})
		sizes := []int64{0, 1, 10, 100, 1000, 10_000}
		var waiting []*load.Call
		var total, taken [3]float64
		needs := func(c *load.Call) [3]float64 {
			return [3]float64{1, float64(c.Tokens.Input), float64(c.MaxTokens)}
		}
		for slot := range rapid.IntRange(2, 40).Draw(t, "calls") {
			c := &load.Call{Slot: int32(slot)}
			c.Tokens.Input, c.MaxTokens = rapid.SampledFrom(sizes).Draw(t, "in"), rapid.SampledFrom(sizes).Draw(t, "out")
			for d, x := range needs(c) {
				total[d] += x
			}
			q.Push(0, c)
			waiting = append(waiting, c)
		}
		apart := func(c *load.Call) float64 {
			var shares []float64
			sum := 0.0
			for d, x := range needs(c) {
				if total[d] > 0 {
					shares = append(shares, (taken[d]+x)/total[d])
					sum += shares[len(shares)-1]
				}
			}
			out := 0.0
			for _, x := range shares {
				out += math.Pow(x-sum/float64(len(shares)), 2)
			}
			return out
		}
		for len(waiting) > 0 {
			best := math.Inf(1)
			for _, c := range waiting {
				best = min(best, apart(c))
			}
			got := q.Peek(0)
			if d := apart(got); d > best+1e-12 {
				t.Fatalf("slot %d leaves %v apart, %v is possible", got.Slot, d, best)
			}
			for d, x := range needs(got) {
				taken[d] += x
			}
			q.Remove(got)
			waiting = slices.DeleteFunc(waiting, func(c *load.Call) bool { return c == got })
		}
	})
}

// Only what waits together is balanced: what went before the queue was last empty
// does not count, nor does what was never served.
func TestBalancedForgets(t *testing.T) {
	t.Parallel()
	in := func(slot int) *load.Call {
		return &load.Call{Slot: int32(slot), Arrival: load.Arrival{Tokens: load.Tokens{Input: 1000}}}
	}
	out := func(slot int) *load.Call {
		return &load.Call{Slot: int32(slot), Arrival: load.Arrival{MaxTokens: 1000}}
	}
	q := queue.New(queue.Config{Order: queue.Balanced})
	for slot := range 50 {
		q.Push(0, in(slot))
	}
	q.Push(0, out(50))
	drain(q, 0)
	first := []int32{}
	for slot := range 4 {
		q.Push(0, in(slot))
		q.Push(0, out(slot+4))
	}
	for range 4 {
		c := q.Peek(0)
		first = append(first, c.Slot)
		q.Remove(c)
	}
	if want := []int32{0, 4, 1, 5}; !slices.Equal(first, want) {
		t.Errorf("order %v, want %v", first, want)
	}
	// Eight of input and four of output, and twenty of input that end unserved.
	drain(q, 0)
	for slot := range 12 {
		c := in(slot)
		if slot >= 8 {
			c = out(slot)
		}
		q.Push(0, c)
	}
	var ending []*load.Call
	for slot := 20; slot < 40; slot++ {
		c := in(slot)
		q.Push(0, c)
		ending = append(ending, c)
	}
	for _, c := range ending {
		q.Remove(c)
	}
	if got, want := drain(q, 0), []int32{0, 8, 1, 2, 9, 3, 4, 10, 5, 6, 11, 7}; !slices.Equal(got, want) {
		t.Errorf("order %v, want two of input for each of output %v", got, want)
	}
}
