package metrics

import (
	"math"
	"slices"
	"testing"
)

// everyMedian is the medians of all 6⁶ resamples of six values.
func everyMedian(xs []float64) []float64 {
	n := len(xs)
	var out []float64
	drawn := make([]float64, n)
	for k := range int(math.Pow(float64(n), float64(n))) {
		for i := range drawn {
			drawn[i] = xs[k%n]
			k /= n
		}
		s := slices.Sorted(slices.Values(drawn))
		out = append(out, (s[(n-1)/2]+s[n/2])/2)
	}
	slices.Sort(out)
	return out
}

// The interval is that of the textbook over every possible resample. Six values
// that lie on one side of their median have a bias and no acceleration.
func TestBootstrapAgainstEveryResample(t *testing.T) {
	t.Parallel()
	xs := []float64{0, 0, 0, 8, 9, 30}
	all, below := everyMedian(xs), 0.0
	for _, m := range all {
		if m < 4 {
			below++
		} else if m == 4 {
			below += 0.5
		}
	}
	bias := normalQuantile(below / float64(len(all)))
	at := func(p float64) float64 {
		return all[int(normal(2*bias+normalQuantile(p))*float64(len(all)))]
	}
	median, low, high := NewBootstrap(6, 11).Median(xs)
	near(t, "median", median, 4, 0)
	near(t, "low", low, at(0.025), 0)
	near(t, "high", high, at(0.975), 0)
}
