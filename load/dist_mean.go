package load

import "math"

// Mean is the expected value of Sample, with min and cap applied, exact up to
// floating point. (Token counts are rounded after drawing, which moves their
// mean by less than half a token.)
//
// With a = min, b = cap and L(x) = E[min(X, x)], the limited expected value of
// actuarial tables (Klugman, Panjer, Willmot, Loss Models, appendix A), the mean
// of X clamped to [a, b] is a + L(b) - L(a).
func (d Dist) Mean() float64 {
	mean := d.clampedLimited(math.Inf(1))
	return math.Min(math.Max(mean, d.Min), d.Max()) // rounding errors must not leave the range
}

// Max is the largest value Sample can ever give, +Inf where there is no bound.
func (d Dist) Max() float64 {
	if d.Kind == Fixed {
		return d.Value
	}
	top := math.Max(d.rawMax(), d.Min)
	if d.Cap > 0 {
		return math.Min(top, d.Cap)
	}
	return top
}

func (d *Dist) rawMax() float64 {
	switch d.Kind {
	case Uniform:
		return d.High
	case Normal:
		return unbounded(d.Average, d.SD)
	case LogNormal:
		mu, sigma := d.logarithm()
		if d.P50 > 0 {
			return unbounded(d.P50, sigma)
		}
		return unbounded(math.Exp(mu), sigma)
	case Exponential:
		return unbounded(0, d.Average)
	case Quantiles:
		return d.Table[len(d.Table)-1].Value
	case Mixture:
		top := 0.0
		for _, p := range d.Parts {
			if p.Weight > 0 {
				top = math.Max(top, p.Dist.Max())
			}
		}
		return top
	}
	return 0
}

func unbounded(centre, spread float64) float64 {
	if spread > 0 {
		return math.Inf(1)
	}
	return centre
}

// clampedLimited is E[min(Y, x)], Y being X clamped to [min, cap].
func (d *Dist) clampedLimited(x float64) float64 {
	if d.Kind == Fixed {
		return math.Min(d.Value, x)
	}
	if x <= d.Min {
		return x
	}
	if d.Cap > 0 {
		x = math.Min(x, d.Cap)
	}
	return d.Min + d.limited(x) - d.limited(d.Min)
}

// limited is L(x) = E[min(X, x)] for x >= 0, possibly infinite.
func (d *Dist) limited(x float64) float64 {
	switch d.Kind {
	case Uniform:
		return limitedUniform(d.Low, d.High, x)
	case Normal:
		return limitedNormal(d.Average, d.SD, x)
	case LogNormal:
		mu, sigma := d.logarithm()
		return limitedLogNormal(mu, sigma, x)
	case Exponential:
		if d.Average == 0 {
			return 0
		}
		return d.Average * -math.Expm1(-x/d.Average)
	case Quantiles:
		return limitedTable(d.Table, x)
	case Mixture:
		sum := 0.0
		for i := range d.Parts {
			sum += d.Parts[i].Weight * d.Parts[i].Dist.clampedLimited(x)
		}
		return sum / d.weight()
	}
	return 0
}

func limitedUniform(low, high, x float64) float64 {
	switch {
	case x >= high:
		return (low + high) / 2
	case x <= low:
		return x
	}
	return ((x*x-low*low)/2 + x*(high-x)) / (high - low)
}

// limitedNormal is m·Φ(z) - s·φ(z) + x·(1-Φ(z)) with z = (x-m)/s.
func limitedNormal(m, s, x float64) float64 {
	if s == 0 {
		return math.Min(m, x)
	}
	z := (x - m) / s
	density := math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
	return m*below(z) - s*density + rest(x, below(-z))
}

// limitedLogNormal is e^(mu+s²/2)·Φ(z-s) + x·(1-Φ(z)) with z = (ln x - mu)/s.
func limitedLogNormal(mu, s, x float64) float64 {
	if s == 0 {
		return math.Min(math.Exp(mu), x)
	}
	if x <= 0 {
		return 0
	}
	z := (math.Log(x) - mu) / s
	return math.Exp(mu+s*s/2)*below(z-s) + rest(x, below(-z))
}

// below is the standard normal distribution function.
func below(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

// rest is x·p, where an infinite x meets p = 0.
func rest(x, p float64) float64 {
	if p == 0 {
		return 0
	}
	return x * p
}

// limitedTable adds the pieces of the table: point masses at its ends, uniform
// in between.
func limitedTable(table []Quantile, x float64) float64 {
	first, last := table[0], table[len(table)-1]
	sum := first.Q*math.Min(first.Value, x) + (1-last.Q)*math.Min(last.Value, x)
	for i := 1; i < len(table); i++ {
		a, b := table[i-1], table[i]
		sum += (b.Q - a.Q) * limitedUniform(a.Value, b.Value, x)
	}
	return sum
}
