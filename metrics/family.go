package metrics

import (
	"fmt"
	"math"
)

// leastPairs is from how many pairs on a test can reach 5 %: 2 · 2⁻⁶.
const leastPairs = 6

// Family compares several strategies with one baseline. It keeps the resamples,
// so one Family serves all metrics of a comparison. Not safe for concurrent use.
type Family struct {
	seed  uint64
	boots map[int]*Bootstrap
}

// NewFamily returns a family whose resamples follow from the seed.
func NewFamily(seed uint64) *Family { return &Family{seed, map[int]*Bootstrap{}} }

// Compare compares each of the others with the baseline, run by run under the
// same seed (common random numbers), in one metric.
//
// Median is the median of the paired differences with its BCa bootstrap
// interval, P is Wilcoxon's test and Adjusted the same after Holm's correction
// for all the others. A winner is named only where the adjusted chance is at
// most 5 % and 0 lies outside the interval; all else is a tie, and so are fewer
// than 6 pairs. Values that do not pair tie with a warning and count as no test.
func (f *Family) Compare(metric string, base []float64, others [][]float64) []Difference {
	out := make([]Difference, len(others))
	var ps []float64
	var tested []int
	for i, other := range others {
		out[i] = f.difference(other, base)
		if out[i].Confidence > 0 {
			ps, tested = append(ps, out[i].P), append(tested, i)
		}
	}
	for j, p := range Holm(ps) {
		d := &out[tested[j]]
		d.Adjusted = p
		if p <= 1-confidence && (d.Low > 0 || d.High < 0) {
			d.Verdict = Better
			if d.Low > 0 == LowerIsBetter(metric) {
				d.Verdict = Worse
			}
		}
	}
	return out
}

func (f *Family) difference(a, b []float64) Difference {
	d := Difference{N: len(a), Verdict: Tie, P: 1, Adjusted: 1}
	if len(a) != len(b) || len(a) == 0 {
		d.Warnings = []string{fmt.Sprintf("%d and %d values do not pair", len(a), len(b))}
		return d
	}
	diffs := make([]float64, len(a))
	for i := range a {
		if diffs[i] = a[i] - b[i]; !finite(diffs[i]) {
			d.Warnings = []string{"not all values are finite"}
			return d
		}
	}
	boot := f.boots[len(diffs)]
	if boot == nil {
		boot = NewBootstrap(len(diffs), f.seed)
		f.boots[len(diffs)] = boot
	}
	d.Median, d.Low, d.High = boot.Median(diffs)
	test := Wilcoxon(diffs)
	d.P, d.Effect = test.P, test.Effect
	if d.N < leastPairs {
		d.Warnings = []string{fmt.Sprintf("%d pairs: need >= %d for a verdict at level %v", d.N, leastPairs, confidence)}
		return d
	}
	d.Confidence = confidence
	return d
}

// Seeds to run, least and most, whatever a pilot says.
const (
	PilotSeeds = 10
	LeastSeeds = 20
	MostSeeds  = 200
)

// SeedsFor is how many runs it takes to see a difference of delta between two
// strategies whose paired differences deviate by s: (1.96·s/delta)², so that
// the 95 % interval of their mean is no wider than delta to either side; at
// least 20. more is set where that is beyond 200, which is then returned. delta must be above 0.
func SeedsFor(s, delta float64) (n int, more bool) {
	need := math.Ceil((1.96 * s / delta) * (1.96 * s / delta))
	if !(need <= MostSeeds) {
		return MostSeeds, true
	}
	return max(LeastSeeds, int(need)), false
}

// Deviation is the standard deviation of the differences between paired values,
// 0 for fewer than two pairs.
func Deviation(a, b []float64) float64 {
	n := min(len(a), len(b))
	if n < 2 {
		return 0
	}
	mean, squares := 0.0, 0.0
	for i := range n {
		mean += (a[i] - b[i]) / float64(n)
	}
	for i := range n {
		d := a[i] - b[i] - mean
		squares += d * d
	}
	return math.Sqrt(squares / float64(n-1))
}
