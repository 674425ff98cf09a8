package chart

import (
	"cmp"
	"math"
	"slices"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"ratecliff/report"
)

const attempts = "attempts_per_success"

// price draws what an answer cost in attempts against how much was completed:
// one point per strategy, crossed by its intervals. The upper left is the place
// to be. Completion is the share of the optimum, which has both in it, how many
// were answered and how soon; the wait of the successes alone would favour
// those who give up early.
func price(g group) (option, string, error) {
	done := completion(g.subjects)
	points := pointsOf(g, done)
	x, y := attemptsAxis(points), completionAxis(done, points)
	c := charts.NewScatter()
	c.SetGlobalOptions(global("price", "Attempts per success against completion, one point per strategy", x, y)...)
	for _, p := range points {
		item := opts.ScatterData{Name: p.name, Value: []any{number(p.x.Value), number(p.y.Value * p.scale)}}
		c.AddSeries(p.name, []opts.ScatterData{item}, charts.WithSeriesOpts(func(series *charts.SingleSeries) {
			series.Symbol, series.SymbolSize = p.look.symbol, 11
			series.ItemStyle = &opts.ItemStyle{Color: p.look.colour}
		}))
	}
	value := "@pricePerMin"
	if report.UnitOf(done) == report.Ratio {
		value = "@priceShare"
	}
	o, err := finish(c, labelled("yAxis", "@count"), labelled("xAxis", "@count"), labelPoints(points, x, y), spread(points),
		roomy, leftAligned, set("tooltip", map[string]any{"trigger": "item", "confine": true, "valueFormatter": value}))
	return o, done, err
}

// point is one strategy on the plane.
type point struct {
	name  string
	look  look
	x, y  report.Metric
	scale float64 // of y, from the metric's unit to the axis's
}

// pointsOf leaves out whoever has no value on either axis; the table under the
// chart says why.
func pointsOf(g group, done string) []point {
	scale := 1.0
	if report.UnitOf(done) == report.Ratio {
		scale = 100
	}
	var out []point
	for _, s := range g.subjects {
		x, y := s.cell.Metric(attempts), s.cell.Metric(done)
		if x.Known() && y.Known() && x.Value > 0 {
			out = append(out, point{s.cell.Entrant(), s.look, x, y, scale})
		}
	}
	return out
}

// completion is the metric of the upright axis: the share of the optimum, or
// the answers per minute where the optimum is not known.
func completion(subjects []subject) string {
	for _, metric := range []string{"optimum_share", "goodput_per_min"} {
		if slices.ContainsFunc(subjects, func(s subject) bool { return s.cell.Metric(metric).Known() }) {
			return metric
		}
	}
	return "success_ratio"
}

func completionTitle(metric string) string {
	switch metric {
	case "optimum_share":
		return "% of the optimum"
	case "goodput_per_min":
		return "answers per minute"
	}
	return "% answered"
}

// attemptsAxis is logarithmic where strategies differ by more than a factor of
// four.
func attemptsAxis(points []point) opts.XAxis {
	low, high := math.Inf(1), 0.0
	for _, p := range points {
		low, high = min(low, p.x.Value), max(high, p.x.Value)
	}
	x := opts.XAxis{Type: "value", Name: "attempts per success"}
	if len(points) == 0 {
		return x
	}
	if high > 4*low {
		x.Type, x.Min, x.Max = "log", number(min(1, math.Floor(low*10)/10)), number(ceil125(high*1.1))
		return x
	}
	x.Min, x.Max = number(math.Floor(low)), number(math.Ceil(high+0.2))
	return x
}

// ceil125 is the next of 1, 2, 5, 10, 20, … .
func ceil125(v float64) float64 {
	decade := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{1, 2, 5} {
		if v <= step*decade {
			return step * decade
		}
	}
	return 10 * decade
}

func completionAxis(metric string, points []point) opts.YAxis {
	y := opts.YAxis{Type: "value", Name: completionTitle(metric), Min: 0, Max: 100}
	if report.UnitOf(metric) != report.Ratio {
		high := 0.0
		for _, p := range points {
			high = max(high, p.y.Value)
		}
		step := math.Pow(10, math.Floor(math.Log10(max(high, 1))))
		y.Max = number(math.Ceil(high/step*2+0.2) / 2 * step)
	}
	return y
}

