package chart

import (
	"math"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"ratecliff/report"
)

// price draws what an answer cost in attempts against how long it took: one
// point per strategy, crossed by its intervals. The lower left is the place to
// be.
func price(g group) (option, string, error) {
	waited := waitMetric(g.subjects)
	c := charts.NewScatter()
	c.SetGlobalOptions(global("price", "Attempts per success against response time, one point per strategy",
		opts.XAxis{Type: "value", Name: "attempts per success", Scale: opts.Bool(true)},
		opts.YAxis{Type: "log", Name: "response time " + quantile(waited)})...)
	for _, s := range g.subjects {
		x, y := s.cell.Metric("attempts_per_success"), s.cell.Metric(waited)
		if !x.Known() || !y.Known() || y.Value <= 0 {
			continue
		}
		item := opts.ScatterData{Name: s.cell.Strategy, Value: []any{number(x.Value), number(y.Value)}}
		c.AddSeries(s.cell.Strategy, []opts.ScatterData{item}, charts.WithSeriesOpts(func(series *charts.SingleSeries) {
			series.Symbol, series.SymbolSize = s.look.symbol, 11
			series.ItemStyle = &opts.ItemStyle{Color: s.look.colour}
		}))
	}
	o, err := finish(c, labelled("yAxis", "@ms"), labelled("xAxis", "@count"), spread(g, waited), fitLog(g),
		labelPoints(len(g.subjects)), hideLegend, set("tooltip", map[string]any{"trigger": "item", "confine": true, "valueFormatter": "@price"}))
	return o, waited, err
}

// waitMetric is the highest percentile that most strategies have.
func waitMetric(subjects []subject) string {
	found, most := "response_time_ms.p50", 0
	for _, metric := range []string{"response_time_ms.p99", "response_time_ms.p90", "response_time_ms.p50"} {
		n := 0
		for _, s := range subjects {
			if s.cell.Metric(metric).Known() {
				n++
			}
		}
		if n > most {
			found, most = metric, n
		}
	}
	return found
}

func quantile(metric string) string { return metric[len("response_time_ms."):] }

// labelPoints writes the names beside the points as long as they can be read.
func labelPoints(points int) func(option) {
	return func(o option) {
		for _, s := range o.series() {
			s["label"] = map[string]any{"show": points <= 25, "position": "right", "formatter": "@name", "fontSize": 12}
			s["labelLayout"] = map[string]any{"moveOverlap": "shiftY"}
			s["labelLine"] = map[string]any{"show": true, "lineStyle": map[string]any{"opacity": 0.4}}
			s["emphasis"] = map[string]any{"focus": "self"}
		}
	}
}

func hideLegend(o option) {
	o["legend"] = map[string]any{"show": false}
	if grids, ok := o["grid"].([]any); ok {
		grids[0].(map[string]any)["top"] = "36"
		grids[0].(map[string]any)["right"] = "150"
	}
}

// fitLog makes the attempts axis logarithmic where strategies differ by more
// than a factor of eight.
func fitLog(g group) func(option) {
	low, high := math.Inf(1), 0.0
	for _, s := range g.subjects {
		if m := s.cell.Metric("attempts_per_success"); m.Known() && m.Value > 0 {
			low, high = min(low, m.Value), max(high, m.Value)
		}
	}
	return func(o option) {
		if high > 8*low {
			axis("xAxis", "type", "log")(o)
		}
	}
}

// spread adds the intervals as hairlines through the points.
func spread(g group, waited string) func(option) {
	return func(o option) {
		list, _ := o["series"].([]any)
		for _, s := range g.subjects {
			x, y := s.cell.Metric("attempts_per_success"), s.cell.Metric(waited)
			if !x.Known() || !y.Known() || y.Value <= 0 || !x.Bounded() && !y.Bounded() {
				continue
			}
			list = append(list, map[string]any{
				"type": "line", "silent": true, "showSymbol": false, "tooltip": map[string]any{"show": false},
				"lineStyle": map[string]any{"width": 1.2, "color": s.look.colour, "opacity": 0.7},
				"data":      cross(x, y),
			})
		}
		o["series"] = list
	}
}

func cross(x, y report.Metric) []any {
	xl, xh := x.Bounds()
	yl, yh := y.Bounds()
	return []any{
		[]any{number(xl), number(y.Value)}, []any{number(xh), number(y.Value)}, []any{"-", "-"},
		[]any{number(x.Value), number(yl)}, []any{number(x.Value), number(yh)},
	}
}

// number is a float that marshals short.
func number(v float64) report.Number { return report.Number(v) }
