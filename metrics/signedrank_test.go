package metrics

import (
	"math"
	"testing"
)

// countedOut is signedRank from the 2ⁿ signs themselves.
func countedOut(n int) (k int, achieved float64) {
	// ways[t] is the share of the 2ⁿ signs whose positive ranks sum to t.
	ways := make([]float64, n*(n+1)/2+1)
	ways[0] = 1
	for rank := 1; rank <= n; rank++ {
		for t := rank * (rank + 1) / 2; t >= 0; t-- {
			ways[t] /= 2
			if t >= rank {
				// ways[t−rank] is still undivided: t runs downwards.
				ways[t] += ways[t-rank] / 2
			}
		}
	}
	tail := 0.0
	for k = 0; tail+ways[k] <= (1-confidence)/2; k++ {
		tail += ways[k]
	}
	if k == 0 {
		return 0, 0
	}
	return k, 1 - 2*tail
}

// The table is what counting gives.
func TestRankBounds(t *testing.T) {
	t.Parallel()
	for n := range rankBounds {
		k, achieved := countedOut(n)
		if got := rankBounds[n]; got.k != k || math.Abs(got.achieved-achieved) > 1e-12 {
			t.Errorf("%d pairs: %+v, counted out %d and %v", n, got, k, achieved)
		}
	}
}
