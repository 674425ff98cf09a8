package metrics

import (
	"math/bits"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// pending is how many values a gauge holds back before it needs a histogram.
// The full array is 230 KB, which short runs in great number can do without.
const pending = 512

// gauge records durations on the grid of [Histogram]. Its memory comes with the
// first values and stays. The zero value is ready for use.
type gauge struct {
	fresh []int64 // µs, not in full yet
	full  *hdrhistogram.Histogram
}

// record adds d and says whether it had to be clamped to the grid. Values the
// library refuses count as clamped too; within the grid there are none.
func (g *gauge) record(d time.Duration) (clamped bool) {
	us := int64(d+time.Microsecond/2) / int64(time.Microsecond)
	if d < 0 {
		us, clamped = 0, true
	} else if d > 24*time.Hour {
		us, clamped = highest, true
	}
	if len(g.fresh) == cap(g.fresh) {
		clamped = g.settle() || clamped
	}
	g.fresh = append(g.fresh, us)
	return clamped
}

// settle moves the fresh values into the full histogram.
func (g *gauge) settle() (refused bool) {
	if g.fresh == nil {
		g.fresh = make([]int64, 0, pending)
		return false
	}
	if g.full == nil {
		g.full = hdrhistogram.New(lowest, highest, digits)
	}
	for _, us := range g.fresh {
		refused = g.full.RecordValue(us) != nil || refused
	}
	g.fresh = g.fresh[:0]
	return refused
}

func (g *gauge) reset() {
	g.fresh = g.fresh[:0]
	if g.full != nil && g.full.TotalCount() > 0 {
		g.full.Reset()
	}
}

func (g *gauge) histogram() Histogram {
	h := Histogram{}
	if g.full != nil && g.full.TotalCount() > 0 {
		h.Cells = cells(g.full)
	}
	h.Merge(thin(g.fresh))
	return h
}

// thin is the histogram of a few values.
func thin(us []int64) *Histogram {
	h := &Histogram{}
	ascending := slices.Clone(us)
	slices.Sort(ascending)
	for _, v := range ascending {
		from := cellOf(v)
		if n := len(h.Cells); n > 0 && h.Cells[n-1].From == from {
			h.Cells[n-1].Count++
		} else {
			h.Cells = append(h.Cells, Cell{from, 1})
		}
	}
	return h
}

// cellOf is the lowest value of the cell that a value falls in.
func cellOf(us int64) int64 {
	if us < 2*halfBuckets {
		return us
	}
	shift := bits.Len64(uint64(us)) - 11
	return us >> shift << shift
}