// labelPoints writes the names beside the points, moved up or down where they
// would cover each other; beyond 25 strategies only the pointer names them.
func labelPoints(points []point, x opts.XAxis, y opts.YAxis) func(option) {
	shift := shifts(points, x, y)
	return func(o option) {
		for i, s := range o.series() {
			s["label"] = map[string]any{"show": false}
			if len(points) <= 25 && !math.IsNaN(shift[i]) {
				s["label"] = map[string]any{"show": true, "position": "right", "formatter": "@name", "fontSize": 12, "offset": []float64{0, shift[i]}}
			}
			s["emphasis"] = map[string]any{"focus": "self"}
		}
	}
}

// The plot on a wide screen, and the room a label takes, in pixels.
const (
	plotWidth, plotHeight = 360, 280
	labelHeight, letter   = 14, 7
)

// box is a piece of the plot that is taken, in pixels.
type box struct{ left, right, middle float64 }

func (b box) meets(o box) bool {
	return b.left < o.right && o.left < b.right && math.Abs(b.middle-o.middle) < labelHeight
}

// shifts moves labels off each other and off the points: from the top down,
// each takes the free place nearest to its own point. NaN is a label without
// room.
func shifts(points []point, x opts.XAxis, y opts.YAxis) []float64 {
	taken := make([]box, len(points))
	order := make([]int, len(points))
	for i, p := range points {
		left, top := locate(p, x, y)
		taken[i], order[i] = box{left - 6, left + 6, top}, i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(points[b].y.Value, points[a].y.Value) })
	out := make([]float64, len(points))
	for _, i := range order {
		label := taken[i]
		label.left, label.right = label.left+14, label.left+18+letter*float64(len([]rune(points[i].name)))
		shift, ok := nearestFree(label, taken)
		if !ok {
			out[i] = math.NaN()
			continue
		}
		out[i] = shift
		label.middle += shift
		taken = append(taken, label)
	}
	return out
}

// nearestFree is how far a label must move; it is false where there is no room
// near enough to tell whose it is.
func nearestFree(label box, taken []box) (float64, bool) {
	at := label.middle
	for step := 0.0; step < 2.5*labelHeight; step++ {
		for _, shift := range []float64{step, -step} {
			label.middle = at + shift
			if label.middle > 4 && label.middle < plotHeight && !slices.ContainsFunc(taken, label.meets) {
				return shift, true
			}
		}
	}
	return 0, false
}

// locate is where a point lies on the plot, in pixels from its upper left.
func locate(p point, x opts.XAxis, y opts.YAxis) (left, top float64) {
	lowX, highX := bound(x.Min), bound(x.Max)
	v := p.x.Value
	if x.Type == "log" {
		lowX, highX, v = math.Log(lowX), math.Log(highX), math.Log(v)
	}
	lowY, highY := bound(y.Min), bound(y.Max)
	return plotWidth * (v - lowX) / (highX - lowX), plotHeight * (highY - p.y.Value*p.scale) / (highY - lowY)
}

func bound(v any) float64 {
	switch n := v.(type) {
	case report.Number:
		return float64(n)
	case int:
		return float64(n)
	}
	return 0
}

// roomy drops the legend, as the points carry their names, and leaves room for
// them on the right.
func roomy(o option) {
	o["legend"] = map[string]any{"show": false}
	gridOf(o)["top"], gridOf(o)["right"] = "40", "120"
}

func gridOf(o option) map[string]any {
	if grids, ok := o["grid"].([]any); ok {
		return grids[0].(map[string]any)
	}
	return map[string]any{}
}

// spread adds the intervals as hairlines through the points.
func spread(points []point) func(option) {
	return func(o option) {
		list, _ := o["series"].([]any)
		for _, p := range points {
			if !p.x.Bounded() && !p.y.Bounded() {
				continue
			}
			list = append(list, map[string]any{
				"type": "line", "silent": true, "showSymbol": false, "tooltip": map[string]any{"show": false},
				"lineStyle": map[string]any{"width": 1.2, "color": p.look.colour, "opacity": 0.7},
				"data":      p.cross(),
			})
		}
		o["series"] = list
	}
}

func (p *point) cross() []any {
	xl, xh := p.x.Bounds()
	yl, yh := p.y.Bounds()
	x, y := number(p.x.Value), number(p.y.Value*p.scale)
	return []any{
		[]any{number(xl), y},
		[]any{number(xh), y},
		[]any{"-", "-"},
		[]any{x, number(yl * p.scale)},
		[]any{x, number(yh * p.scale)},
	}
}

// number is a float that marshals short.
func number(v float64) report.Number { return report.Number(v) }
