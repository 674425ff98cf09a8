package compare

import (
	"fmt"
	"slices"
	"strings"

	"ratecliff/metrics"
	"ratecliff/report"
)

// gathered turns the cells that are complete into a result.
func gathered(cells []*report.Gathered) *Result {
	out := &Result{}
	var complete []*report.Gathered
	for _, g := range cells {
		if g == nil {
			continue
		}
		complete = append(complete, g)
		out.Cells = append(out.Cells, g.Cell)
		out.Charts = append(out.Charts, g.Charts)
		if g.Merged != nil {
			out.Intervals = append(out.Intervals, metrics.Section{Name: label(&g.Cell), Of: g.Merged})
		}
	}
	out.Confessions = report.Confess(complete...)
	if missing := len(cells) - len(complete); missing > 0 {
		out.confess("partial", missing, fmt.Sprintf("%d of %d cells were not finished and are left out", missing, len(cells)))
	}
	return out
}

// label names a cell in the tags of intervals.hlog.
func label(c *report.Cell) string {
	if len(c.Settings) == 0 {
		return c.Strategy
	}
	return c.Strategy + "[" + c.Settings.String() + "]"
}

func (r *Result) confess(kind string, count int, text string) {
	r.Confessions = append(r.Confessions, report.Confession{Kind: kind, Count: int64(count), Text: text})
}

// confessCapped names the runs that were ended by the event cap.
func (r *Result) confessCapped(runs []string) {
	if len(runs) == 0 {
		return
	}
	slices.Sort(runs)
	text := strings.Join(runs[:min(3, len(runs))], "; ")
	if len(runs) > 3 {
		text += fmt.Sprintf("; and %d more", len(runs)-3)
	}
	r.confess("event_cap", len(runs), "a runaway strategy was stopped by the event cap: "+text)
}
