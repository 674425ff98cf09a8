package report

import "slices"

// criteria are the metrics cells are ranked by, the most important first: an
// answer at all, then one in time where an objective says what that is, then what
// it cost in attempts, then how long it took.
func criteria(cells ...*Cell) []string {
	return []string{completion(cells...), "slo_ratio", "attempts_per_success", "response_time_ms.p99"}
}

// completion is the metric that says how many were answered. Where somebody
// answered by another model than the one wanted, such answers do not count: no
// strategy comes out ahead by answering with the wrong model.
func completion(cells ...*Cell) string {
	if slices.ContainsFunc(cells, (*Cell).degrades) {
		return useful
	}
	return "success_ratio"
}

const useful = "useful_ratio"

func (c *Cell) degrades() bool { return c.Metric("degraded_ratio").Value > 0 }

// best is the cell with the highest completion and, among equals, the most in
// time and then the fewest attempts per success, by the values alone. Later criteria and then the order
// of the cells break what ties are left.
func best(group []*Cell) *Cell {
	top := group[0]
	for _, c := range group[1:] {
		if ahead(c, top) {
			top = c
		}
	}
	return top
}

func ahead(a, b *Cell) bool {
	for _, metric := range criteria(a, b) {
		switch compareValues(a.Metric(metric), b.Metric(metric), Better(metric)) {
		case 1:
			return true
		case -1:
			return false
		}
	}
	return false
}

// compareValues is 1 where a is the better value. A known value beats a
// withheld one.
func compareValues(a, b Metric, better int) int {
	switch {
	case !a.Known() && !b.Known():
		return 0
	case !b.Known():
		return 1
	case !a.Known():
		return -1
	}
	d := (a.Value - b.Value) * float64(better)
	switch {
	case d > 0:
		return 1
	case d < 0:
		return -1
	}
	return 0
}

// rank gives every cell of a group its place. The leaders are found by
// elimination: of all cells keep those that cannot be told from the one with
// the best completion, of these those that cannot be told from the one with
// the fewest attempts, and so on; what is left shares the place. Then the same
// again without them.
func rank(group []*Cell) {
	for i, place := range placesOf(group) {
		group[i].Rank = place
	}
}

// placesOf are the places of the cells of a group, one each.
func placesOf(group []*Cell) []int {
	at := make(map[*Cell]int, len(group))
	place := 1
	for _, tier := range tiers(group) {
		for _, c := range tier {
			at[c] = place
		}
		place += len(tier)
	}
	out := make([]int, len(group))
	for i, c := range group {
		out[i] = at[c]
	}
	return out
}

// tiers are the cells of a group that share a place, the first place first.
func tiers(group []*Cell) [][]*Cell {
	var out [][]*Cell
	left := slices.Clone(group)
	for len(left) > 0 {
		lead := leaders(left)
		out = append(out, lead)
		left = slices.DeleteFunc(left, func(c *Cell) bool { return slices.Contains(lead, c) })
	}
	return out
}

func leaders(cells []*Cell) []*Cell {
	for _, metric := range criteria(cells...) {
		top := cells[0]
		for _, c := range cells[1:] {
			if compareValues(c.Metric(metric), top.Metric(metric), Better(metric)) > 0 {
				top = c
			}
		}
		var kept []*Cell
		for _, c := range cells {
			if c == top || tied(c, top, metric) {
				kept = append(kept, c)
			}
		}
		cells = kept
	}
	return cells
}

// tied reports whether two cells cannot be told apart in a metric: equal, or a
// paired difference over the seeds that may be zero, or (without paired runs)
// intervals that overlap. Without intervals everything ties but what is
// withheld: one run tells nobody ahead.
func tied(a, b *Cell, metric string) bool {
	x, y := a.Metric(metric), b.Metric(metric)
	if !x.Known() || !y.Known() {
		return x.Known() == y.Known()
	}
	if round(x.Value) == round(y.Value) {
		return true
	}
	if d, ok := paired(a, b, metric); ok {
		return d.Outcome == tie
	}
	return overlap(x, y)
}

func overlap(x, y Metric) bool {
	if !x.Bounded() || !y.Bounded() {
		return true
	}
	return x.Low <= y.High && y.Low <= x.High
}
