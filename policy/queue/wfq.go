package queue

import (
	"math"
	"time"

	"ratecliff/load"
)

// wfq serves the least finish tag. Only the first call of a flow has one, so that
// what is learned of a call's cost moves all behind it, and one that leaves
// unserved leaves no gap. Push, Remove and settling take O(log flows).
//
// Two flows that both wait throughout an interval are served
// |W_i/w_i − W_j/w_j| ≤ max c_i/w_i + max c_j/w_j (Golestani, INFOCOM 1994,
// theorem 1).
type wfq struct {
	flows
	heads   heap // the first of each flow, by finish
	virtual float64
}

func (w *wfq) push(c *load.Call) {
	if n, alone := w.join(c); alone {
		f := &w.all[n]
		f.start = max(w.virtual, f.finish)
		w.raise(n)
	}
}

// raise gives the first of a flow its tag.
func (w *wfq) raise(number int32) {
	f := &w.all[number]
	c := w.head(number)
	e := w.book.at(c)
	f.finish = f.start + e.cost/f.weight
	w.heads.push(ordered(f.finish), e.seq, c)
}

// ordered is a number that compares as x does, for x not below 0.
func ordered(x float64) int64 { return int64(math.Float64bits(x)) }

func (w *wfq) first(time.Duration) *load.Call { return w.heads.first() }

func (w *wfq) remove(c *load.Call, served bool) {
	n, wasHead := w.leave(c)
	if !wasHead {
		return
	}
	w.heads.remove(c)
	f := &w.all[n]
	if served {
		w.virtual, f.start = max(w.virtual, f.finish), f.finish
	}
	if f.n > 0 {
		w.raise(n)
		return
	}
	f.finish = f.start
}

func (w *wfq) settle(number int32, more float64) {
	f := &w.all[number]
	if f.n == 0 {
		f.finish = max(0, f.finish+more/f.weight)
		return
	}
	w.heads.remove(w.head(number))
	f.start = max(0, f.start+more/f.weight)
	w.raise(number)
}
