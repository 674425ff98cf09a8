package chart

import (
	"fmt"
	"math"
	"strings"

	"ratecliff/report"
)

// grid is the table that stands under a chart: the same facts in words.
type grid struct {
	Index int
	Head  []string
	Rows  [][]string
}

// figure is a chart that compares, with a table per setting.
type figure struct {
	ID     string
	Tables []grid
}

// maxRows is how long the table under a time chart may get.
const maxRows = 24

func priceTable(i int, g group, done string) grid {
	out := grid{Index: i, Head: []string{"strategy", "attempts per success", completionTitle(done)}}
	for _, s := range g.subjects {
		out.Rows = append(out.Rows, []string{
			s.cell.Entrant(),
			s.cell.Metric(attempts).Text(attempts), s.cell.Metric(done).Text(done),
		})
	}
	return out
}

// percentilePoints are the columns of percentile tables, as 1/(1−q).
func percentilePoints() []float64 { return []float64{2, 10, 20, 100, 1000} }

func percentileHead(first string) []string {
	return []string{first, "p50", "p90", "p95", "p99", "p99.9", "samples"}
}

func percentileRow(name string, d *report.Distribution) []string {
	row := []string{name}
	for _, x := range percentilePoints() {
		row = append(row, at(d, x))
	}
	return append(row, report.FormatUnit(report.Plain, float64(d.Count)))
}

// at reads a percentile off the curve, between its points in proportion.
func at(d *report.Distribution, oneIn float64) string {
	for i := 1; i < len(d.Percentiles); i++ {
		a, b := d.Percentiles[i-1], d.Percentiles[i]
		if float64(b.OneIn) >= oneIn*(1-1e-6) {
			qa, qb, q := 1-1/float64(a.OneIn), 1-1/float64(b.OneIn), 1-1/oneIn
			share := min(1, (q-qa)/(qb-qa))
			return report.FormatUnit(report.Millis, float64(a.Ms)+share*float64(b.Ms-a.Ms))
		}
	}
	return "–"
}

func percentileTable(i int, g group) grid {
	out := grid{Index: i, Head: percentileHead("strategy")}
	for _, s := range g.subjects {
		if s.curves == nil {
			continue
		}
		if d := s.curves.Spread("response", report.OfSuccess); d != nil {
			out.Rows = append(out.Rows, percentileRow(s.cell.Entrant(), d))
		}
	}
	return out
}

func anatomyGrid(s subject) grid {
	out := grid{Head: percentileHead("successes")}
	for _, name := range []string{"response", "queue_wait", "backoff", "service", "ttft"} {
		if d := s.curves.Spread(name, report.OfSuccess); d != nil {
			out.Rows = append(out.Rows, percentileRow(latencyTitle(name), d))
		}
	}
	return out
}

func histogramGrid(s subject) grid {
	ok, lost := s.curves.Spread("response", report.OfSuccess), s.curves.Spread("response", report.OfFailure)
	out := grid{Head: []string{"response time", "answered", "given up"}}
	edges := edgesOf(ok, lost)
	if len(edges) == 0 {
		return out
	}
	first := slot(report.Number(edges[0]))
	counts := make([][2]int64, len(edges))
	for part, d := range []*report.Distribution{ok, lost} {
		if d == nil {
			continue
		}
		for _, b := range d.Bars {
			counts[slot(b.FromMs)-first][part] = b.Count
		}
	}
	for i, n := range counts {
		if n[0]+n[1] == 0 {
			continue
		}
		to := edges[i] * math.Pow(10, 1.0/report.PerDecade)
		out.Rows = append(out.Rows, []string{
			report.FormatUnit(report.Millis, edges[i]) + " to " + report.FormatUnit(report.Millis, to),
			report.FormatUnit(report.Plain, float64(n[0])), report.FormatUnit(report.Plain, float64(n[1])),
		})
	}
	return out
}

func timeGrid(s subject, prefix string) grid {
	var names []string
	for _, series := range s.curves.Series {
		if strings.HasPrefix(series.Name, prefix) {
			names = append(names, series.Name)
		}
	}
	title := func(name string) string {
		t := causeTitle(strings.TrimPrefix(name, prefix))
		if prefix == "refused." {
			t += " per s"
		}
		return t
	}
	scale := 1.0
	if prefix == "refused." {
		scale = s.curves.BinSeconds
	}
	return timeRows(s, names, title, scale)
}

func crowdGrid(s subject) grid {
	return timeRows(s, []string{"waiting", "in_flight", "sleeping"}, crowdTitle, 1)
}

// timeRows averages the curves into a few rows.
func timeRows(s subject, names []string, title func(string) string, scale float64) grid {
	out := grid{Head: []string{"from"}}
	var columns [][]report.Number
	length := 0
	for _, name := range names {
		values := s.curves.Find(name)
		if values == nil {
			continue
		}
		length = len(values)
		columns = append(columns, thin(values, maxRows))
		out.Head = append(out.Head, title(name))
	}
	if len(columns) == 0 {
		return out
	}
	step := float64(stride(length, maxRows)) * s.curves.BinSeconds
	for i := range columns[0] {
		row := []string{elapsed(float64(i) * step)}
		for _, c := range columns {
			row = append(row, plain(float64(c[i])/scale))
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

func plain(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return report.FormatUnit(report.Plain, v)
}

func elapsed(seconds float64) string {
	s := int(seconds)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// classGrid has a row per traffic class, with the metrics classes have.
func classGrid(c *report.Cell) grid {
	if len(c.Classes) == 0 {
		return grid{}
	}
	columns := []struct{ metric, title string }{
		{"success_ratio", "success"},
		{"response_time_ms.p50", "response p50"},
		{"response_time_ms.p90", "response p90"},
		{"response_time_ms.p99", "response p99"},
		{"goodput_per_min", "answers per min"},
	}
	out := grid{Head: []string{"class", "arrivals"}}
	for _, col := range columns {
		out.Head = append(out.Head, col.title)
	}
	for _, class := range c.Classes {
		row := []string{class.Name, report.FormatUnit(report.Plain, float64(class.Arrivals))}
		for _, col := range columns {
			m, ok := class.Metrics[col.metric]
			switch {
			case !ok || !m.Known():
				row = append(row, "–")
			default:
				row = append(row, m.Text(col.metric))
			}
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}
