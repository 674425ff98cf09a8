package queue

import (
	"math"
	"math/bits"
	"time"

	"ratecliff/load"
)

// balanced serves whoever keeps the dimensions' shares s_d = Σc_d/C_d closest
// together, C_d being all that was pushed since the queue was last empty: the
// least Σ_d (s_d − s̄)² after it has gone. Serving in proportion reaches the
// least makespan of several limits (fluid bound; whole calls miss it by at most
// one call per dimension and order: Grinberg and Sevastyanov, 1980).
//
// Calls of like cost stand in one cell, by powers of two of input and output, in
// the order of pushing; only the first of each cell is looked at. So looking
// takes O(cells that are not empty), some dozens and never above 1024, however
// many wait.
type balanced struct {
	book    *book
	prices  *prices
	cells   []cell  // in the order they were first used
	byNeeds []int32 // number of the cell plus 1
	needs   []vector
	total   vector // of all pushed
	taken   vector // of all served
	waiting int
	chosen  *load.Call // what first has found; nil when it must look again
}

// cell is calls of like cost.
type cell struct{ list }

const axis = 32 // cells along each of two dimensions; ours

func newBalanced(b *book, p *prices) *balanced {
	return &balanced{book: b, prices: p, byNeeds: make([]int32, axis*axis)}
}

func (b *balanced) push(c *load.Call) {
	for int(c.Slot) >= len(b.needs) {
		b.needs = append(b.needs, vector{})
	}
	needs := b.prices.weighed(c)
	b.needs[c.Slot] = needs
	for d := range needs {
		b.total[d] += needs[d]
	}
	n := b.cell(c)
	b.book.at(c).flow = n
	b.book.append(&b.cells[n].list, c)
	b.waiting++
	b.chosen = nil
}

// cell is the number of the cell for c, made when there is none.
func (b *balanced) cell(c *load.Call) int32 {
	power := func(n int64) int { return min(bits.Len64(uint64(max(n, 0))), axis-1) }
	n := &b.byNeeds[power(c.Tokens.Metered())*axis+power(int64(b.prices.output(c)))]
	if *n == 0 {
		b.cells = append(b.cells, cell{})
		*n = int32(len(b.cells))
	}
	return *n - 1
}

func (b *balanced) first(time.Duration) *load.Call {
	if b.chosen != nil || b.waiting == 0 {
		return b.chosen
	}
	best, since := math.Inf(1), uint64(0)
	for i := range b.cells {
		c := b.book.call(b.cells[i].head)
		if c == nil {
			continue
		}
		d, seq := b.apart(&b.needs[c.Slot]), b.book.at(c).seq
		if d < best || d == best && seq < since {
			best, since, b.chosen = d, seq, c
		}
	}
	return b.chosen
}

// apart is how far the shares are from each other once so much more is taken.
func (b *balanced) apart(more *vector) float64 {
	var share vector
	mean, n := 0.0, 0.0
	for d := range share {
		if b.total[d] > 0 {
			share[d] = (b.taken[d] + more[d]) / b.total[d]
			mean += share[d]
			n++
		}
	}
	mean /= max(n, 1)
	sum := 0.0
	for d := range share {
		if b.total[d] > 0 {
			sum += (share[d] - mean) * (share[d] - mean)
		}
	}
	return sum
}

func (b *balanced) remove(c *load.Call, served bool) {
	b.book.unlink(&b.cells[b.book.at(c).flow].list, c)
	needs := &b.needs[c.Slot]
	for d := range needs {
		if served {
			b.taken[d] += needs[d]
		} else {
			b.total[d] -= needs[d]
		}
	}
	b.waiting--
	b.chosen = nil
	if b.waiting == 0 {
		b.total, b.taken = vector{}, vector{}
	}
}
