package report

import (
	"slices"

	"ratecliff/metrics"
)

// PowerOf chooses how many seeds it takes to see a difference of detect (0 to 1)
// from the baseline, by the cells of a pilot. The difference is one in the share
// of the optimum where every cell has it, else in the share of successes; what
// counts is the strategy and setting whose paired differences deviate most.
func PowerOf(pilot []Cell, baseline string, detect float64) *Power {
	w := &Power{Metric: "optimum_share", Detect: round(detect)}
	if slices.ContainsFunc(pilot, func(c Cell) bool { return len(c.perRun[w.Metric]) == 0 }) {
		w.Metric = "success_ratio"
	}
	for _, b := range blocks(pilot) {
		group := b.cells
		at := max(0, slices.IndexFunc(group, func(c *Cell) bool { return c.Strategy == baseline }))
		for _, c := range group {
			w.Pilot = max(w.Pilot, len(c.perRun[w.Metric]))
			if s := round(metrics.Deviation(c.perRun[w.Metric], group[at].perRun[w.Metric])); s > w.Deviation || w.By == "" {
				w.Deviation, w.By = s, c.Label()
			}
		}
	}
	w.Seeds, w.Capped = metrics.SeedsFor(w.Deviation, detect)
	return w
}
