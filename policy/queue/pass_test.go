package queue_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/policy/queue"
)

// passing lists who may pass, by slot.
func passing(q *queue.Queue) (slots []int32) {
	for n := 1; ; n++ {
		c := q.Behind(0, n)
		if c == nil {
			return slots
		}
		slots = append(slots, c.Slot)
	}
}

// The cheaper ones pass in order, two in all before each head.
func TestOvertaking(t *testing.T) {
	t.Parallel()
	q := queue.New(queue.Config{Overtake: 2})
	for slot, cost := range []float64{5, 1, 7, 2, 5, 3, 1} {
		q.Push(0, sized(slot, 0, cost))
	}
	for _, row := range []struct {
		may []int32
		who int32 // goes then
	}{
		{[]int32{1, 3, 5, 6}, 3},
		{[]int32{1, 5, 6}, 1},
		{nil, 0},
		{[]int32{4, 5, 6}, 6}, // slot 2 is the head
		{[]int32{4, 5}, 2},    // the head itself goes
		{[]int32{5}, 5},
		{nil, 4},
	} {
		head := q.Peek(0)
		if got := passing(q); !slices.Equal(got, row.may) {
			t.Fatalf("before slot %d may go %v, want %v", head.Slot, got, row.may)
		}
		for n := 1; head.Slot != row.who; n++ {
			if c := q.Behind(0, n); c.Slot == row.who {
				q.Remove(c)
				break
			}
		}
		if head.Slot == row.who {
			q.Drop(0) // the engine asks before it looks at the head
			q.Remove(head)
		}
	}
}

// Nobody lets more than Overtake pass, whatever comes and in whatever order.
func TestOvertakingIsBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		order := rapid.SampledFrom([]queue.Order{queue.FIFO, queue.Priority, queue.Ageing, queue.EDF, queue.Shortest}).Draw(t, "order")
		most := rapid.IntRange(1, 5).Draw(t, "overtake")
		q := queue.New(queue.Config{Order: order, Overtake: most})
		passed := map[*load.Call]int{}
		for slot := range rapid.IntRange(1, 150).Draw(t, "steps") {
			c := sized(slot, rapid.IntRange(0, 3).Draw(t, "class"), rapid.Float64Range(0.1, 9).Draw(t, "cost"))
			q.Push(0, c)
			q.Drop(0)
			head := q.Peek(0)
			switch rapid.IntRange(0, 3).Draw(t, "then") {
			case 0:
				q.Remove(head)
			case 1, 2:
				if c := q.Behind(0, 1); c != nil {
					if c.Tokens.Input >= head.Tokens.Input {
						t.Fatalf("slot %d is not cheaper than slot %d", c.Slot, head.Slot)
					}
					q.Remove(c)
					if passed[head]++; passed[head] > most {
						t.Fatalf("slot %d let %d pass, %d are allowed", head.Slot, passed[head], most)
					}
				}
			}
		}
	})
}

// Who may pass comes in order, from the 64 behind the head.
func TestOvertakingLooksAhead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := queue.New(queue.Config{Order: queue.Priority, Overtake: 100})
		var calls []*load.Call
		for slot := range rapid.IntRange(1, 120).Draw(t, "calls") {
			c := sized(slot, rapid.IntRange(0, 3).Draw(t, "class"), rapid.Float64Range(0.1, 9).Draw(t, "cost"))
			calls = append(calls, c)
			q.Push(0, c)
		}
		slices.SortStableFunc(calls, func(a, b *load.Call) int { return int(a.Priority) - int(b.Priority) })
		var want []int32
		for _, c := range calls[1:min(65, len(calls))] {
			if c.Tokens.Input < calls[0].Tokens.Input {
				want = append(want, c.Slot)
			}
		}
		if got := passing(q); !slices.Equal(got, want) {
			t.Fatalf("may pass: %v, want %v", got, want)
		}
	})
}
