package metrics

import (
	"fmt"
	"slices"
)

// Verdict is the outcome of a comparison with a baseline.
type Verdict string

// Verdicts.
const (
	Tie    Verdict = "tie" // zero lies inside the interval, or there were too few pairs to tell
	Better Verdict = "better"
	Worse  Verdict = "worse"
)

// Difference is a paired comparison: the same seeds under two strategies. No
// field is ever NaN or infinite.
type Difference struct {
	Median     float64  `json:"median"` // of a − b: Hodges–Lehmann estimate, or plain median in a [Family]
	Low        float64  `json:"low"`
	High       float64  `json:"high"`
	Confidence float64  `json:"confidence,omitempty"` // achieved; 0 means no interval could be given, Low and High are extremes
	N          int      `json:"n"`                    // pairs
	P          float64  `json:"p,omitempty"`          // Wilcoxon, two-sided; only in a [Family], like the next two
	Adjusted   float64  `json:"adjusted,omitempty"`   // P after Holm's correction for all comparisons with the baseline
	Effect     float64  `json:"effect,omitempty"`     // matched rank-biserial correlation, −1 to 1
	Verdict    Verdict  `json:"verdict"`
	Warnings   []string `json:"warnings,omitempty"`
}

// ComparePaired compares a with the baseline b, run by run under the same seed
// (common random numbers); more is better. See [ComparePairedMetric] for
// metrics that improve downwards.
//
// The difference is the Hodges–Lehmann estimate: the median of the Walsh
// averages (d_i + d_j)/2, i ≤ j, of the differences. Its interval, between two
// order statistics of the same averages, is the one that belongs to the
// Wilcoxon signed-rank test, exact under the hypothesis that differences are
// symmetric about their centre (Hollander, Wolfe, Chicken, Nonparametric
// Statistical Methods, 3rd ed., §3.3). So the verdict is the test's: a winner
// is named only when 0 lies outside the interval. Fewer than 6 pairs cannot
// reach 95 % and tie.
func ComparePaired(a, b []float64) Difference {
	if len(a) != len(b) || len(a) == 0 {
		return Difference{Verdict: Tie, Warnings: []string{fmt.Sprintf("%d and %d values do not pair", len(a), len(b))}}
	}
	walsh := make([]float64, 0, len(a)*(len(a)+1)/2)
	for i := range a {
		for j := range i + 1 {
			walsh = append(walsh, (a[i]-b[i])/2+(a[j]-b[j])/2)
		}
	}
	d := Difference{N: len(a), Verdict: Tie}
	if slices.ContainsFunc(walsh, func(x float64) bool { return !finite(x) }) {
		d.Warnings = []string{"not all values are finite"}
		return d
	}
	slices.Sort(walsh)
	m := len(walsh)
	d.Median = walsh[(m-1)/2]/2 + walsh[m/2]/2 // halved first: the sum of two finite numbers may be none
	k, achieved := signedRank(d.N)
	if achieved == 0 {
		d.Low, d.High = walsh[0], walsh[m-1]
		d.Warnings = []string{fmt.Sprintf("%d pairs: need >= 6 for an interval at level %v", d.N, confidence)}
		return d
	}
	d.Low, d.High, d.Confidence = walsh[k-1], walsh[m-k], achieved
	switch {
	case d.Low > 0:
		d.Verdict = Better
	case d.High < 0:
		d.Verdict = Worse
	}
	return d
}

// ComparePairedMetric is [ComparePaired] with the direction of a metric: where
// less is better, a negative difference is the better one.
func ComparePairedMetric(name string, a, b []float64) Difference {
	d := ComparePaired(a, b)
	if LowerIsBetter(name) {
		switch d.Verdict {
		case Better:
			d.Verdict = Worse
		case Worse:
			d.Verdict = Better
		}
	}
	return d
}
