package queue_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/policy/queue"
)

// sized is a call of a class that costs so many seconds: without limits 1,000
// tokens are one.
func sized(slot, class int, seconds float64) *load.Call {
	c := &load.Call{Slot: int32(slot)}
	c.ID, c.Class, c.Tokens.Input = uint64(slot), class, int64(seconds*1000)
	c.Priority = load.Priority(class)
	return c
}

// Two flows of weights 2 and 1 with calls of 1 s each: tags by hand.
func TestFinishTags(t *testing.T) {
	t.Parallel()
	q := queue.New(queue.Config{Order: queue.WFQ, Share: queue.ShareConfig{Priorities: []float64{2, 1}}})
	for slot := range 8 { // slots 0-3 of class 0: F = 0.5, 1, 1.5, 2; slots 4-7 of class 1: F = 1, 2, 3, 4
		q.Push(0, sized(slot, slot/4, 1))
	}
	// Equal tags: who was pushed first.
	if got, want := drain(q, 0), []int32{0, 1, 4, 2, 3, 5, 6, 7}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

// A flow that comes late starts at the virtual time, not with what it missed.
func TestALateFlowHasNoCredit(t *testing.T) {
	t.Parallel()
	q := queue.New(queue.Config{Order: queue.WFQ})
	for slot := range 10 {
		q.Push(0, sized(slot, 0, 1))
	}
	for range 6 {
		q.Remove(q.Peek(0))
	}
	for slot := 10; slot < 14; slot++ { // V = 6: F = 7, 8, 9, 10, as those of slots 6 to 9
		q.Push(0, sized(slot, 1, 1))
	}
	if got, want := drain(q, 0), []int32{6, 10, 7, 11, 8, 12, 9, 13}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

// What a call really cost moves its flow: estimated at max_tokens of 3 s, a flow
// that used 1 s gets the turns back.
func TestCostsAreSettled(t *testing.T) {
	t.Parallel()
	for _, order := range []queue.Order{queue.WFQ, queue.DRR} {
		q := queue.New(queue.Config{Order: order, Cost: queue.CostConfig{Output: queue.MaxTokens}})
		served := [2]int{}
		next := 0
		push := func(class int) {
			c := sized(next, class, 0)
			c.MaxTokens = 3000
			next++
			q.Push(0, c)
		}
		for range 3 {
			push(0)
			push(1)
		}
		for range 400 {
			c := q.Peek(0)
			q.Remove(c)
			served[c.Class]++
			a := load.Attempt{Response: load.Response{Outcome: load.OK, Usage: load.Tokens{Output: 3000}}}
			if c.Class == 0 {
				a.Response.Usage.Output = 1000
			}
			q.Observe(0, c, &a)
			push(c.Class)
		}
		if share := float64(served[0]) / float64(served[1]); math.Abs(share-3) > 0.1 {
			t.Errorf("%s: %d calls of a third of the tokens beside %d, want three times as many", order, served[0], served[1])
		}
	}
}

// A refused attempt costs its flow nothing.
func TestRefusalsAreFree(t *testing.T) {
	t.Parallel()
	q := queue.New(queue.Config{Order: queue.WFQ})
	for slot := range 4 {
		q.Push(0, sized(slot, slot/2, 1))
	}
	first := q.Peek(0)
	q.Remove(first)
	q.Observe(0, first, &load.Attempt{Response: load.Response{Outcome: load.Throttled, Status: 429}})
	q.Push(0, first)
	if got, want := drain(q, 0), []int32{1, 2, 3, 0}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

// Served cost over weight of flows that wait throughout differs, in every
// interval, by no more than the published bound: for wfq max c_i/w_i + max
// c_j/w_j (Golestani 1994), for drr a quantum more (Shreedhar and Varghese 1995).
func TestFairness(t *testing.T) {
	t.Parallel()
	for _, order := range []queue.Order{queue.WFQ, queue.DRR} {
		rapid.Check(t, func(t *rapid.T) {
			weights := rapid.SliceOfN(rapid.Float64Range(0.25, 8), 2, 5).Draw(t, "weights")
			cfg := queue.Config{Order: order, Share: queue.ShareConfig{Priorities: weights}}
			if order == queue.DRR && rapid.Bool().Draw(t, "small quantum") {
				cfg.Share.Quantum = time.Duration(rapid.IntRange(1, 4000).Draw(t, "quantum")) * time.Millisecond
			}
			q := queue.New(cfg)
			least := min(1, slices.Min(weights))
			largest, all, slot := make([]float64, len(weights)), 0.0, 0
			push := func(class int) {
				cost := rapid.Float64Range(0.1, 10).Draw(t, "cost")
				c := sized(slot, class, cost)
				cost = float64(c.Tokens.Input) / 1000
				largest[class], all = max(largest[class], cost), max(all, cost)
				slot++
				q.Push(0, c)
			}
			for class := range weights {
				push(class)
				push(class) // so that each always waits
			}
			n := rapid.IntRange(1, 120).Draw(t, "served")
			history := [][]float64{make([]float64, len(weights))}
			for range n {
				c := q.Peek(0)
				now := slices.Clone(history[len(history)-1])
				now[c.Class] += float64(c.Tokens.Input) / 1000 / weights[c.Class]
				history = append(history, now)
				q.Remove(c)
				push(c.Class)
			}
			quantum := cfg.Share.Quantum.Seconds()
			if quantum == 0 {
				quantum = all
			}
			for i := range weights {
				for j := range i {
					bound := largest[i]/weights[i] + largest[j]/weights[j]
					if order == queue.DRR {
						bound += quantum / least
					}
					low, high := 0.0, 0.0 // of W_i/w_i − W_j/w_j so far
					for _, w := range history {
						apart := w[i] - w[j]
						low, high = min(low, apart), max(high, apart)
					}
					if high-low > bound+1e-6 {
						t.Fatalf("flows %d and %d of %v drift apart by %v, more than %v", i, j, weights, high-low, bound)
					}
				}
			}
		})
	}
}

// However small the quantum, a turn comes without going round for ever, and a
// flow alone is served in any case.
func TestTinyQuantum(t *testing.T) {
	t.Parallel()
	q := queue.New(queue.Config{Order: queue.DRR, Share: queue.ShareConfig{Quantum: 1}})
	q.Push(0, sized(1, 1, 1))
	q.Push(0, sized(0, 0, 3000))
	q.Push(0, sized(2, 1, 1))
	if got, want := drain(q, 0), []int32{1, 2, 0}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

// Flows by tenant share alike whatever their classes; a class has its tenant's
// weight times its priority's.
func TestFlows(t *testing.T) {
	t.Parallel()
	calls := func() []*load.Call {
		var out []*load.Call
		for slot := range 12 { // classes 0 and 1 of tenant a, class 2 of tenant b
			c := sized(slot, slot/4, 1)
			c.Tenant = []string{"a", "a", "b"}[slot/4]
			out = append(out, c)
		}
		return out
	}
	for _, row := range []struct {
		share queue.ShareConfig
		want  [3]int // of the first six, by class
	}{
		{queue.ShareConfig{}, [3]int{2, 2, 2}},
		{queue.ShareConfig{Flow: queue.ByTenant}, [3]int{3, 0, 3}},
		{queue.ShareConfig{Flow: queue.ByTenant, Tenants: map[string]float64{"b": 2}}, [3]int{2, 0, 4}},
		{queue.ShareConfig{Flow: queue.ByPriority, Priorities: []float64{4, 1}}, [3]int{4, 1, 1}},
		{queue.ShareConfig{Priorities: []float64{1, 2}, Tenants: map[string]float64{"b": 1.5}}, [3]int{1, 2, 3}},
	} {
		q := queue.New(queue.Config{Order: queue.WFQ, Share: row.share})
		for _, c := range calls() {
			q.Push(0, c)
		}
		var got [3]int
		for range 6 {
			c := q.Peek(0)
			q.Remove(c)
			got[c.Class]++
		}
		if got != row.want {
			t.Errorf("%+v: %v of the first six, want %v", row.share, got, row.want)
		}
	}
}

// A call that leaves without being served costs its flow nothing, whether it is
// dropped at the head of all or ends behind it.
func TestWhoIsNotServedIsNotCharged(t *testing.T) {
	t.Parallel()
	q := queue.New(queue.Config{Order: queue.WFQ, Drop: queue.DropConfig{Rule: queue.Standing, Target: s, Interval: s}})
	q.Push(0, sized(0, 0, 50)) // the head, and dropped after a second
	big := sized(1, 1, 100)
	q.Push(0, big)
	q.Push(s/2, sized(2, 2, 51))
	q.Remove(big) // as when its deadline is over
	if gone, _ := shed(q, s); !slices.Equal(gone, []int32{0}) {
		t.Fatalf("dropped %v, want slot 0", gone)
	}
	q.Push(s, sized(3, 1, 10))
	q.Push(s, sized(4, 0, 10))
	if got, want := drain(q, s), []int32{3, 4, 2}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v: both flows are as new", got, want)
	}
}

// What a flow saved is gone when it has nothing to do.
func TestNoCreditIsSaved(t *testing.T) {
	t.Parallel()
	q := queue.New(queue.Config{Order: queue.DRR, Share: queue.ShareConfig{Quantum: 3 * s}})
	q.Push(0, sized(0, 0, 1))
	q.Remove(q.Peek(0)) // leaves 2 s of its 3 s
	for slot := 1; slot < 11; slot++ {
		q.Push(0, sized(slot, slot%2, 1)) // odd slots are of class 1
	}
	if got, want := drain(q, 0), []int32{1, 3, 5, 2, 4, 6, 7, 9, 8, 10}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}
