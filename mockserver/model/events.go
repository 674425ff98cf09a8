package model

import "time"

// event is an instant at which the outflow of one answer starts or ends. The
// epoch tells events of a slot that was reused or cancelled since.
type event struct {
	at    time.Duration
	seq   uint64 // order of insertion breaks ties
	slot  int32
	epoch uint32
}

func (e *event) before(o *event) bool {
	return e.at < o.at || e.at == o.at && e.seq < o.seq
}

// events is a 4-ary min-heap by (at, seq): typed, so that nothing is boxed, and
// shallow, so that few cache lines are touched.
type events []event

func (h *events) push(e event) {
	*h = append(*h, e)
	s := *h
	i := len(s) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(&s[parent]) {
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
		child := h.least(4*i+1, 4*i+5)
		if child < 0 || !h[child].before(&e) {
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

// least is the index of the earliest event in [from, to), or -1.
func (h events) least(from, to int) int {
	to = min(to, len(h))
	if from >= to {
		return -1
	}
	best := from
	for i := from + 1; i < to; i++ {
		if h[i].before(&h[best]) {
			best = i
		}
	}
	return best
}
