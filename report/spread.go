package report

import (
	"math"
	"slices"

	"ratecliff/load"
	"ratecliff/metrics"
)

// PerDecade is how many histogram bars cover a factor of ten.
const PerDecade = 10

// The groups of a distribution.
const (
	OfSuccess = "success"
	OfFailure = "failure"
)

// distributions are the latencies over all classes: of the successes, and of
// the arrivals that ended without one. Arrivals the end of the run cut off are
// in neither.
func distributions(classes []metrics.ClassStats) []Distribution {
	kinds := []struct {
		name string
		of   func(*metrics.Timings) *metrics.Histogram
	}{
		{"response", func(t *metrics.Timings) *metrics.Histogram { return &t.Response }},
		{"service", func(t *metrics.Timings) *metrics.Histogram { return &t.Service }},
		{"ttft", func(t *metrics.Timings) *metrics.Histogram { return &t.TTFT }},
		{"queue_wait", func(t *metrics.Timings) *metrics.Histogram { return &t.Queue }},
		{"backoff", func(t *metrics.Timings) *metrics.Histogram { return &t.Backoff }},
	}
	var out []Distribution
	for _, k := range kinds {
		ok, lost := map[int64]int64{}, map[int64]int64{}
		for i := range classes {
			for o := range load.OutcomeCount {
				into := lost
				switch o {
				case load.OK:
					into = ok
				case load.Unfinished:
					continue
				}
				for _, cell := range k.of(&classes[i].Timings[o]).Cells {
					into[cell.From] += cell.Count
				}
			}
		}
		out = appendSpread(out, k.name, OfSuccess, ok)
		if k.name == "response" {
			out = appendSpread(out, k.name, OfFailure, lost)
		}
	}
	return out
}

func appendSpread(out []Distribution, name, of string, counts map[int64]int64) []Distribution {
	if len(counts) == 0 {
		return out
	}
	cells := make([]metrics.Cell, 0, len(counts))
	for from, n := range counts {
		cells = append(cells, metrics.Cell{From: from, Count: n})
	}
	slices.SortFunc(cells, func(a, b metrics.Cell) int { return int(a.From - b.From) })
	d := Distribution{Name: name, Of: of, Bars: bars(cells), Percentiles: percentiles(cells)}
	for _, c := range cells {
		d.Count += c.Count
	}
	return append(out, d)
}

// bars gathers cells (µs, ascending) into bars of equal width on a logarithmic
// axis.
func bars(cells []metrics.Cell) []Bar {
	var out []Bar
	last := math.MinInt
	for _, c := range cells {
		k := int(math.Floor(math.Log10(float64(max(c.From, 1)))*PerDecade + 1e-9))
		if k != last {
			last = k
			out = append(out, Bar{FromMs: Number(barEdge(k)), ToMs: Number(barEdge(k + 1))})
		}
		out[len(out)-1].Count += c.Count
	}
	return out
}

func barEdge(k int) float64 { return math.Pow(10, float64(k)/PerDecade) / 1000 }

// percentiles is the curve at q = 1 − 10^(−k/10), up to the last q with at
// least one sample beyond it, as in the HDR percentile plot (Tene).
func percentiles(cells []metrics.Cell) []Percentile {
	var total int64
	for _, c := range cells {
		total += c.Count
	}
	var out []Percentile
	at, seen := 0, cells[0].Count
	for k := 0; ; k++ {
		rest := math.Pow(10, -float64(k)/10)
		if float64(total)*rest < 1 {
			return out
		}
		need := int64(math.Ceil(float64(total) * (1 - rest)))
		for seen < need && at < len(cells)-1 {
			at++
			seen += cells[at].Count
		}
		out = append(out, Percentile{OneIn: Number(1 / rest), Ms: Number(float64(cells[at].From) / 1000)})
	}
}
