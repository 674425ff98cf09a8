package queue_test

import (
	"slices"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/queue"
)

// serve lets the head go and have its answer later, which teaches the queue its
// pace and its service time.
func serve(q *queue.Queue, now, took time.Duration) {
	q.Drop(now)
	c := q.Peek(now)
	q.Remove(c)
	a := load.Attempt{Started: now, Done: now + took}
	a.Response = load.Response{Outcome: load.OK, Usage: load.Tokens{Input: c.Tokens.Input}}
	q.Observe(now+took, c, &a)
}

// A queue that serves one call of 1 s each 2 s: a call is refused when it comes
// if those with earlier deadlines take longer than it has.
func TestLateOnes(t *testing.T) {
	t.Parallel()
	q := queue.New(queue.Config{Order: queue.EDF, Drop: queue.DropConfig{Rule: queue.Late}})
	by := func(slot int, deadline time.Duration) *load.Call {
		c := sized(slot, 0, 1)
		c.Deadline = deadline
		return c
	}
	for slot := range 8 {
		q.Push(0, by(slot, 1000*s))
	}
	for i := range 5 {
		serve(q, time.Duration(2*i)*s, 3*s)
	}
	// At 8 s three wait, a service takes 3 s, 2 s pass for each that is ahead.
	for _, row := range []struct {
		slot int
		by   time.Duration
		late bool
	}{
		{10, 10 * s, true},    // 8 + 3 > 10 even at once
		{11, 11 * s, false},   // the first of all
		{12, 12 * s, true},    // 8 + 2 + 3 > 12
		{13, 13 * s, false},   // 8 + 2 + 3
		{14, 1001 * s, false}, // behind five
		{15, 0, false},        // no deadline
	} {
		q.Push(8*s, by(row.slot, row.by))
		gone, p := shed(q, 8*s)
		if (len(gone) > 0) != row.late || row.late && gone[0] != int32(row.slot) {
			t.Errorf("slot %d, to be answered by %v: dropped %v, want %v", row.slot, row.by, gone, row.late)
		}
		if !row.late && p.At != 8*s+1 {
			t.Errorf("slot %d: asked again at %v, want just after 8 s, when slot 11 is late", row.slot, p.At)
		}
	}
	if gone, _ := shed(q, 8*s+1); !slices.Equal(gone, []int32{11}) {
		t.Errorf("a moment later: dropped %v, want slot 11", gone)
	}
	if gone, _ := shed(q, 11*s); !slices.Equal(gone, []int32{13}) {
		t.Errorf("at 11 s: dropped %v, want slot 13", gone)
	}
}

// An urgent call that would be late has the lowest calls ahead of it dropped,
// the latest first and no more than it takes, and none if that would not help.
func TestInferiorOnes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		deadline time.Duration
		class    load.Priority
		want     []int32
	}{
		{30 * s, 0, nil},                 // six ahead, a second each, and no service time known
		{6 * s, 0, nil},                  // just in time
		{5 * s, 0, []int32{6}},           // one second short
		{3500 * ms, 0, []int32{6, 5, 3}}, // 2.5 s short: the classes 3, 3 and 2
		{time.Second, 0, nil},            // 5 s short, but only 4 s are of a lower class
		{2 * s, 0, []int32{6, 5, 3, 2}},  // 4 s short
		{4500 * ms, 2, []int32{6, 5}},    // equals stay
		{3500 * ms, 2, nil},              // 2.5 s short, 2 s are of a lower class
		{0, 0, nil},                      // never late
	} {
		q := queue.New(queue.Config{Drop: queue.DropConfig{Rule: queue.Inferior}, Cost: queue.CostConfig{ITPM: 60_000}})
		for slot, class := range []int{0, 0, 2, 2, -1, 3, 3} {
			if class >= 0 {
				c := sized(slot, class, 1)
				q.Push(0, c)
			}
		}
		urgent := due(9, row.deadline)
		urgent.Priority = row.class
		q.Push(0, urgent)
		if gone, _ := shed(q, 0); !slices.Equal(gone, row.want) {
			t.Errorf("class %d with %v: dropped %v, want %v", row.class, row.deadline, gone, row.want)
		}
	}
}

// Past To everybody who comes is turned away, below From nobody.
func TestLevelsEndToEnd(t *testing.T) {
	t.Parallel()
	q := queue.New(queue.Config{Drop: queue.DropConfig{Rule: queue.Levels, From: 3, To: 5, Window: 10}})
	turned := 0
	for slot := range 50 {
		q.Push(0, sized(slot, slot%4, 1))
		gone, _ := shed(q, 0)
		if turned += len(gone); slot < 3 && turned > 0 {
			t.Errorf("slot %d was turned away", slot)
		}
	}
	if q.Len() > 5 || q.Len() < 3 || turned != 50-q.Len() {
		t.Errorf("%d wait and %d were turned away, want 3 to 5 to wait", q.Len(), turned)
	}
}
