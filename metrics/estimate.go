package metrics

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"golang.org/x/perf/benchmath"
)

// confidence is the level of every interval.
const confidence = 0.95

// Estimate is one metric over several runs (seeds): the median with a
// distribution-free interval. Confidence 0 means that no interval could be
// given; Low and High are then the extremes seen. When Withheld is not empty it
// says why there is no number at all, and the numbers are 0. No field is ever
// NaN or infinite.
type Estimate struct {
	Value      float64  `json:"value"`
	Low        float64  `json:"low"`
	High       float64  `json:"high"`
	Confidence float64  `json:"confidence,omitempty"` // achieved, 0 to 1
	N          int      `json:"n"`                    // runs
	Warnings   []string `json:"warnings,omitempty"`
	Withheld   string   `json:"withheld,omitempty"`
}

// Summarize estimates every metric over runs that differ in their seed alone.
func Summarize(runs []*Snapshot) map[string]Estimate {
	all := make([]map[string]Value, len(runs))
	for i, s := range runs {
		all[i] = s.Values()
	}
	return SummarizeValues(all)
}

// SummarizeValues is [Summarize] for those who kept only the values. A metric
// that is withheld in any run, or missing from it, is withheld.
func SummarizeValues(runs []map[string]Value) map[string]Estimate {
	estimates := make(map[string]Estimate)
	for _, run := range runs {
		for name := range run {
			if _, done := estimates[name]; !done {
				estimates[name] = estimate(name, runs)
			}
		}
	}
	return estimates
}

func estimate(name string, runs []map[string]Value) Estimate {
	xs := make([]float64, 0, len(runs))
	why, without := "", 0
	for _, run := range runs {
		v, ok := run[name]
		if ok && v.Withheld == "" && finite(v.V) {
			xs = append(xs, v.V)
			continue
		}
		if without++; why == "" {
			why = cmp.Or(v.Withheld, "not measured")
		}
	}
	switch {
	case without == 1 && len(runs) == 1:
		return Estimate{N: 1, Withheld: why}
	case without > 0:
		return Estimate{N: len(runs), Withheld: fmt.Sprintf("withheld in %d of %d runs: %s", without, len(runs), why)}
	}
	return Median(xs)
}

// Median estimates the median of the distribution that xs are drawn from, with
// the 95 % interval between order statistics (benchmath, AssumeNothing). It
// keeps xs as it is. Equal values are taken for a metric that does not vary.
func Median(xs []float64) Estimate {
	if len(xs) == 0 || !slices.ContainsFunc(xs, finite) || slices.ContainsFunc(xs, func(x float64) bool { return !finite(x) }) {
		return Estimate{N: len(xs), Withheld: "no finite values"}
	}
	sample := benchmath.NewSample(slices.Clone(xs), &benchmath.DefaultThresholds)
	n := len(xs)
	e := Estimate{N: n, Low: sample.Values[0], High: sample.Values[n-1]}
	sum := benchmath.AssumeNothing.Summary(sample, confidence)
	e.Value = sum.Center
	if finite(sum.Lo) && finite(sum.Hi) {
		e.Low, e.High, e.Confidence = sum.Lo, sum.Hi, sum.Confidence
	} else if n > 1 && e.Low == e.High {
		// Chance that not all n values fall on one side of the median.
		e.Confidence = 1 - math.Pow(2, 1-float64(n))
	} else {
		for _, w := range sum.Warnings {
			e.Warnings = append(e.Warnings, fmt.Sprintf("%s: %v", counted(n, "run"), w))
		}
	}
	return e
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// counted is "1 run" or "3 runs".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
