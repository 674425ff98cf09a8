package load

import (
	"math"
	"math/rand/v2"
	"time"
)

// timeline starts an open process that is neither a replay nor driven by users.
func (p *Process) timeline(rng *rand.Rand, horizon time.Duration) timeline {
	switch p.Kind {
	case Constant:
		return &profile{segments: []segment{flat(float64(p.Rate), math.Inf(1))}}
	case Poisson:
		return &profile{segments: []segment{flat(float64(p.Rate), math.Inf(1))}, rng: rng}
	case Gamma:
		return &renewal{gaps: newGaps(rng, p.Rate, p.CV)}
	case OnOff:
		cv := p.CV
		if cv == 0 {
			cv = 1
		}
		return newOnOff(newGaps(rng, p.Rate, cv), p, horizon)
	case Burst:
		return &bursts{at: p.At, every: p.Every, n: p.N}
	}
	if p.Even {
		rng = nil
	}
	switch p.Kind {
	case Ramp:
		return &profile{segments: p.rampSegments(), rng: rng}
	case Steps:
		return &profile{segments: p.stepSegments(), rng: rng}
	default: // Sinusoid: validation knows no other
		return &profile{segments: p.sinusoidSegments(), cyclic: true, rng: rng}
	}
}
