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

// curves turns bins into named series; those that are zero throughout are left
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
			any = any || values[i] != 0 && !math.IsNaN(float64(values[i]))
		}
		if any {
			out = append(out, Series{Name: c.name, Values: values})
		}
	}
	return width.Seconds(), out
}

type curve struct {
	name string
	of   func(b *metrics.Bin, runs float64) float64
}

// curveKinds lists the series. Levels are time integrals and are divided by
// span, the milliseconds of a bin over all runs.
func curveKinds(span float64) []curve {
	out := []curve{
		{"arrivals", func(b *metrics.Bin, n float64) float64 { return float64(b.Arrivals) / n }},
		{"attempts", func(b *metrics.Bin, n float64) float64 { return float64(b.Attempts) / n }},
		{"ok", func(b *metrics.Bin, n float64) float64 { return float64(b.Ended[load.OK]) / n }},
	}
	for d := range load.DimensionCount {
		name := d.String()
		if d == load.NoDimension {
			name = "unnamed"
		}
		out = append(out, curve{"refused." + name, func(b *metrics.Bin, n float64) float64 { return float64(b.Throttled[d]) / n }})
	}
	out = append(out,
		curve{"refused.overloaded", func(b *metrics.Bin, n float64) float64 { return float64(b.Overloaded) / n }},
		curve{"refused.failed", func(b *metrics.Bin, n float64) float64 { return float64(b.Failed+b.TimedOut) / n }},
		curve{"waiting", func(b *metrics.Bin, _ float64) float64 { return float64(b.Waiting) / span }},
		curve{"in_flight", func(b *metrics.Bin, _ float64) float64 { return float64(b.InFlight) / span }},
		curve{"sleeping", func(b *metrics.Bin, _ float64) float64 { return float64(b.Sleeping) / span }},
	)
	for i, d := range []load.Dimension{load.RPM, load.ITPM, load.OTPM} {
		out = append(out, curve{"remaining." + d.String(), func(b *metrics.Bin, _ float64) float64 {
			if b.Known[i] == 0 {
				return math.NaN()
			}
			return float64(b.Remaining[i]) / float64(b.Known[i])
		}})
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
