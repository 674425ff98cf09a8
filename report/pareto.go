package report

import (
	"cmp"
	"slices"
)

// front marks the cells that nobody beats both ways: those for which no cell that
// met the same world has more success for no more attempts, or as much for fewer.
// An answer by another model than the one wanted is no success here.
// A cell alone in its world is not marked.
func front(cells []Cell) {
	for i := range cells {
		cells[i].Pareto = false
	}
	for _, b := range blocks(cells) {
		for _, c := range b.cells {
			c.Pareto = len(b.cells) > 1 && c.priced() && !beaten(c, b.cells)
		}
	}
}

// priced says whether a cell has a place on the plane of success and attempts.
func (c *Cell) priced() bool {
	return c.Metric("success_ratio").Known() && c.Metric("attempts_per_success").Known()
}

func beaten(c *Cell, by []*Cell) bool {
	metric := completion(by...)
	success, attempts := round(c.Metric(metric).Value), round(c.Metric("attempts_per_success").Value)
	for _, o := range by {
		if o == c || !o.priced() {
			continue
		}
		s, a := round(o.Metric(metric).Value), round(o.Metric("attempts_per_success").Value)
		if s >= success && a <= attempts && (s > success || a < attempts) {
			return true
		}
	}
	return false
}

// Front is the Pareto front of one world: most success first.
type Front struct {
	World Settings
	Cells []*Cell
}

// Fronts are the cells on the Pareto front of success against attempts per
// success, world by world. They are worth showing where a client's own settings
// were swept; it is empty else.
func (d *Document) Fronts() []Front {
	swept := false
	for i := range d.Cells {
		_, client := d.Cells[i].Settings.split()
		swept = swept || len(client) > 0
	}
	if !swept {
		return nil
	}
	var out []Front
	for _, b := range blocks(d.Cells) {
		f := Front{World: b.world}
		for _, c := range b.cells {
			if c.Pareto {
				f.Cells = append(f.Cells, c)
			}
		}
		if len(f.Cells) > 0 {
			f.sort()
			out = append(out, f)
		}
	}
	return out
}

func (f *Front) sort() {
	metric := completion(f.Cells...)
	slices.SortStableFunc(f.Cells, func(a, b *Cell) int {
		return cmp.Or(cmp.Compare(b.Metric(metric).Value, a.Metric(metric).Value),
			cmp.Compare(a.Metric("attempts_per_success").Value, b.Metric("attempts_per_success").Value))
	})
}
