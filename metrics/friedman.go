package metrics

import (
	"errors"
	"math"
)

// Concordance says whether strategies keep their order over several settings.
type Concordance struct {
	Settings   int       `json:"settings"`
	Strategies int       `json:"strategies"`
	MeanRanks  []float64 `json:"mean_ranks"`          // of each strategy; 1 is best
	Kendall    float64   `json:"kendall"`             // Kendall's W, 0 (no agreement) to 1 (the same order everywhere)
	P          float64   `json:"p"`                   // chance of such an agreement if the order meant nothing (Iman–Davenport)
	Critical   float64   `json:"critical_difference"` // Nemenyi, 5 %: mean ranks closer than this cannot be told apart
}

// ErrTooFewRanks means that there are no two settings with two strategies, or
// that a setting ranks another number of strategies.
var ErrTooFewRanks = errors.New("metrics: an order over settings needs two settings that rank the same two or more strategies")

// Friedman tests ranks[setting][strategy], where ties share the mean of their
// ranks, with the correction for ties. The test is Iman and Davenport's F,
// F = (N−1)χ²/(N(k−1) − χ²) with k−1 and (k−1)(N−1) degrees of freedom, which is
// less conservative than Friedman's χ². Nemenyi's critical difference is
// q(k, ∞)/√2 · √(k(k+1)/6N). Source: Demšar, Statistical Comparisons of
// Classifiers over Multiple Data Sets, JMLR 7 (2006), §3.2.2.
func Friedman(ranks [][]float64) (Concordance, error) {
	n := len(ranks)
	if n < 2 || len(ranks[0]) < 2 {
		return Concordance{}, ErrTooFewRanks
	}
	k := len(ranks[0])
	c := Concordance{Settings: n, Strategies: k, MeanRanks: make([]float64, k)}
	squares := 0.0 // Σ of the squared ranks about their mean, less than N·k(k²−1)/12 with ties
	for _, row := range ranks {
		if len(row) != k {
			return Concordance{}, ErrTooFewRanks
		}
		for j, rank := range row {
			c.MeanRanks[j] += rank / float64(n)
			squares += (rank - float64(k+1)/2) * (rank - float64(k+1)/2)
		}
	}
	between := 0.0
	for _, mean := range c.MeanRanks {
		between += float64(n) * (mean - float64(k+1)/2) * (mean - float64(k+1)/2)
	}
	c.Critical = studentizedRange(k, 1-confidence) / math.Sqrt2 * math.Sqrt(float64(k*(k+1))/float64(6*n))
	if squares == 0 {
		c.P = 1 // all tie everywhere
		return c, nil
	}
	c.Kendall = min(1, between/squares)
	c.P = concordanceP(c.Kendall, n, k)
	return c, nil
}

// concordanceP is the chance of Kendall's W; χ² = N(k−1)·W, so F = (N−1)W/(1−W).
func concordanceP(w float64, n, k int) float64 {
	if w >= 1-1e-12 {
		return 0
	}
	return upperF(float64(n-1)*w/(1-w), float64(k-1), float64((k-1)*(n-1)))
}

// MidRanks turns places, where ties share the first of theirs (1, 1, 3), into
// ranks where they share the mean (1.5, 1.5, 3).
func MidRanks(places []int) []float64 {
	shared := map[int]int{}
	for _, p := range places {
		shared[p]++
	}
	out := make([]float64, len(places))
	for i, p := range places {
		out[i] = float64(p) + float64(shared[p]-1)/2
	}
	return out
}
