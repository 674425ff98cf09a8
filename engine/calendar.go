package engine

import (
	"time"

	"ratecliff/load"
)

// Calendar is a typed 4-ary heap of things to happen, ordered by instant and
// then by insertion number, so that equal instants come out in the order they
// were put in. It does not allocate once it has grown. The zero value is an
// empty calendar. Not safe for concurrent use.
//
// A popped entry leaves a hole at the root until the next call: most things
// that happen make one other thing happen later, and filling the hole with that
// one costs a single walk down the heap instead of two.
type Calendar[T any] struct {
	entries []entry[T]
	pushed  uint64
	hole    bool // entries[0] has been taken
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
func (c *Calendar[T]) Len() int {
	if c.hole {
		return len(c.entries) - 1
	}
	return len(c.entries)
}

// Peek is the earliest instant, or false when nothing is left.
func (c *Calendar[T]) Peek() (time.Duration, bool) {
	c.close()
	if len(c.entries) == 0 {
		return load.Never, false
	}
	return c.entries[0].at, true
}

// Push adds an item due at an instant.
func (c *Calendar[T]) Push(at time.Duration, item T) {
	e := entry[T]{at: at, seq: c.pushed, item: item}
	c.pushed++
	if c.hole {
		c.hole = false
		c.sink(e)
		return
	}
	c.entries = append(c.entries, e)
	c.rise(e)
}

// Pop takes out the earliest item. It must not be called on an empty calendar.
func (c *Calendar[T]) Pop() (time.Duration, T) {
	c.close()
	c.hole = true
	return c.entries[0].at, c.entries[0].item
}

// close fills the hole with the last entry.
func (c *Calendar[T]) close() {
	if !c.hole {
		return
	}
	c.hole = false
	last := len(c.entries) - 1
	e := c.entries[last]
	c.entries[last] = entry[T]{}
	c.entries = c.entries[:last]
	if last > 0 {
		c.sink(e)
	}
}

// sink finds the place of e from the root down.
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
		if !h[least].before(&e) {
			break
		}
		h[i] = h[least]
		i = least
	}
	h[i] = e
}

// rise finds the place of e, the last entry, from the bottom up.
func (c *Calendar[T]) rise(e entry[T]) {
	h := c.entries
	i := len(h) - 1
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
