package report

import (
	"fmt"
	"slices"
	"strings"

	"ratecliff/metrics"
)

// Conclude ranks the cells, takes the paired differences against the baseline,
// marks the Pareto front, judges whether the order holds over the settings
// and from which load on an outage never ends, and writes the finding in one sentence. Call it once, on a document whose cells
// came from [NewCell]; a document read from a folder already has all of it. No winner is named inside the interval.
func (d *Document) Conclude() {
	groups, family := blocks(d.Cells), metrics.NewFamily(d.Seed)
	for _, b := range groups {
		for _, c := range b.cells {
			c.Rank, c.Versus = 0, nil
		}
		rank(b.cells)
		versus(b.cells, d.Baseline, family)
	}
	front(d.Cells)
	d.Stability = stability(d.Cells)
	d.Bands = Bands(d.Cells)
	d.Sentence = sentence(groups, d.Seeds)
}

// sentence is the finding over all settings, after so many runs per cell.
func sentence(groups []block, runs int) string {
	switch {
	case len(groups) == 0:
		return "Nothing was run."
	case len(groups) > 1:
		return acrossSettings(groups, runs)
	}
	group := groups[0].cells
	lead := first(group)
	switch {
	case len(group) == 1:
		return group[0].Entrant() + ": " + group[0].achieved() + "."
	case !distinguishable(group), tooFew(runs) && len(lead) == len(group):
		top := best(group)
		return fmt.Sprintf("%s %s came out ahead with %s; give %s seeds.", unnamed(runs), top.Entrant(), top.achieved(), enough(runs))
	case len(lead) == len(group):
		return fmt.Sprintf("No difference between the %d strategies is larger than chance: %s.", len(group), best(group).achieved())
	case len(lead) > 1:
		return fmt.Sprintf("%s share the lead over %d other%s, with no difference larger than chance between them: %s.",
			list(names(lead)), len(group)-len(lead), plural(len(group)-len(lead)), best(lead).achieved())
	}
	return fmt.Sprintf("%s comes out ahead of %d other%s: %s.",
		lead[0].Entrant(), len(group)-1, plural(len(group)-1), lead[0].achieved())
}

func acrossSettings(groups []block, runs int) string {
	wins := map[string]int{}
	var order []string
	for _, b := range groups {
		group, lead := b.cells, first(b.cells)
		if len(group) < 2 || len(lead) != 1 || !distinguishable(group) {
			continue
		}
		if wins[lead[0].Entrant()] == 0 {
			order = append(order, lead[0].Entrant())
		}
		wins[lead[0].Entrant()]++
	}
	if len(order) == 0 && runs > 0 && runs < leastRuns {
		return fmt.Sprintf("%d run%s per strategy cannot name a winner in any of the %d settings; give %s seeds.",
			runs, plural(runs), len(groups), enough(runs))
	}
	if len(order) == 0 {
		return fmt.Sprintf("No strategy comes out ahead in any of the %d settings by more than chance.", len(groups))
	}
	slices.SortStableFunc(order, func(a, b string) int { return wins[b] - wins[a] })
	if wins[order[0]] == len(groups) {
		return fmt.Sprintf("%s comes out ahead in each of the %d settings.", order[0], len(groups))
	}
	ties := len(groups)
	parts := make([]string, len(order))
	for i, name := range order {
		parts[i] = fmt.Sprintf("%s in %d", name, wins[name])
		ties -= wins[name]
	}
	if ties > 0 {
		parts = append(parts, fmt.Sprintf("nobody in %d", ties))
	}
	return fmt.Sprintf("Who comes out ahead depends on the setting: %s of %d.", list(parts), len(groups))
}

// leastRuns is the number of runs from which a median has an interval of 95 %:
// of five, even the range misses it in 2 × 2⁻⁵ = 6 % of all cases.
const leastRuns = 6

// tooFew reports whether there are several runs, and no interval yet.
func tooFew(runs int) bool { return runs > 1 && runs < leastRuns }

func unnamed(runs int) string {
	if runs > 1 {
		return fmt.Sprintf("%d runs cannot name a winner: over these seeds", runs)
	}
	return "One run cannot name a winner: on this seed"
}

func enough(runs int) string {
	if tooFew(runs) {
		return fmt.Sprintf("at least %d", leastRuns)
	}
	return "more"
}

// distinguishable reports whether any cell has an interval at all, so that
// being ahead can mean something.
func distinguishable(group []*Cell) bool {
	for _, c := range group {
		if c.Metric(completion(group...)).Bounded() {
			return true
		}
	}
	return false
}

// achieved is what the cell came to, in the words of a sentence.
func (c *Cell) achieved() string {
	var parts []string
	if m := c.Metric("success_ratio"); m.Known() {
		parts = append(parts, Format("success_ratio", m.Value)+" of the calls succeed")
	}
	if c.degrades() {
		m := c.Metric("degraded_ratio")
		parts = append(parts, Format("degraded_ratio", m.Value)+" of them by another model")
	}
	if m := c.Metric("attempts_per_success"); m.Known() {
		if m.Value == 1 {
			parts = append(parts, "one attempt each")
		} else {
			parts = append(parts, digits(m.Value)+" attempts per success")
		}
	}
	if m := c.Metric("response_time_ms.p99"); m.Known() {
		parts = append(parts, "99 of 100 answers within "+Format("response_time_ms.p99", m.Value))
	}
	if len(parts) == 0 {
		return "nothing could be measured"
	}
	return strings.Join(parts, ", ")
}

func first(group []*Cell) []*Cell {
	var lead []*Cell
	for _, c := range group {
		if c.Rank == 1 {
			lead = append(lead, c)
		}
	}
	return lead
}

func names(cells []*Cell) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = c.Entrant()
	}
	return out
}

// list joins words as a sentence does; beyond four it counts the rest.
func list(words []string) string {
	if len(words) > 4 {
		words = append(slices.Clone(words[:3]), fmt.Sprintf("%d more", len(words)-3))
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// Standing is the verdict on the expectations in a few words, "" when there are
// none.
func (d *Document) Standing() string {
	pass, fail, open := Tally(d.Verdicts)
	total := pass + fail + open
	switch {
	case total == 0:
		return ""
	case pass == total && total == 1:
		return "The expectation is met."
	case pass == total:
		return fmt.Sprintf("All %d expectations are met.", total)
	}
	parts := []string{fmt.Sprintf("%d of %d expectation%s met", pass, total, plural(total))}
	if fail > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", fail))
	}
	if open > 0 {
		parts = append(parts, fmt.Sprintf("%d inconclusive", open))
	}
	return strings.Join(parts, ", ") + "."
}

// Leader is the cell the page puts in front: the best of the cells that share
// the first place, of the first setting. Nil when nothing was run.
func (d *Document) Leader() *Cell {
	groups := blocks(d.Cells)
	if len(groups) == 0 {
		return nil
	}
	if lead := first(groups[0].cells); len(lead) > 0 {
		return best(lead)
	}
	return best(groups[0].cells)
}
