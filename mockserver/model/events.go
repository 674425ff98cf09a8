package model

import "time"

// event is an instant at which the outflow of one answer starts or ends. The
// epoch tells events of a slot that was reused or cancelled since.
type event struct {
	at    time.Duration
	slot  int32
	epoch uint32
}

// events is a 4-ary min-heap by instant: typed, so that nothing is boxed, and
// shallow; the four children of a node share a cache line. Events of one instant
// come in the order in which the heap holds them, which the same requests always
// give; what they do to a bucket at one instant commutes, unless corrections of
// estimates take and give back at one nanosecond in a bucket that is full.
type events []event

func (h *events) push(e event) {
	*h = append(*h, e)
	s := *h
	i := len(s) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if s[parent].at <= e.at {
			break
		}
		s[i] = s[parent]
		i = parent
	}
	s[i] = e
}

// replace puts e in the place of the first event.
func (h events) replace(e event) {
	i := 0
	for {
		child := h.least(4*i + 1)
		if child < 0 || h[child].at >= e.at {
			break
		}
		h[i] = h[child]
		i = child
	}
	h[i] = e
}

// pop takes away the first event.
func (h *events) pop() {
	last := len(*h) - 1
	e := (*h)[last]
	*h = (*h)[:last]
	if last > 0 {
		h.replace(e)
	}
}

// least is the index of the earliest of four siblings, or -1 when there are
// none. The full case is written as a tournament that compiles without branches:
// which sibling is least cannot be predicted.
func (h events) least(first int) int {
	if first+4 <= len(h) {
		c := h[first : first+4 : first+4]
		a, b := 0, 2
		ta, tb := c[0].at, c[2].at
		if c[1].at < ta {
			a, ta = 1, c[1].at
		}
		if c[3].at < tb {
			b, tb = 3, c[3].at
		}
		if tb < ta {
			a = b
		}
		return first + a
	}
	if first >= len(h) {
		return -1
	}
	best := first
	for i := first + 1; i < len(h); i++ {
		if h[i].at < h[best].at {
			best = i
		}
	}
	return best
}
