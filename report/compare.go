package report

import "ratecliff/metrics"

const tie = string(metrics.Tie)

// paired compares two cells seed by seed (common random numbers). It is false
// where the runs are not paired or too few for an interval.
func paired(a, b *Cell, metric string) (Difference, bool) {
	x, y := a.perRun[metric], b.perRun[metric]
	if len(x) == 0 || len(x) != len(y) {
		return Difference{}, false
	}
	d := metrics.ComparePairedMetric(metric, x, y)
	if d.Confidence == 0 {
		return Difference{}, false
	}
	return Difference{
		Median: d.Median, Low: d.Low, High: d.High, Confidence: d.Confidence, N: d.N, Outcome: string(d.Verdict),
	}, true
}

// versus fills in the differences of a group against its baseline cell, for the
// metrics on show.
func versus(group []*Cell, baseline string) {
	var base *Cell
	for _, c := range group {
		if c.Strategy == baseline {
			base = c
		}
	}
	if base == nil {
		return
	}
	for _, c := range group {
		if c == base {
			continue
		}
		for _, col := range shown() {
			if d, ok := paired(c, base, col.Metric); ok {
				if c.Versus == nil {
					c.Versus = map[string]Difference{}
				}
				c.Versus[col.Metric] = d
			}
		}
	}
}
