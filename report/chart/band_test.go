package chart_test

import (
	"bytes"
	"strings"
	"testing"

	"ratecliff/report"
	"ratecliff/report/chart"
	"ratecliff/report/reporttest"
)

// The loads between which an outage decides have a section of their own, only
// where there are any.
func TestPageShowsBands(t *testing.T) {
	t.Parallel()
	d := reporttest.Sample(2)
	for _, with := range []bool{false, true} {
		if with {
			d.Bands = []report.Band{{Strategy: "full-jitter", Recovers: "40/min", Survives: "80/min", Sustains: &report.Metric{Value: 7.9, N: 3}}}
		}
		var b bytes.Buffer
		if err := chart.HTML(&b, d); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(b.String(), "After the outage") && strings.Contains(b.String(), "80/min"); got != with {
			t.Errorf("with bands %v, shown %v", with, got)
		}
	}
}
