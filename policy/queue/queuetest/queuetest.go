// Package queuetest is the contract of a queue: what the engine relies on,
// whatever the order. May change before v1.
package queuetest

import (
	"math/rand/v2"
	"testing"
	"time"

	"ratecliff/load"
)

// Queue is the interface under test, as package engine declares it.
type Queue interface {
	Push(now time.Duration, c *load.Call) (shed *load.Call)
	Peek(now time.Duration) *load.Call
	Remove(c *load.Call)
}

// Run tests a queue. capacity is how many calls it holds, 0 for any number; new
// returns an empty one and is called once for every test.
func Run(t *testing.T, capacity int, new func() Queue) {
	t.Run("equal calls keep their order", func(t *testing.T) { ties(t, capacity, new(), false) })
	run(t, capacity, new)
}

// RunLatest tests a queue that serves the latest of equal calls first.
func RunLatest(t *testing.T, capacity int, new func() Queue) {
	t.Run("equal calls turn round", func(t *testing.T) { ties(t, capacity, new(), true) })
	run(t, capacity, new)
}

func run(t *testing.T, capacity int, new func() Queue) {
	t.Helper()
	t.Run("empty", func(t *testing.T) { empty(t, new()) })
	t.Run("a call comes back as the same pointer", func(t *testing.T) { same(t, new()) })
	t.Run("a call may come again and slots are reused", func(t *testing.T) { again(t, new()) })
	t.Run("nothing is lost or invented", func(t *testing.T) {
		for seed := range uint64(20) {
			conserve(t, capacity, new(), rand.New(rand.NewPCG(seed, 0)))
		}
	})
	t.Run("only who waits is dropped or passes", func(t *testing.T) {
		for seed := range uint64(20) {
			powers(t, new(), rand.New(rand.NewPCG(seed, 1)))
		}
	})
	t.Run("no allocation once grown", func(t *testing.T) { steady(t, capacity, new()) })
}

func empty(t *testing.T, q Queue) {
	t.Helper()
	if c := q.Peek(0); c != nil {
		t.Errorf("peek: %+v, want nil", c)
	}
	q.Remove(&load.Call{Slot: 3})
	if c := q.Peek(0); c != nil {
		t.Errorf("peek after removing a stranger: %+v, want nil", c)
	}
}

func same(t *testing.T, q Queue) {
	t.Helper()
	c := &load.Call{Slot: 7}
	if shed := q.Push(0, c); shed != nil {
		t.Fatalf("first push shed %+v", shed)
	}
	for range 3 {
		if got := q.Peek(0); got != c {
			t.Fatalf("peek: %p, want %p however often", got, c)
		}
	}
	for range 2 { // the second time it is a stranger
		if q.Remove(c); q.Peek(0) != nil {
			t.Error("the call is still there after Remove")
		}
	}
}

func ties(t *testing.T, capacity int, q Queue, latest bool) {
	t.Helper()
	n := 50
	if capacity > 0 {
		n = capacity
	}
	calls := make([]load.Call, n)
	for i := range calls {
		calls[i].Slot = int32((i * 7) % n) // slots say nothing about the order
		if n%7 == 0 {
			calls[i].Slot = int32(i)
		}
		q.Push(0, &calls[i])
	}
	for i := range calls {
		got, want := q.Peek(0), &calls[i]
		if latest {
			want = &calls[n-1-i]
		}
		if got != want {
			t.Fatalf("call %d of %d: got another (slot %d)", i, n, got.Slot)
		}
		q.Remove(got)
	}
}

func again(t *testing.T, q Queue) {
	t.Helper()
	old, young := &load.Call{Slot: 0, Epoch: 1}, &load.Call{Slot: 0, Epoch: 2}
	for range 3 {
		q.Push(0, old)
		q.Remove(old)
	}
	q.Push(0, young)
	q.Remove(old)
	if q.Peek(0) != young {
		t.Error("removing a call of the past took the new one of its slot")
	}
}

// conserve pushes and removes at random and compares with a plain set.
func conserve(t *testing.T, capacity int, q Queue, rng *rand.Rand) {
	t.Helper()
	calls := make([]load.Call, 60)
	waiting := make([]bool, len(calls))
	held := 0
	for now := range time.Duration(600) {
		i := rng.IntN(len(calls))
		c := &calls[i]
		switch {
		case waiting[i]:
			q.Remove(c)
			waiting[i] = false
			held--
		default:
			*c = load.Call{Slot: int32(i), Ready: now}
			c.Priority = load.Priority(rng.IntN(4))
			waiting[i] = true
			held++
			full := capacity > 0 && held > capacity
			shed := q.Push(now, c)
			if (shed != nil) != full {
				t.Fatalf("push of call %d with %d of %d waiting: shed %v", i, held-1, capacity, shed)
			}
			if shed != nil {
				if !waiting[shed.Slot] || shed != &calls[shed.Slot] {
					t.Fatalf("shed a call that was not waiting: slot %d", shed.Slot)
				}
				waiting[shed.Slot] = false
				held--
			}
		}
		if head := q.Peek(now); (head == nil) != (held == 0) || head != nil && !waiting[head.Slot] {
			t.Fatalf("peek %v with %d waiting", head, held)
		}
	}
	for ; held > 0; held-- {
		head := q.Peek(600)
		if head == nil || !waiting[head.Slot] {
			t.Fatalf("%d calls lost", held)
		}
		waiting[head.Slot] = false
		q.Remove(head)
	}
	if q.Peek(600) != nil {
		t.Fatal("a call came from nowhere")
	}
}

func steady(t *testing.T, capacity int, q Queue) {
	t.Helper()
	n := 100
	if capacity > 0 {
		n = capacity
	}
	calls := make([]load.Call, n+1)
	for i := range calls {
		calls[i].Slot, calls[i].Priority = int32(i), load.Priority(i%4)
	}
	for i := range calls[:n] {
		q.Push(0, &calls[i])
	}
	spare := &calls[n]
	cycle := func() {
		if shed := q.Push(0, spare); shed != nil {
			spare = shed
			return
		}
		spare = q.Peek(0)
		q.Remove(spare)
	}
	cycle()
	if allocs := testing.AllocsPerRun(200, cycle); allocs != 0 {
		t.Errorf("%v allocations per push and remove, want none", allocs)
	}
}
