package retry

import (
	"math"
	"math/rand/v2"
	"time"
)

// The SDKs' curve: min(0.5·2ⁿ, 8) s − U(0, a quarter of it)
// (anthropic-sdk-go v1.60.0 requestconfig.go, anthropic-sdk-python v0.121.0
// _constants.py, anthropic-sdk-typescript v0.120.0 client.ts).
const (
	sdkBase = 500 * time.Millisecond
	sdkCap  = 8 * time.Second
	sdkCut  = 0.25
)

// longest is the longest delay drawn, so that sums with instants do not
// overflow: 73 years.
const longest = time.Duration(1 << 61)

// tabled is how many powers of a curve are computed beforehand.
const tabled = 32

// curve draws a layer's own delays.
type curve struct {
	Delay
	table [tabled]float64 // min(C, b·fⁿ) or min(C, b·(n+1)) in nanoseconds
}

// newCurve applies the defaults of the kind and tabulates its ceiling.
func newCurve(d Delay) curve {
	if d.Kind == SDK {
		if d.Base == 0 {
			d.Base = sdkBase
		}
		if d.Cap == 0 {
			d.Cap = sdkCap
		}
		if d.JitterCut == 0 {
			d.JitterCut = sdkCut
		}
	}
	if d.Factor == 0 {
		d.Factor = 2
	}
	if d.Cap == 0 || d.Cap > longest {
		d.Cap = longest
	}
	c := curve{Delay: d}
	for n := range c.table {
		c.table[n] = c.compute(n)
	}
	return c
}

// compute is the ceiling of the delay after n+1 failures, in nanoseconds.
func (c *curve) compute(n int) float64 {
	base, limit := float64(c.Base), float64(c.Cap)
	switch c.Kind {
	case Fixed:
		return min(base, limit)
	case Linear:
		return min(base*float64(n+1), limit)
	case Exponential, FullJitter, EqualJitter, SDK:
		return min(base*math.Pow(c.Factor, float64(n)), limit)
	}
	return 0
}

func (c *curve) ceiling(n int) float64 {
	if n < tabled {
		return c.table[n]
	}
	return c.compute(n)
}

// draw is the delay after n+1 failures: by its kind, and then with the extra
// jitters of [Delay] in their order.
func (c *curve) draw(n int, previous time.Duration, rng *rand.Rand) (base, jittered time.Duration) {
	v := c.byKind(n, previous, rng)
	d := v
	if c.JitterCut > 0 {
		d -= uniform(rng, c.JitterCut*d)
	}
	if c.JitterSpread > 0 {
		d *= 1 - c.JitterSpread + uniform(rng, 2*c.JitterSpread)
	}
	if c.JitterAdd > 0 {
		d += uniform(rng, c.JitterAdd*d)
	}
	if c.Jitter > 0 {
		d += uniform(rng, float64(c.Jitter))
	}
	return toDuration(v), toDuration(d)
}

// byKind is the formula of the kind, see [Kind].
func (c *curve) byKind(n int, previous time.Duration, rng *rand.Rand) float64 {
	switch c.Kind {
	case FullJitter:
		return uniform(rng, c.ceiling(n))
	case EqualJitter:
		half := c.ceiling(n) / 2
		return half + uniform(rng, half)
	case Decorrelated:
		if previous <= 0 {
			previous = c.Base
		}
		base := float64(c.Base)
		return min(base+uniform(rng, 3*float64(previous)-base), float64(c.Cap))
	}
	return c.ceiling(n)
}

// uniform draws from [0, x); nothing is drawn for x ≤ 0.
func uniform(rng *rand.Rand, x float64) float64 {
	if x <= 0 {
		return 0
	}
	return rng.Float64() * x
}

func toDuration(ns float64) time.Duration {
	if ns >= float64(longest) {
		return longest
	}
	return time.Duration(ns)
}

// sum is header + extra (in nanoseconds), each cut to [longest] so that it
// cannot overflow.
func sum(header time.Duration, extra float64) time.Duration {
	return min(header, longest) + toDuration(extra)
}
