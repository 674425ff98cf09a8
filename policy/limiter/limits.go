package limiter

import (
	"math"
)

// Limits are limits per minute; 0 means not limited.
type Limits struct {
	RPM, ITPM, OTPM int64
}

// Published says which pool of limits a model draws from and what the server
// publishes for it. Models of one pool share its buckets. The pool may be named
// after the model itself.
type Published func(model string) (pool string, limits Limits)

// size is one bucket to be: its rate and how much it holds. The zero value is
// no bucket.
type size struct {
	perMinute float64
	holds     int64
	paced     bool
}

func (s size) limited() bool { return s.holds > 0 }

// sizes are the buckets of one pool, by dimension.
type sizes struct{ requests, input, output size }

// sizes resolves a configuration against what the server publishes.
func (c Config) sizes(published Limits) sizes {
	window := c.BurstWindow
	if window == 0 {
		window = defaultWindow
	}
	one := func(own, theirs int64) size {
		perMinute := float64(own)
		if own == 0 {
			perMinute = c.Share * float64(theirs)
		}
		if perMinute <= 0 {
			return size{}
		}
		if c.Pace {
			return size{perMinute: perMinute, holds: maxHolds, paced: true}
		}
		holds := math.Floor(perMinute*window.Minutes() + 1e-6) // a whole number that floating point has just missed
		return size{perMinute: perMinute, holds: int64(min(max(holds, 1), maxHolds))}
	}
	s := sizes{one(c.RPM, published.RPM), one(c.ITPM, published.ITPM), one(c.OTPM, published.OTPM)}
	if c.Burst > 0 && s.requests.limited() {
		s.requests.holds = c.Burst
	}
	return s
}

// maxHolds keeps a level exact to a thousandth of a token in float64 (2⁵³ ≈ 9·10¹⁵).
const maxHolds = 1e12

// MaxRequest is the largest request that can ever pass, in input tokens (cache
// reads not counted) and in max_tokens; [math.MaxInt64] where there is no limit.
// Only with output max-tokens is a request kept out for its max_tokens.
func (c Config) MaxRequest(published Limits) (input, maxTokens int64) {
	s := c.sizes(published)
	input, maxTokens = math.MaxInt64, math.MaxInt64
	if s.input.limited() {
		input = s.input.holds
	}
	if s.output.limited() && (c.Output == "" || c.Output == MaxTokens) {
		maxTokens = s.output.holds
	}
	return input, maxTokens
}

// Fits says whether a request of so many input tokens (cache reads not counted)
// and so much max_tokens can ever pass.
func (c Config) Fits(published Limits, input, maxTokens int64) bool {
	maxInput, maxOutput := c.MaxRequest(published)
	return input <= maxInput && maxTokens <= maxOutput
}
