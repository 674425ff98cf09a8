package chart

import (
	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"ratecliff/report"
)

// percentiles draws the response time of every strategy of a group over
// x = 1/(1−q) on a logarithmic axis, as in the HDR percentile plot: each step
// to the right is ten times rarer.
func percentiles(g group) (option, error) {
	c := percentileChart("percentiles", "Response time percentiles of the successes, one line per strategy")
	for _, s := range g.subjects {
		if s.curves == nil {
			continue
		}
		width := float32(1.6)
		if s.cell.Rank == 1 {
			width = 3
		}
		addPercentiles(c, s.cell.Entrant(), s.curves.Spread("response", report.OfSuccess),
			opts.LineStyle{Color: s.look.colour, Type: s.look.dash, Width: width})
	}
	return finishPercentiles(c)
}

// anatomy draws the latencies of one strategy in the same way: what an answer
// took from its due instant, and what that was made of.
func anatomy(s subject) (option, error) {
	c := percentileChart("anatomy", "Percentiles of response time, service time, queue wait and backoff of one strategy")
	for _, name := range []string{"response", "queue_wait", "backoff", "service", "ttft"} {
		addPercentiles(c, latencyTitle(name), s.curves.Spread(name, report.OfSuccess), opts.LineStyle{Color: colourOf(name), Width: 2})
	}
	return finishPercentiles(c)
}

func latencyTitle(name string) string {
	switch name {
	case "response":
		return "response (due to end)"
	case "service":
		return "service (last attempt)"
	case "ttft":
		return "first token"
	case "queue_wait":
		return "queue wait"
	}
	return name
}

func percentileChart(id, description string) *charts.Line {
	c := charts.NewLine()
	c.SetGlobalOptions(global(id, description, opts.XAxis{Type: "log", Name: "share of the answers that were faster"},
		opts.YAxis{Type: "log", Name: "time"})...)
	return c
}

func addPercentiles(c *charts.Line, name string, d *report.Distribution, style opts.LineStyle) {
	if d == nil {
		return
	}
	var data []opts.LineData
	for _, p := range d.Percentiles {
		if p.Ms > 0 {
			data = append(data, opts.LineData{Value: []report.Number{p.OneIn, p.Ms}})
		}
	}
	if len(data) == 0 {
		return
	}
	c.AddSeries(name, data, charts.WithSeriesOpts(func(s *charts.SingleSeries) {
		s.ShowSymbol = opts.Bool(false)
		s.LineStyle = &style
		s.ItemStyle = &opts.ItemStyle{Color: style.Color}
	}))
}

func finishPercentiles(c *charts.Line) (option, error) {
	return finish(c, labelled("xAxis", "@percentile"), labelled("yAxis", "@ms"), tooltip("@ms", "@percentileAt"), slim,
		each("emphasis", map[string]any{"focus": "series"}), each("symbol", "circle"))
}

// slim writes points as bare values instead of an object each.
func slim(o option) {
	for _, s := range o.series() {
		list, _ := s["data"].([]any)
		for i, item := range list {
			if tree, ok := item.(map[string]any); ok && len(tree) == 1 {
				if v, ok := tree["value"]; ok {
					list[i] = v
				}
			}
		}
	}
}
