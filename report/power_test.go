package report

import (
	"strings"
	"testing"

	"ratecliff/metrics"
)

func TestPowerOfAPilot(t *testing.T) {
	t.Parallel()
	var base, steady, shaky []*metrics.Snapshot
	for i := range 10 {
		base, steady = append(base, played(20, 10)), append(steady, played(20, 5))
		shaky = append(shaky, played(20, 9+2*(i%2))) // 0.05 above and below: deviation 0.0527
	}
	cells := []Cell{NewCell("base", nil, base), NewCell("steady", nil, steady), NewCell("shaky", nil, shaky)}
	w := PowerOf(cells, "base", 0.01)
	if w.Metric != "success_ratio" || w.By != "shaky" || w.Pilot != 10 || w.Seeds != 107 || w.Capped {
		t.Errorf("%+v", w)
	}
	if w = PowerOf(cells, "base", 0.005); w.Seeds != 200 || !w.Capped || !strings.Contains(w.Text(), "would take more") {
		t.Errorf("%+v", w)
	}
	if w = PowerOf(cells[:2], "base", 0.01); w.Seeds != 20 {
		t.Errorf("what does not vary takes the least: %+v", w)
	}
}
