package queue_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/policy/queue"
)

// due is a call that must be answered by an instant, or 0 for none.
func due(slot int, by time.Duration) *load.Call {
	c := sized(slot, 0, 1)
	c.Deadline = by
	return c
}

func TestEarliestDeadlineFirst(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := queue.New(queue.Config{Order: queue.EDF})
		var calls []*load.Call
		for slot := range rapid.IntRange(1, 60).Draw(t, "calls") {
			c := due(slot, time.Duration(rapid.IntRange(0, 20).Draw(t, "deadline"))*s)
			c.Due = time.Duration(slot) * s / 2
			calls = append(calls, c)
			q.Push(c.Due, c)
		}
		slices.SortStableFunc(calls, func(a, b *load.Call) int {
			if a.Expires() < b.Expires() {
				return -1
			}
			return min(1, int(a.Expires()-b.Expires()))
		})
		var want []int32
		for _, c := range calls {
			want = append(want, c.Slot)
		}
		if got := drain(q, 0); !slices.Equal(got, want) {
			t.Fatalf("order %v, want %v", got, want)
		}
	})
}

func TestLeastCostFirst(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		cost queue.CostConfig
		want []int32
	}{
		{queue.CostConfig{}, []int32{1, 2, 0}},             // 1,000 tokens a second: 1.1 s, 0.6 s, 1 s
		{queue.CostConfig{ITPM: 60_000}, []int32{1, 0, 2}}, // 0.1 s, 0.09 s and 1 s of input
		{queue.CostConfig{ITPM: 60_000, OTPM: 6000}, []int32{2, 1, 0}},
	} {
		q := queue.New(queue.Config{Order: queue.Shortest, Cost: row.cost})
		for slot, tokens := range [][2]int64{{100, 1000}, {90, 500}, {1000, 0}} {
			c := &load.Call{Slot: int32(slot)}
			c.Tokens.Input, c.MaxTokens = tokens[0], tokens[1]
			q.Push(0, c)
		}
		if got := drain(q, 0); !slices.Equal(got, row.want) {
			t.Errorf("%+v: order %v, want %v", row.cost, got, row.want)
		}
	}
}

// Limits are those of the server unless told otherwise.
func TestCostByPublishedLimits(t *testing.T) {
	t.Parallel()
	published := func(model string) queue.Limits {
		return map[string]queue.Limits{"small": {RPM: 10, ITPM: 1_000_000}, "large": {RPM: 1000, ITPM: 10_000}}[model]
	}
	for _, row := range []struct {
		cost  queue.CostConfig
		first string
	}{
		{queue.CostConfig{}, "small"},             // 6 s of requests before 12 s of input
		{queue.CostConfig{ITPM: 60_000}, "large"}, // 6 s of requests behind 2 s of input
	} {
		q := queue.NewFor(queue.Config{Order: queue.Shortest, Cost: row.cost}, published, 0)
		for slot, model := range []string{"small", "large"} {
			c := sized(slot, 0, 2)
			c.Model = model
			q.Push(0, c)
		}
		if c := q.Peek(0); c.Model != row.first {
			t.Errorf("%+v: %s goes first, want %s", row.cost, c.Model, row.first)
		}
	}
}

// A call of 100 s beside an endless stream of calls of 1 s: with a step of 2 s it
// goes once it has waited (100 − 1)·2 s.
func TestAgeingSavesTheLarge(t *testing.T) {
	t.Parallel()
	q := queue.New(queue.Config{Order: queue.Shortest, Ageing: queue.AgeingConfig{Step: 2 * s}})
	q.Push(0, sized(0, 0, 100))
	next := 1
	for now := time.Duration(0); now < 1000*s; now += s {
		for range 2 { // twice what can be served
			c := sized(next, 1, 1)
			c.Ready = now
			q.Push(now, c)
			next++
		}
		c := q.Peek(now)
		q.Remove(c)
		if c.Slot == 0 {
			// Served in order of key: those of key 2 s + ready below 200 s are 396, one a second.
			if now < 350*s || now > 450*s {
				t.Errorf("the large call went at %v", now)
			}
			return
		}
	}
	t.Error("the large call starved")
}

func TestLIFO(t *testing.T) {
	t.Parallel()
	q := queue.New(queue.Config{Order: queue.Adaptive, Standing: 10 * s})
	push := func(now time.Duration, slots ...int) {
		for _, slot := range slots {
			q.Push(now, sized(slot, 0, 1))
		}
	}
	push(100*s, 0, 1, 2)
	for _, row := range []struct {
		at   time.Duration
		want int32
	}{{100 * s, 0}, {110 * s, 0}, {110*s + 1, 2}} {
		if got := q.Peek(row.at).Slot; got != row.want {
			t.Errorf("at %v slot %d is next, want %d", row.at, got, row.want)
		}
	}
	drain(q, 120*s)
	push(120*s, 3, 4) // empty until now
	if got := q.Peek(130 * s).Slot; got != 3 {
		t.Errorf("slot %d is next, want 3: the queue was empty in between", got)
	}
}
