package load

import (
	"math"
	"math/rand/v2"
	"time"
)

// timeline yields the instants of an open process in order; false when there are
// no more.
type timeline interface {
	next() (time.Duration, bool)
}

// segment is a span in which the rate is linear, or exponential when growth is
// not 0. Times in seconds, rates per second.
type segment struct {
	length float64 // +Inf for the last of an endless profile
	rate   float64 // at its start
	slope  float64 // change of the rate per second
	growth float64 // relative change of the rate per second
	area   float64 // expected arrivals: the integral of the rate
}

// profile is the timeline of a rate that depends on time, λ(t), by inverting its
// integral Λ (time change; Çinlar, Introduction to Stochastic Processes, 1975,
// section 4.7). Arrival k is due where Λ(t) = G(k):
//
//	evenly:  G(k) = k             so the count up to t is ⌈Λ(t)⌉, without drift
//	Poisson: G(k) = E0 + … + Ek   with independent unit exponentials E
//
// Λ is inverted segment by segment in closed form, with y what remains of G at
// the start of a segment of rate a:
//
//	linear       Λ = a·x + s·x²/2       x = 2y / (a + √(a² + 2·s·y))
//	exponential  Λ = a·(e^(g·x) - 1)/g  x = ln(1 + g·y/a) / g
//
// Thinning (Lewis and Shedler, 1979) was rejected: it draws more numbers and has
// no even counterpart.
type profile struct {
	segments []segment
	cyclic   bool
	rng      *rand.Rand // nil: evenly
	at       int        // current segment
	start    float64    // its start
	base     float64    // Λ at its start
	goal     float64
	k        int64
}

func (p *profile) next() (time.Duration, bool) {
	if p.rng != nil {
		p.goal += p.rng.ExpFloat64()
	} else {
		p.goal = float64(p.k)
		p.k++
	}
	for p.at < len(p.segments) {
		s := &p.segments[p.at]
		if y := p.goal - p.base; y < s.area {
			return seconds(p.start + s.invert(y)), true
		}
		p.base = snap(p.base + s.area)
		p.start += s.length
		p.at++
		if p.cyclic && p.at == len(p.segments) {
			p.at = 0
		}
	}
	return 0, false
}

// invert gives the time into the segment at which y arrivals are expected.
func (s *segment) invert(y float64) float64 {
	switch {
	case y <= 0:
		return 0
	case s.growth != 0:
		return math.Log1p(s.growth*y/s.rate) / s.growth
	case s.slope != 0:
		return 2 * y / (s.rate + math.Sqrt(math.Max(0, s.rate*s.rate+2*s.slope*y)))
	}
	return y / s.rate
}

// snap removes the dust of floating point, so that 0.8/s for 10 minutes is 480
// arrivals and not 481.
func snap(count float64) float64 {
	if count > 1e6 {
		return count
	}
	return math.Round(count*1e9) / 1e9
}

func flat(rate, length float64) segment {
	s := segment{length: length, rate: rate}
	if rate > 0 {
		s.area = snap(rate * length)
	}
	return s
}

func linear(from, to, length float64) segment {
	return segment{length: length, rate: from, slope: (to - from) / length, area: snap((from + to) / 2 * length)}
}

func growing(from, growth, length float64) segment {
	if growth == 0 {
		return flat(from, length)
	}
	return segment{length: length, rate: from, growth: growth, area: from * math.Expm1(growth*length) / growth}
}

func (p *Process) rampSegments() []segment {
	from, to := float64(p.From), float64(p.To)
	forever := math.Inf(1)
	switch {
	case p.Doubling > 0:
		growth := math.Ln2 / p.Doubling.Seconds()
		if to == 0 {
			return []segment{growing(from, growth, forever)}
		}
		return []segment{growing(from, growth, math.Log(to/from)/growth), flat(to, forever)}
	case p.Shape == Exponential:
		over := p.Over.Seconds()
		return []segment{growing(from, math.Log(to/from)/over, over), flat(to, forever)}
	}
	return []segment{linear(from, to, p.Over.Seconds()), flat(to, forever)}
}

func (p *Process) stepSegments() []segment {
	out := make([]segment, len(p.Steps))
	for i, s := range p.Steps {
		length := s.For.Seconds()
		if s.For == 0 {
			length = math.Inf(1)
		}
		out[i] = flat(float64(s.Rate), length)
	}
	return out
}
