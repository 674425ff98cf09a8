package throttle

import "time"

// counts are the calls of some time.
type counts struct{ all, accepted int64 }

// window counts the calls of the last while in slices of equal length, the
// youngest of which is still being filled.
type window struct {
	length time.Duration // of a slice
	slices []counts
	head   int64 // index since the start of the run of the youngest slice
	sum    counts
}

func newWindow(length time.Duration, slices int) window {
	return window{length: max(length/time.Duration(slices), 1), slices: make([]counts, slices)}
}

func (w *window) at(index int64) *counts { return &w.slices[index%int64(len(w.slices))] }

// count adds a call.
func (w *window) count(now time.Duration, accepted bool) {
	w.advance(now)
	c := w.at(w.head)
	c.all++
	w.sum.all++
	if accepted {
		c.accepted++
		w.sum.accepted++
	}
}

// advance forgets what has grown old.
func (w *window) advance(now time.Duration) {
	to := int64(now / w.length)
	if to-w.head >= int64(len(w.slices)) {
		clear(w.slices)
		w.sum, w.head = counts{}, to
	}
	for w.head < to {
		w.head++
		c := w.at(w.head)
		w.sum.all -= c.all
		w.sum.accepted -= c.accepted
		*c = counts{}
	}
}

// last is what advance would leave, without forgetting anything.
func (w *window) last(now time.Duration) counts {
	sum, to := w.sum, int64(now/w.length)
	if to-w.head >= int64(len(w.slices)) {
		return counts{}
	}
	for i := w.head + 1; i <= to; i++ {
		c := w.at(i)
		sum.all -= c.all
		sum.accepted -= c.accepted
	}
	return sum
}
