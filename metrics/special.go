package metrics

import "math"

// normal is the standard normal distribution function.
func normal(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

// normalQuantile is the inverse of normal, for 0 < p < 1.
func normalQuantile(p float64) float64 { return -math.Sqrt2 * math.Erfcinv(2*p) }

// upperF is the chance that a variable of the F distribution with a and b
// degrees of freedom exceeds f: the regularised incomplete beta function at
// b/(b + a·f) (NIST DLMF, §8.17(i)).
func upperF(f, a, b float64) float64 {
	if f <= 0 {
		return 1
	}
	return betaRatio(b/(b+a*f), b/2, a/2)
}

// betaRatio is the regularised incomplete beta function I_x(a, b) by the
// continued fraction of NIST DLMF 8.17.22, evaluated by Lentz's method.
func betaRatio(x, a, b float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(a+b+2): // where the fraction of the complement converges fast
		return 1 - betaRatio(1-x, b, a)
	}
	ab, _ := math.Lgamma(a + b)
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	front := math.Exp(ab-la-lb+a*math.Log(x)+b*math.Log1p(-x)) / a
	const tiny, enough = 1e-300, 1e-14
	away := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d, f := 1.0, 0.0, 1.0
	for i := range 500 {
		d = 1 / away(1+betaTerm(i, x, a, b)*d)
		c = away(1 + betaTerm(i, x, a, b)/c)
		f *= c * d
		if i > 0 && math.Abs(c*d-1) < enough {
			break
		}
	}
	return front * (f - 1)
}

// betaTerm is the numerator of the i-th step; the first one is 1.
func betaTerm(i int, x, a, b float64) float64 {
	if i == 0 {
		return 1
	}
	m := float64((i - 1) / 2)
	if i%2 == 0 {
		m++
		return m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
	}
	return -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
}

// studentizedRange is the q that the range of k independent standard normal
// variables exceeds with chance alpha: the studentized range with infinite
// degrees of freedom. P(range ≤ q) = k ∫ φ(z) (Φ(z) − Φ(z − q))^(k−1) dz.
func studentizedRange(k int, alpha float64) float64 {
	low, high := 0.0, 20.0
	for range 60 {
		if q := (low + high) / 2; rangeBelow(q, k) < 1-alpha {
			low = q
		} else {
			high = q
		}
	}
	return (low + high) / 2
}

// rangeBelow integrates by Simpson's rule; the integrand is smooth and vanishes
// beyond ±9.
func rangeBelow(q float64, k int) float64 {
	const steps, edge = 400, 9.0
	h, sum := 2*edge/steps, 0.0
	for i := range steps + 1 {
		z, weight := -edge+float64(i)*h, 2.0
		switch {
		case i == 0 || i == steps:
			weight = 1
		case i%2 == 1:
			weight = 4
		}
		density := math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
		sum += weight * density * math.Pow(normal(z)-normal(z-q), float64(k-1))
	}
	return float64(k) * sum * h / 3
}
