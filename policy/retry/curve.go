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
	limit float64         // of what is drawn, before the jitters
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
	c := curve{Delay: d, limit: float64(d.Cap)}
	if d.CapAfter {
		c.limit = float64(longest)
	}
	for n := range c.table {
		c.table[n] = c.compute(n)
	}
	return c
}

// compute is the ceiling of the delay after n+1 failures, in nanoseconds.
func (c *curve) compute(n int) float64 {
	base, limit := float64(c.Base), c.limit
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

// draw is the delay after n+1 failures: by its kind, and then with the extras of
// [Delay] in their order.
func (c *curve) draw(m *drawer) (base, jittered time.Duration) {
	v := c.byKind(m)
	d := v
	if c.ByCost {
		d *= m.scale()
	}
	if c.JitterCut > 0 {
		d -= uniform(m.rng, c.JitterCut*d)
	}
	if c.JitterSpread > 0 {
		d *= 1 - c.JitterSpread + uniform(m.rng, 2*c.JitterSpread)
	}
	if c.JitterAdd > 0 {
		d += uniform(m.rng, c.JitterAdd*d)
	}
	if c.Jitter > 0 {
		d += uniform(m.rng, float64(c.Jitter))
	}
	if c.CapAfter {
		d = min(d, float64(c.Cap))
	}
	return toDuration(v), toDuration(d)
}

// byKind is the formula of the kind, see [Kind].
func (c *curve) byKind(m *drawer) float64 {
	base := float64(c.Base)
	switch c.Kind {
	case FullJitter:
		v := c.ceiling(m.n)
		low := min(float64(c.Floor), v)
		return low + uniform(m.rng, v-low)
	case EqualJitter:
		half := c.ceiling(m.n) / 2
		return half + uniform(m.rng, half)
	case Decorrelated:
		previous := float64(m.s.Previous)
		if previous <= 0 {
			previous = base
		}
		return min(base+uniform(m.rng, 3*previous-base), c.limit)
	case LinearJitter:
		return (base + uniform(m.rng, float64(c.Cap)-base)) * float64(m.n+1)
	case JitterBelowCap:
		if v := base * math.Pow(c.Factor, float64(m.n)); v <= float64(c.Cap) {
			return uniform(m.rng, v)
		}
		return float64(c.Cap)
	case Polly:
		return min(c.polly(m), c.limit)
	case Windowed:
		return c.windowed(m)
	}
	return c.ceiling(m.n)
}

// The constants of [Polly].
const (
	pollySmooth = 4   // pFactor
	pollyScale  = 1.4 // 1/rpScalingFactor
)

// polly is how far its curve rises from the point of the last delay.
func (c *curve) polly(m *drawer) float64 {
	t := float64(m.n) + m.rng.Float64()
	level := math.Exp2(t) * math.Tanh(math.Sqrt(pollySmooth*t))
	rise := level - m.s.Level
	m.s.Level = level
	if math.IsInf(level, 1) {
		return float64(longest)
	}
	return max(rise, 0) * float64(c.Base) / pollyScale
}

// windowed is a wait into the window of retry n+1, or what is left of it, or the
// next one when it is over.
func (c *curve) windowed(m *drawer) float64 {
	width, passed := float64(c.Base), float64(m.now-m.s.Since)
	start := float64(m.n+1) * width
	if start+width <= passed {
		start = (math.Floor(passed/width) + 1) * width
	}
	end := start + width
	start = max(start, passed)
	return start - passed + uniform(m.rng, end-start)
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
