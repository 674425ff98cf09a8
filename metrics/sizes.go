package metrics

import "ratecliff/load"

// SizeCell holds the requests whose size (prompt and output tokens) falls
// between two edges of the grid of [CostCell].
type SizeCell struct {
	Least     int64 `json:"least"` // lower edge of the cell, tokens
	Arrivals  int64 `json:"arrivals"`
	Successes int64 `json:"successes,omitempty"`
}

// sizes are the size cells under construction. The zero value is ready for use.
type sizes struct {
	grid        []SizeCell // all of the grid
	first, last int        // cells in use, when grid is not nil and last >= first
}

func (s *sizes) add(a *load.Arrival, success bool) {
	if s.grid == nil {
		s.grid, s.first, s.last = make([]SizeCell, costCells), costCells, -1
	}
	i := costIndex(a.Tokens.Prompt() + a.Tokens.Output)
	s.first, s.last = min(s.first, i), max(s.last, i)
	if success {
		s.grid[i].Successes++
	} else {
		s.grid[i].Arrivals++
	}
}

func (s *sizes) reset() {
	if s.last >= s.first && s.grid != nil {
		clear(s.grid[s.first : s.last+1])
	}
	s.first, s.last = costCells, -1
}

func (s *sizes) cells() []SizeCell {
	var out []SizeCell
	for i := s.first; i <= s.last && s.grid != nil; i++ {
		if c := s.grid[i]; c.Arrivals+c.Successes > 0 {
			c.Least = leastOf(i)
			out = append(out, c)
		}
	}
	return out
}

// leastOf is the lower edge of a cell of costIndex.
func leastOf(i int) int64 {
	if i < 64 {
		return int64(i)
	}
	shift := i/32 - 1
	return int64(i-shift*32) << shift
}

func mergeSizes(a, b []SizeCell) []SizeCell {
	if len(b) == 0 {
		return a
	}
	merged := make([]SizeCell, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].Least < b[0].Least:
			merged, a = append(merged, a[0]), a[1:]
		case a[0].Least > b[0].Least:
			merged, b = append(merged, b[0]), b[1:]
		default:
			merged = append(merged, SizeCell{a[0].Least, a[0].Arrivals + b[0].Arrivals, a[0].Successes + b[0].Successes})
			a, b = a[1:], b[1:]
		}
	}
	return append(append(merged, a...), b...)
}

// quartiles are the shares of successes among the smallest quarter of the
// arrivals, the next and so on. A cell across an edge counts in parts. Nil when
// all are of one size or fewer than four arrived.
func quartiles(cells []SizeCell) []float64 {
	total := int64(0)
	for _, c := range cells {
		total += c.Arrivals
	}
	if len(cells) < 2 || total < 4 {
		return nil
	}
	won := make([]float64, 4)
	quarter, from := float64(total)/4, 0.0
	for _, c := range cells {
		if c.Arrivals == 0 {
			continue
		}
		to := from + float64(c.Arrivals)
		for q := range won {
			part := min(to, quarter*float64(q+1)) - max(from, quarter*float64(q))
			won[q] += max(0, part) / quarter * float64(c.Successes) / float64(c.Arrivals)
		}
		from = to
	}
	return won
}

// jain is Jain's index of fairness, (Σy)²/(n·Σy²): 1 when all are served alike,
// 1/n when one has everything (Jain, Chiu, Hawe, DEC-TR-301, 1984).
func jain(ys []float64) float64 {
	sum, squares := 0.0, 0.0
	for _, y := range ys {
		sum += y
		squares += y * y
	}
	if squares == 0 {
		return 1
	}
	return sum * sum / (float64(len(ys)) * squares)
}
