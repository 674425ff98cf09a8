package chart

import (
	"math"
	"strings"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"ratecliff/report"
)

// budget is how many points of all time series together the page may hold,
// some 200 KB of it.
const budget = 33_000

// perSeries is how many points one series gets when count of them share the
// budget.
func perSeries(count int) int {
	return min(report.MaxPoints, max(120, budget/max(1, count)))
}

// refusals draws what was refused and why, stacked, in attempts per second.
func refusals(s subject, points int) (option, error) {
	c := timeline("refusals", "Refused attempts over time, stacked by cause", "refused attempts per second")
	for _, series := range s.curves.Series {
		cause, ok := strings.CutPrefix(series.Name, "refused.")
		if !ok {
			continue
		}
		addLine(c, causeTitle(cause), perSecond(series.Values, s.curves.BinSeconds), points, func(l *charts.SingleSeries) {
			l.Stack, l.Step = "refused", "end"
			l.LineStyle = &opts.LineStyle{Width: 0.5, Color: colourOf(cause)}
			l.AreaStyle = &opts.AreaStyle{Color: colourOf(cause), Opacity: opts.Float(0.75)}
			l.ItemStyle = &opts.ItemStyle{Color: colourOf(cause)}
		})
	}
	return finishTimeline(c, s, points, "@rate", "@count")
}

// remaining draws what the server said was left of each limit, as a share of
// the bucket where its size is known and of the most ever seen where not.
func remaining(s subject, points int) (option, error) {
	c := timeline("remaining", "Remaining quota as the server advertised it", remainingTitle(s))
	for _, name := range []string{"rpm", "itpm", "otpm"} {
		values := s.curves.Find("remaining." + name)
		if values == nil {
			continue
		}
		addLine(c, causeTitle(name), shareOf(values, s.curves.Capacity[name]), points, func(l *charts.SingleSeries) {
			l.LineStyle = &opts.LineStyle{Width: 1.8, Color: colourOf(name)}
			l.ItemStyle = &opts.ItemStyle{Color: colourOf(name)}
		})
	}
	return finishTimeline(c, s, points, "@percent", "@percent")
}

func remainingTitle(s subject) string {
	if len(s.curves.Capacity) > 0 {
		return "remaining, % of the bucket"
	}
	return "remaining, % of the most seen"
}

// crowd draws how many calls were where.
func crowd(s subject, points int) (option, error) {
	c := timeline("crowd", "Calls waiting, in flight and asleep between attempts over time", "calls")
	for _, name := range []string{"waiting", "in_flight", "sleeping"} {
		if values := s.curves.Find(name); values != nil {
			addLine(c, crowdTitle(name), values, points, func(l *charts.SingleSeries) {
				l.LineStyle = &opts.LineStyle{Width: 1.8, Color: colourOf(name)}
				l.ItemStyle = &opts.ItemStyle{Color: colourOf(name)}
			})
		}
	}
	return finishTimeline(c, s, points, "@rate", "@count")
}

func crowdTitle(name string) string {
	switch name {
	case "waiting":
		return "waiting in the queue"
	case "in_flight":
		return "in flight"
	}
	return "asleep before a retry"
}

func causeTitle(cause string) string {
	switch cause {
	case "rpm", "itpm", "otpm":
		return strings.ToUpper(cause)
	case "unnamed":
		return "429, limit not named"
	case "overloaded":
		return "overloaded (529)"
	case "failed":
		return "failed or timed out"
	}
	return cause
}

func timeline(id, description, unit string) *charts.Line {
	c := charts.NewLine()
	c.SetGlobalOptions(global(id, description, opts.XAxis{Type: "value", Name: "time since the start"},
		opts.YAxis{Type: "value", Name: unit})...)
	return c
}

func addLine(c *charts.Line, name string, values []report.Number, points int, how func(*charts.SingleSeries)) {
	thinned := thin(values, points)
	data := make([]opts.LineData, len(thinned))
	for i, v := range thinned {
		data[i].Value = v
	}
	c.AddSeries(name, data, charts.WithSeriesOpts(func(s *charts.SingleSeries) {
		s.ShowSymbol = opts.Bool(false)
		how(s)
	}))
}

func finishTimeline(c *charts.Line, s subject, points int, value, label string) (option, error) {
	bins := 0
	for _, series := range s.curves.Series {
		bins = max(bins, len(series.Values))
	}
	step := s.curves.BinSeconds * float64(stride(bins, points))
	return finish(c, slim, leftAligned, labelled("xAxis", "@clock"), labelled("yAxis", label), tooltip(value, "@clockAt"),
		set("step", number(step)), axis("xAxis", "interval", tick(s.curves.BinSeconds*float64(bins))), axis("xAxis", "max", number(s.curves.BinSeconds*float64(bins))),
		each("emphasis", map[string]any{"disabled": true}), each("symbol", "circle"))
}

// tick is the distance of the ticks of a time axis in seconds: at most eight,
// at full minutes or hours where it can be.
func tick(length float64) float64 {
	steps := []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400}
	for _, s := range steps {
		if length/s <= 8 {
			return s
		}
	}
	return math.Ceil(length/8/86400) * 86400
}

// leftAligned lets the long unit of the y axis start at the edge of the chart.
func leftAligned(o option) {
	axis("yAxis", "nameTextStyle", map[string]any{"align": "left", "padding": []int{0, 0, 0, -56}})(o)
}

func perSecond(values []report.Number, bin float64) []report.Number {
	out := make([]report.Number, len(values))
	for i, v := range values {
		out[i] = v / report.Number(bin)
	}
	return out
}

func shareOf(values []report.Number, capacity report.Number) []report.Number {
	whole := float64(capacity)
	if whole <= 0 {
		for _, v := range values {
			if f := float64(v); f > whole {
				whole = f
			}
		}
	}
	out := make([]report.Number, len(values))
	for i, v := range values {
		out[i] = report.Number(100 * float64(v) / max(whole, 1e-9))
	}
	return out
}

func stride(length, points int) int { return max(1, (length+points-1)/points) }

// thin averages neighbours until at most points are left. Unknown values do not
// count; a stretch without a known one stays unknown.
func thin(values []report.Number, points int) []report.Number {
	step := stride(len(values), points)
	if step == 1 {
		return values
	}
	out := make([]report.Number, 0, points)
	for from := 0; from < len(values); from += step {
		sum, n := 0.0, 0
		for _, v := range values[from:min(len(values), from+step)] {
			if f := float64(v); !math.IsNaN(f) {
				sum, n = sum+f, n+1
			}
		}
		if n == 0 {
			out = append(out, report.Number(math.NaN()))
			continue
		}
		out = append(out, report.Number(sum/float64(n)))
	}
	return out
}
