package metrics

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// Resamples is how many samples a [Bootstrap] draws with replacement.
const Resamples = 10_000

// Bootstrap gives intervals for the median of samples of one size. Which order
// statistics are the middle of a resample does not depend on the values, so it
// draws the resamples once, and every sample is judged by the same ones. It is
// read only after NewBootstrap.
type Bootstrap struct {
	n       int
	middles []middle
}

// middle is two middle places of a resample (one place twice where n is odd),
// and how many resamples have them.
type middle struct{ a, b, count int }

// NewBootstrap draws the resamples for samples of n values, n at least 1. Equal
// n and seed give equal intervals.
func NewBootstrap(n int, seed uint64) *Bootstrap {
	rng := rand.New(rand.NewPCG(seed, 0x626f6f74))
	drawn, found := make([]int, n), map[[2]int]int{}
	for range Resamples {
		clear(drawn)
		for range n {
			drawn[rng.IntN(n)]++
		}
		found[[2]int{place(drawn, (n-1)/2), place(drawn, n/2)}]++
	}
	b := &Bootstrap{n: n}
	for at, count := range found {
		b.middles = append(b.middles, middle{at[0], at[1], count})
	}
	slices.SortFunc(b.middles, func(x, y middle) int { return cmp.Or(x.a-y.a, x.b-y.b) })
	return b
}

// place is which value holds the k-th rank (from 0) of a resample.
func place(drawn []int, k int) int {
	for i, n := range drawn {
		if k -= n; k < 0 {
			return i
		}
	}
	return len(drawn) - 1
}

// Median is the median of xs with its 95 % interval, bias-corrected and
// accelerated (Efron and Tibshirani, An Introduction to the Bootstrap, 1993,
// §14.3): the quantiles Φ(z₀ + (z₀ + z)/(1 − a(z₀ + z))) of the resampled
// medians, z₀ from the share of them below the median (those equal to it count
// half) and a from leaving out one value at a time. The interval always holds the
// median itself. xs must have the size given to NewBootstrap.
func (b *Bootstrap) Median(xs []float64) (median, low, high float64) {
	sorted := slices.Sorted(slices.Values(xs))
	median = (sorted[(b.n-1)/2] + sorted[b.n/2]) / 2
	type weighed struct {
		value float64
		count int
	}
	medians, below := make([]weighed, len(b.middles)), 0.0
	for i, m := range b.middles {
		v := (sorted[m.a] + sorted[m.b]) / 2
		medians[i] = weighed{v, m.count}
		switch {
		case v < median:
			below += float64(m.count)
		case v == median:
			below += float64(m.count) / 2
		}
	}
	slices.SortFunc(medians, func(x, y weighed) int { return cmp.Compare(x.value, y.value) })
	quantile := func(share float64) float64 {
		want := int(math.Ceil(share * Resamples))
		for _, m := range medians {
			if want -= m.count; want <= 0 {
				return m.value
			}
		}
		return medians[len(medians)-1].value
	}
	bias := normalQuantile(min(max(below/Resamples, 0.5/Resamples), 1-0.5/Resamples))
	skew := acceleration(sorted)
	at := func(p float64) float64 {
		z := bias + normalQuantile(p)
		return normal(bias + z/max(1-skew*z, 1e-3))
	}
	low, high = quantile(at((1-confidence)/2)), quantile(at((1+confidence)/2))
	return median, min(low, median), max(high, median)
}

// acceleration is Σ(m̄ − m_i)³ / 6(Σ(m̄ − m_i)²)^(3/2) over the medians without
// one value; 0 when they are all the same.
func acceleration(sorted []float64) float64 {
	n := len(sorted)
	if n < 3 {
		return 0
	}
	without, mean := make([]float64, n), 0.0
	for i := range sorted {
		at := func(k int) float64 {
			if k >= i {
				k++
			}
			return sorted[k]
		}
		without[i] = (at((n-2)/2)-sorted[n/2])/2 + (at((n-1)/2)-sorted[n/2])/2
		mean += without[i] / float64(n)
	}
	widest := 0.0
	for _, m := range without {
		widest = max(widest, math.Abs(mean-m))
	}
	if widest == 0 {
		return 0
	}
	squares, cubes := 0.0, 0.0
	for _, m := range without {
		d := (mean - m) / widest // so that nothing is too small to be squared
		squares += d * d
		cubes += d * d * d
	}
	return cubes / (6 * math.Pow(squares, 1.5))
}
