package metrics

import (
	"cmp"
	"math"
	"slices"
)

// SignedRank is Wilcoxon's signed-rank test of paired differences. The zero
// value says that nothing differs.
type SignedRank struct {
	P      float64 `json:"p"`      // two-sided; 1 when no pair differs
	Effect float64 `json:"effect"` // matched rank-biserial correlation, −1 to 1: share of the rank sum that speaks for a plus, less that for a minus
	N      int     `json:"n"`      // pairs that differ
}

// exactSigns is up to how many pairs the signs are counted out.
const exactSigns = 50

// Wilcoxon tests whether paired differences are symmetric about 0. Pairs
// without a difference are left out, as Wilcoxon did (Biometrics Bulletin 1,
// 1945); equal sizes share the mean of their ranks. Up to 50 pairs the chance is
// exact given those ranks: all 2ⁿ signs are counted. Beyond it is the normal
// approximation with the correction for ties and for continuity (Hollander,
// Wolfe, Chicken, Nonparametric Statistical Methods, 3rd ed., §3.1). The effect
// is Kerby's (Comprehensive Psychology 3, 2014): (W⁺ − W⁻) / (W⁺ + W⁻).
func Wilcoxon(differences []float64) SignedRank {
	ds := slices.DeleteFunc(slices.Clone(differences), func(d float64) bool { return d == 0 || !finite(d) })
	n := len(ds)
	if n == 0 {
		return SignedRank{P: 1}
	}
	slices.SortFunc(ds, func(a, b float64) int { return cmp.Compare(math.Abs(a), math.Abs(b)) })
	twice, ties := doubledRanks(ds)
	plus, total := 0, n*(n+1)
	for i, d := range ds {
		if d > 0 {
			plus += twice[i]
		}
	}
	t := SignedRank{N: n, Effect: float64(2*plus-total) / float64(total)}
	if n <= exactSigns {
		t.P = exactSides(twice, min(plus, total-plus))
		return t
	}
	x := float64(n)
	dev := math.Sqrt(x*(x+1)*(2*x+1)/24 - ties/48)
	off := math.Abs(float64(plus)/2-x*(x+1)/4) - 0.5
	t.P = math.Erfc(max(off, 0) / dev / math.Sqrt2)
	return t
}

// doubledRanks are twice the ranks of ascending sizes, and Σ(t³ − t) over the
// groups of t equal ones.
func doubledRanks(ds []float64) (twice []int, ties float64) {
	twice = make([]int, len(ds))
	for i := 0; i < len(ds); {
		j := i + 1
		for j < len(ds) && math.Abs(ds[j]) == math.Abs(ds[i]) {
			j++
		}
		for k := i; k < j; k++ {
			twice[k] = i + j + 1 // ranks i+1 … j
		}
		t := float64(j - i)
		ties += t*t*t - t
		i = j
	}
	return twice, ties
}

// exactSides is the chance that random signs give a rank sum as far from the
// middle as least, to either side.
func exactSides(twice []int, least int) float64 {
	ways := make([]float64, least+1) // share of the signs whose positive ranks sum to t
	ways[0] = 1
	for _, rank := range twice {
		for t := least; t >= 0; t-- {
			ways[t] /= 2
			if t >= rank {
				ways[t] += ways[t-rank] / 2 // still undivided: t runs downwards
			}
		}
	}
	tail := 0.0
	for _, share := range ways {
		tail += share
	}
	return min(1, 2*tail)
}

// Holm adjusts the chances of several tests so that the risk of a single false
// alarm among all of them stays what it is for one: step-down, the i-th smallest
// of m times m − i + 1, never less than the one before (Holm, Scandinavian
// Journal of Statistics 6, 1979). The order of ps is kept.
func Holm(ps []float64) []float64 {
	order := make([]int, len(ps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(ps[a], ps[b]) })
	adjusted, floor := make([]float64, len(ps)), 0.0
	for i, at := range order {
		floor = max(floor, min(1, ps[at]*float64(len(ps)-i)))
		adjusted[at] = floor
	}
	return adjusted
}
