package limiter

import (
	"math"

	"ratecliff/load"
)

// ReserveConfig keeps a part of every bucket from calls of a priority: such a
// call that costs c goes only if x − c ≥ θ·B in every dimension, where x is the
// level and B what the bucket holds (trunk reservation, as telephone networks do). A
// call above (1 − θ)·B goes when the bucket is full. All 0 reserves nothing.
//
// It has no effect where B is small against a request, as with a burst of one:
// see [ReserveRateConfig].
type ReserveConfig struct {
	// Critical is θ of critical calls, from 0 and below 1.
	Critical float64 `yaml:"critical"`
	// High is θ of high calls, from 0 and below 1.
	High float64 `yaml:"high"`
	// Medium is θ of medium calls, from 0 and below 1. 0.1 is what headroom-20 has.
	Medium float64 `yaml:"medium"`
	// Low is θ of low calls, from 0 and below 1. 0.2 is what headroom-20 has.
	Low float64 `yaml:"low"`
}

// of is θ of a priority; what is less urgent than low counts as low.
func (r *ReserveConfig) of(p load.Priority) float64 {
	switch {
	case p <= load.Critical:
		return r.Critical
	case p == load.High:
		return r.High
	case p == load.Medium:
		return r.Medium
	}
	return r.Low
}

// needs is the level at which a call may go that costs n: θ·B is left, or the
// bucket was full.
func (b *bucket) needs(n int64, theta float64) int64 {
	if theta == 0 {
		return n
	}
	return min(n+int64(math.Ceil(theta*float64(b.holds))), max(n, b.holds))
}
