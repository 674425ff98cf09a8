package metrics

import "math/bits"

// OfferedCosts are the costs of all arrivals that a group of pools was offered.
type OfferedCosts struct {
	Arrivals  int64      `json:"arrivals"`
	MaxOutput int64      `json:"max_output"`
	Input     []CostCell `json:"input,omitempty"`  // metered input tokens
	Output    []CostCell `json:"output,omitempty"` // output tokens
}

// CostCell holds the arrivals whose cost falls between two edges of a grid of 32
// cells per octave.
type CostCell struct {
	Least int64 `json:"least"` // smallest cost in the cell, tokens
	Sum   int64 `json:"sum"`
	Count int64 `json:"count"`
}

// costCells is the number of cells up to 2^63: 32 exact ones, then 32 for each
// of 58 octaves and a margin.
const costCells = 32 * 60

// costIndex is the cell of a cost; the relative width of a cell is at most 1/32.
func costIndex(cost int64) int {
	if cost < 64 {
		return int(max(cost, 0))
	}
	shift := bits.Len64(uint64(cost)) - 6
	return shift*32 + int(cost>>shift)
}

// offers is OfferedCosts under construction.
type offers struct {
	arrivals  int64
	maxOutput int64
	cells     [2][]CostCell // input, output; all of the grid
}

func (o *offers) add(c *Costs) {
	if o.cells[0] == nil {
		o.cells[0], o.cells[1] = make([]CostCell, costCells), make([]CostCell, costCells)
	}
	o.arrivals++
	o.maxOutput = max(o.maxOutput, c[2])
	for d := range o.cells {
		cost := c[d+1]
		cell := &o.cells[d][costIndex(cost)]
		if cell.Count == 0 || cost < cell.Least {
			cell.Least = cost
		}
		cell.Sum += cost
		cell.Count++
	}
}

func (o *offers) reset() {
	o.arrivals, o.maxOutput = 0, 0
	clear(o.cells[0])
	clear(o.cells[1])
}

func (o *offers) costs() OfferedCosts {
	c := OfferedCosts{Arrivals: o.arrivals, MaxOutput: o.maxOutput}
	for d, to := range []*[]CostCell{&c.Input, &c.Output} {
		for _, cell := range o.cells[d] {
			if cell.Count > 0 {
				*to = append(*to, cell)
			}
		}
	}
	return c
}

// merge adds the arrivals of p.
func (o *OfferedCosts) merge(p *OfferedCosts) {
	o.Arrivals += p.Arrivals
	o.MaxOutput = max(o.MaxOutput, p.MaxOutput)
	o.Input = mergeCells(o.Input, p.Input)
	o.Output = mergeCells(o.Output, p.Output)
}

func mergeCells(a, b []CostCell) []CostCell {
	if len(b) == 0 {
		return a
	}
	merged := make([]CostCell, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		i, j := costIndex(a[0].Least), costIndex(b[0].Least)
		switch {
		case i < j:
			merged, a = append(merged, a[0]), a[1:]
		case i > j:
			merged, b = append(merged, b[0]), b[1:]
		default:
			both := CostCell{min(a[0].Least, b[0].Least), a[0].Sum + b[0].Sum, a[0].Count + b[0].Count}
			merged = append(merged, both)
			a, b = a[1:], b[1:]
		}
	}
	return append(append(merged, a...), b...)
}

// fitting is the largest number of arrivals, cheapest first and none above
// largest, whose cost the budget could cover. Cells wholly inside count exactly; within the cell where
// the budget ends every arrival is taken at the cell's least cost. So it is
// never below the true number.
func fitting(cells []CostCell, budget float64, largest int64) (n int64) {
	for _, c := range cells {
		if c.Least > largest {
			break
		}
		if float64(c.Sum) <= budget {
			n += c.Count
			budget -= float64(c.Sum)
			continue
		}
		if c.Least > 0 {
			n += min(c.Count, whole(budget/float64(c.Least)))
		}
		break
	}
	return n
}
