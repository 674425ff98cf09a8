package load

import "math"

// sinusoidNodes is how many pieces a period is cut into. Between two nodes the
// rate is linear, which misses a sine by at most (2π/1024)²/8 < 5e-6 of its
// amplitude; with a power of n (see sinusoidRate) the bound grows by about n.
const sinusoidNodes = 1024

// sinusoidSegments is one period, starting at the phase, scaled so that it holds
// mean × period arrivals.
func (p *Process) sinusoidSegments() []segment {
	curve := sinusoidRate(p.PeakToMean)
	phase := p.Phase.Seconds() / p.Period.Seconds()
	var nodes [sinusoidNodes + 1]float64
	sum := 0.0
	for i := range nodes {
		nodes[i] = curve(2 * math.Pi * (float64(i%sinusoidNodes)/sinusoidNodes + phase))
		if i > 0 {
			sum += (nodes[i-1] + nodes[i]) / 2
		}
	}
	scale := float64(p.Mean) * sinusoidNodes / sum
	piece := p.Period.Seconds() / sinusoidNodes
	out := make([]segment, sinusoidNodes)
	for i := range out {
		a, b := nodes[i]*scale, nodes[i+1]*scale
		out[i] = segment{length: piece, rate: a, slope: (b - a) / piece, area: (a + b) / 2 * piece}
	}
	return out
}

// sinusoidRate is the rate relative to its mean, as a function of the angle, for
// a ratio p of peak to mean:
//
//	p <= 2   1 + (p-1)·sin θ
//	p >  2   p·((1 + sin θ)/2)^n
//
// A sine cannot have p > 2, since its trough would be negative; its power can:
// the mean of ((1 + sin θ)/2)^n is Γ(n+½) / (√π·Γ(n+1)), the Wallis integral,
// and n is chosen to make that 1/p. Both agree at p = 2, n = 1.
func sinusoidRate(p float64) func(angle float64) float64 {
	if p <= 2 {
		return func(angle float64) float64 { return 1 + (p-1)*math.Sin(angle) }
	}
	n := sinusoidPower(p)
	return func(angle float64) float64 { return p * math.Pow((1+math.Sin(angle))/2, n) }
}

// sinusoidPower solves √π·Γ(n+1)/Γ(n+½) = p by bisection; p² lies above n, as
// the left side grows like √(πn).
func sinusoidPower(p float64) float64 {
	low, high := 1.0, p*p
	for range 100 {
		n := (low + high) / 2
		over, _ := math.Lgamma(n + 1)
		under, _ := math.Lgamma(n + 0.5)
		if math.Sqrt(math.Pi)*math.Exp(over-under) < p {
			low = n
		} else {
			high = n
		}
	}
	return low
}
