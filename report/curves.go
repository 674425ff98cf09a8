package report

import (
	"math"
	"time"

	"ratecliff/load"
	"ratecliff/metrics"
)

// MaxPoints is the most points a series of charts.json has. Finer ones are
// added up pair by pair, so that nothing is lost but resolution.
const MaxPoints = 2000

// Charts are the curves of what was gathered: series as means over the runs,
// distributions over all their samples.
func (g *Gathering) Charts() CellCharts {
	out := CellCharts{Strategy: g.cell.Strategy, Settings: g.cell.Settings}
	if g.merged == nil {
		return out
	}
	out.BinSeconds, out.Series = curves(&g.merged.Series, float64(len(g.values)-g.losses))
	out.Distributions = distributions(g.merged.Classes)
	out.Capacity = capacity(g.merged.Config.Limits)
	return out
}

// capacity is nil where several pools would have to share one axis.
func capacity(pools []metrics.PoolLimits) map[string]Number {
	if len(pools) != 1 {
		return nil
	}
	out := map[string]Number{}
	for _, d := range []struct {
		name  string
		limit metrics.Limit
	}{{"rpm", pools[0].RPM}, {"itpm", pools[0].ITPM}, {"otpm", pools[0].OTPM}} {
		if d.limit.Burst > 0 {
			out[d.name] = Number(d.limit.Burst)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// curves turns bins into named series; those that say nothing are left
// out. Counts are per run and bin.
func curves(s *metrics.Series, runs float64) (binSeconds float64, out []Series) {
	step := 1
	for (len(s.Bins)+step-1)/step > MaxPoints {
		step++
	}
	bins := coarsen(s.Bins, step)
	width := s.Width * time.Duration(step)
	if len(bins) == 0 {
		return 0, nil
	}
	for _, c := range curveKinds(float64(width.Milliseconds()) * runs) {
		values, any := make([]Number, len(bins)), false
		for i := range bins {
			values[i] = Number(c.of(&bins[i], runs))
			known := !math.IsNaN(float64(values[i]))
			any = any || known && (values[i] != 0 || c.zeroTells)
		}
		if any {
			out = append(out, Series{Name: c.name, Values: values})
		}
	}
	return width.Seconds(), out
}

type curve struct {
	name      string
	of        func(b *metrics.Bin, runs float64) float64
	zeroTells bool // zero throughout is worth showing: nothing was ever left
}

// curveKinds lists the series. Levels are time integrals and are divided by
// span, the milliseconds of a bin over all runs.
func curveKinds(span float64) []curve {
	out := []curve{
		{name: "arrivals", of: func(b *metrics.Bin, n float64) float64 { return float64(b.Arrivals) / n }},
		{name: "attempts", of: func(b *metrics.Bin, n float64) float64 { return float64(b.Attempts) / n }},
		{name: "ok", of: func(b *metrics.Bin, n float64) float64 { return float64(b.Ended[load.OK]) / n }},
	}
	for d := range load.DimensionCount {
		name := d.String()
		if d == load.NoDimension {
			name = "unnamed"
		}
		out = append(out, curve{name: "refused." + name, of: func(b *metrics.Bin, n float64) float64 { return float64(b.Throttled[d]) / n }})
	}
	out = append(out,
		curve{name: "refused.overloaded", of: func(b *metrics.Bin, n float64) float64 { return float64(b.Overloaded) / n }},
		curve{name: "refused.failed", of: func(b *metrics.Bin, n float64) float64 { return float64(b.Failed+b.TimedOut) / n }},
		curve{name: "waiting", of: func(b *metrics.Bin, _ float64) float64 { return float64(b.Waiting) / span }},
		curve{name: "in_flight", of: func(b *metrics.Bin, _ float64) float64 { return float64(b.InFlight) / span }},
		curve{name: "sleeping", of: func(b *metrics.Bin, _ float64) float64 { return float64(b.Sleeping) / span }},
	)
	for i, d := range []load.Dimension{load.RPM, load.ITPM, load.OTPM} {
		out = append(out, curve{name: "remaining." + d.String(), of: func(b *metrics.Bin, _ float64) float64 {
			if b.Known[i] == 0 {
				return math.NaN()
			}
			return float64(b.Remaining[i]) / float64(b.Known[i])
		}, zeroTells: true})
	}
	return out
}

// coarsen adds up every step bins into one.
func coarsen(bins []metrics.Bin, step int) []metrics.Bin {
	if step == 1 {
		return bins
	}
	out := make([]metrics.Bin, (len(bins)+step-1)/step)
	for i := range bins {
		addBin(&out[i/step], &bins[i])
	}
	return out
}

func addBin(to, b *metrics.Bin) {
	to.Arrivals += b.Arrivals
	to.Attempts += b.Attempts
	to.Overloaded += b.Overloaded
	to.Failed += b.Failed
	to.TimedOut += b.TimedOut
	to.Waiting += b.Waiting
	to.InFlight += b.InFlight
	to.Sleeping += b.Sleeping
	for i := range b.Ended {
		to.Ended[i] += b.Ended[i]
	}
	for i := range b.Throttled {
		to.Throttled[i] += b.Throttled[i]
	}
	for i := range b.Remaining {
		to.Remaining[i] += b.Remaining[i]
		to.Known[i] += b.Known[i]
	}
}
