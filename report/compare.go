package report

import (
	"strings"

	"ratecliff/metrics"
)

// The outcomes of a difference.
const (
	tie = string(metrics.Tie)

	// other says that two strategies were not compared in a time: they do not
	// succeed equally often, so their times are those of different calls.
	other = "incomparable"
)

// paired compares two cells seed by seed (common random numbers). It is false
// where the runs are not paired or too few for an interval.
func paired(a, b *Cell, metric string) (Difference, bool) {
	x, y := a.perRun[metric], b.perRun[metric]
	if len(x) == 0 || len(x) != len(y) {
		return Difference{}, false
	}
	d := metrics.ComparePairedMetric(metric, x, y)
	return difference(&d), d.Confidence > 0
}

func difference(d *metrics.Difference) Difference {
	return Difference{
		Median: d.Median, Low: d.Low, High: d.High, Confidence: d.Confidence, N: d.N,
		P: d.P, Adjusted: d.Adjusted, Effect: d.Effect, Outcome: string(d.Verdict),
	}
}

// versus fills in the differences of a group against its baseline cell, for the
// metrics on show. Success comes first: where it differs, times are not compared.
func versus(group []*Cell, baseline string, family *metrics.Family) {
	var base *Cell
	for _, c := range group {
		if c.Strategy == baseline && base == nil {
			base = c
		}
	}
	if base == nil {
		return
	}
	for _, col := range compared(group) {
		var against []*Cell
		var values [][]float64
		for _, c := range group {
			if x := c.perRun[col.Metric]; c != base && len(x) > 0 && len(x) == len(base.perRun[col.Metric]) {
				against, values = append(against, c), append(values, x)
			}
		}
		found := family.Compare(col.Metric, base.perRun[col.Metric], values)
		for i, c := range against {
			if d := &found[i]; d.Confidence > 0 {
				c.differ(col.Metric, difference(d))
			}
		}
	}
	for _, c := range group {
		c.dropTimes()
	}
}

func (c *Cell) differ(metric string, d Difference) {
	if c.Versus == nil {
		c.Versus = map[string]Difference{}
	}
	c.Versus[metric] = d
}

// dropTimes takes back what was said of times where success differs.
func (c *Cell) dropTimes() {
	success, ok := c.Versus["success_ratio"]
	if !ok || success.Outcome == tie {
		return
	}
	for metric, d := range c.Versus {
		if strings.HasPrefix(metric, "response_time_ms") {
			d.Outcome = other
			c.Versus[metric] = d
		}
	}
}
