package engine_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/engine"
)

// The calendar is a stable sort by instant, whatever the order of pushes and pops.
func TestCalendarIsAStableSort(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var c engine.Calendar[int]
		type row struct {
			at time.Duration
			n  int
		}
		var model []row
		for n := range rapid.IntRange(1, 200).Draw(t, "n") {
			if len(model) > 0 && rapid.Bool().Draw(t, "pop") {
				slices.SortStableFunc(model, func(a, b row) int { return int(a.at - b.at) })
				if at, ok := c.Peek(); !ok || at != model[0].at {
					t.Fatalf("peek %v %v, want %v", at, ok, model[0].at)
				}
				at, got := c.Pop()
				if at != model[0].at || got != model[0].n {
					t.Fatalf("pop %v %d, want %v %d", at, got, model[0].at, model[0].n)
				}
				model = model[1:]
				continue
			}
			at := time.Duration(rapid.IntRange(0, 20).Draw(t, "at"))
			c.Push(at, n)
			model = append(model, row{at, n})
		}
		if c.Len() != len(model) {
			t.Fatalf("%d entries, want %d", c.Len(), len(model))
		}
	})
}

func BenchmarkCalendar(b *testing.B) {
	var c engine.Calendar[engine.Ref]
	for i := range 1000 {
		c.Push(time.Duration(i*7919%1000), engine.Ref{})
	}
	b.ReportAllocs()
	for b.Loop() {
		at, ref := c.Pop()
		c.Push(at+1000, ref)
	}
}
