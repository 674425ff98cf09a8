package report

import (
	"strings"
	"testing"
)

// Who answers everything, half of it with the wrong model, comes after who
// answers fewer with the right one, though not after who answers fewer still.
func TestNobodyWinsByTheWrongModel(t *testing.T) {
	t.Parallel()
	one, soon := metricOf(1, 1, 1), metricOf(100, 90, 110)
	by := func(name string, success, wanted float64, attempts Metric) Cell {
		c := cellOf(name, metricOf(success, success, success), attempts, soon)
		c.Metrics[useful] = metricOf(wanted, wanted, wanted)
		c.Metrics["degraded_ratio"] = metricOf(1-wanted/success, 1-wanted/success, 1-wanted/success)
		return c
	}
	cells := []Cell{by("fallback", 1, 0.5, one), by("patient", 0.9, 0.9, metricOf(3, 2.9, 3.1)), by("gives-up", 0.4, 0.4, one)}
	d := &Document{Cells: cells}
	d.Conclude()
	for i, want := range []int{2, 1, 3} {
		if d.Cells[i].Rank != want {
			t.Errorf("%s: place %d, want %d", d.Cells[i].Strategy, d.Cells[i].Rank, want)
		}
	}
	if !strings.HasPrefix(d.Sentence, "patient comes out ahead") {
		t.Errorf("sentence: %s", d.Sentence)
	}
	if got := d.Cells[0].achieved(); !strings.Contains(got, "50.0 % of them by another model") {
		t.Errorf("achieved: %s", got)
	}
	for i, want := range []bool{true, true, false} {
		if d.Cells[i].Pareto != want {
			t.Errorf("%s: on the front %v, want %v", d.Cells[i].Strategy, d.Cells[i].Pareto, want)
		}
	}
	if c := d.Tables()[0].Columns[1]; c.Metric != useful {
		t.Errorf("second column is %s", c.Metric)
	}

	// Alone among themselves the others are ranked and shown as ever.
	d = &Document{Cells: []Cell{by("patient", 0.9, 0.9, one), by("gives-up", 0.4, 0.4, one)}}
	d.Conclude()
	if d.Cells[0].Rank != 1 || d.Tables()[0].Columns[1].Metric == useful || completion(&d.Cells[0]) != "success_ratio" {
		t.Error("nobody fell back, and yet that is on show")
	}
}
