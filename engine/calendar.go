package engine

import (
	"time"

	"ratecliff/load"
)

// Calendar is a typed 4-ary heap of things to happen, ordered by instant and
// then by insertion number, so that equal instants come out in the order they
// were put in. It does not allocate once it has grown. The zero value is an
// empty calendar. Not safe for concurrent use.
type Calendar[T any] struct {
	entries []entry[T]
	pushed  uint64
}

type entry[T any] struct {
	at   time.Duration
	seq  uint64
	item T
}

func (e *entry[T]) before(o *entry[T]) bool {
	return e.at < o.at || e.at == o.at && e.seq < o.seq
}

// Len is the number of entries.
func (c *Calendar[T]) Len() int { return len(c.entries) }

// Peek is the earliest instant, or false when nothing is left.
func (c *Calendar[T]) Peek() (time.Duration, bool) {
	if len(c.entries) == 0 {
		return load.Never, false
	}
	return c.entries[0].at, true
}

// Push adds an item due at an instant.
func (c *Calendar[T]) Push(at time.Duration, item T) {
	e := entry[T]{at: at, seq: c.pushed, item: item}
	c.pushed++
	c.entries = append(c.entries, e)
	c.rise(len(c.entries)-1, e)
}

// Pop takes out the earliest item. It must not be called on an empty calendar.
func (c *Calendar[T]) Pop() (time.Duration, T) {
	top := c.entries[0]
	last := len(c.entries) - 1
	e := c.entries[last]
	c.entries[last] = entry[T]{}
	c.entries = c.entries[:last]
	if last > 0 {
		c.sink(e)
	}
	return top.at, top.item
}

// sink finds the place of e from the root down. The hole left by the root goes
// all the way to a leaf and e rises from there: e came from the bottom, so it
// rarely rises, and each level costs one comparison less (Wegener 1993).
func (c *Calendar[T]) sink(e entry[T]) {
	h := c.entries
	i := 0
	for first := 1; first < len(h); first = 4*i + 1 {
		least := first
		for k := first + 1; k < min(first+4, len(h)); k++ {
			if h[k].before(&h[least]) {
				least = k
			}
		}
		h[i] = h[least]
		i = least
	}
	c.rise(i, e)
}

// rise finds the place of e from i up.
func (c *Calendar[T]) rise(i int, e entry[T]) {
	h := c.entries
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(&h[parent]) {
			break
		}
		h[i] = h[parent]
		i = parent
	}
	h[i] = e
}
