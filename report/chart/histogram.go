package chart

import (
	"math"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"ratecliff/report"
)

// histogram draws how long the successes took, and beside them, never mixed,
// how long it took until the failures were given up.
func histogram(s subject) (option, error) {
	ok, lost := s.curves.Spread("response", report.OfSuccess), s.curves.Spread("response", report.OfFailure)
	edges := edgesOf(ok, lost)
	c := charts.NewBar()
	c.SetGlobalOptions(global("histogram", "How many arrivals took how long, successes and failures apart",
		opts.XAxis{Type: "category", Name: "response time"}, opts.YAxis{Type: "value", Name: "arrivals, all seeds"})...)
	names := make([]string, len(edges))
	for i, e := range edges {
		names[i] = report.FormatUnit(report.Millis, e)
	}
	c.SetXAxis(names)
	for _, part := range []struct {
		name, colour string
		of           *report.Distribution
	}{{"answered", colourOf("ok"), ok}, {"given up", colourOf("failure"), lost}} {
		if part.of == nil {
			continue
		}
		c.AddSeries(part.name, barData(edges, part.of), charts.WithSeriesOpts(func(b *charts.SingleSeries) {
			b.ItemStyle = &opts.ItemStyle{Color: part.colour}
			b.BarCategoryGap, b.BarGap = "8%", "0%"
		}))
	}
	return finish(c, slim, labelled("xAxis", ""), labelled("yAxis", "@count"), tooltip("@count", ""))
}

// edgesOf are the lower edges of all bars from the first to the last that has a
// value, gaps included, so that distances on the axis stay true.
func edgesOf(parts ...*report.Distribution) []float64 {
	low, high := math.MaxInt, math.MinInt
	for _, d := range parts {
		if d == nil {
			continue
		}
		for _, b := range d.Bars {
			k := slot(b.FromMs)
			low, high = min(low, k), max(high, k)
		}
	}
	var out []float64
	for k := low; k <= high; k++ {
		out = append(out, math.Pow(10, float64(k)/report.PerDecade))
	}
	return out
}

func slot(from report.Number) int {
	return int(math.Round(math.Log10(float64(from)) * report.PerDecade))
}

func barData(edges []float64, d *report.Distribution) []opts.BarData {
	out := make([]opts.BarData, len(edges))
	first := slot(report.Number(edges[0]))
	for i := range out {
		out[i].Value = 0
	}
	for _, b := range d.Bars {
		out[slot(b.FromMs)-first].Value = b.Count
	}
	return out
}
