package engine

import (
	"math/bits"
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

// precedes is before as a number, 1 or 0: the borrow of a subtraction over both
// words, the sign of the instant turned so that it orders as unsigned.
func (e *entry[T]) precedes(o *entry[T]) uint64 {
	_, borrow := bits.Sub64(e.seq, o.seq, 0)
	const sign = 1 << 63
	_, borrow = bits.Sub64(uint64(e.at)^sign, uint64(o.at)^sign, borrow)
	return borrow
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
		if first+4 <= len(h) {
			least += leastOf((*[4]entry[T])(h[first:]))
		} else {
			for k := first + 1; k < len(h); k++ {
				if h[k].before(&h[least]) {
					least = k
				}
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

// leastOf plays two semifinals and a final, without branches: which of four
// entries is the least is a coin toss that no processor predicts.
func leastOf[T any](g *[4]entry[T]) int {
	a := g[1].precedes(&g[0])
	b := 2 | g[3].precedes(&g[2])
	return int(a + (b-a)*g[b&3].precedes(&g[a&3]))
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
