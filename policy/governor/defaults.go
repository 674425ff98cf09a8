package governor

import (
	"time"

	"ratecliff/load"
)

// Defaults that are not a source's own stand beside their fields in Config.
const (
	defaultStart = load.Rate(20)
	defaultMin   = load.Rate(1.0 / 60)
	defaultMax   = load.Rate(1000)
	defaultBurst = 1

	defaultAdd    = 0.05 // calls/s per s; ours
	defaultFactor = 0.7  // aws-sdk-go-v2 v1.47.7 adaptive_ratelimit.go, beta; for aimd ours

	defaultRounding = 500 // half of the thousand tokens are rounded to
	defaultProbes   = 3

	cubicScale  = 0.4 // aws-sdk-go-v2 v1.47.7 adaptive_ratelimit.go
	cubicSmooth = 0.8
	cubicMin    = load.Rate(0.5)

	bbrMin        = load.Rate(0.5) // ours: from less its cycle takes minutes to come back
	defaultRound  = time.Second
	defaultTarget = 0.02
	defaultKP     = 0.5
	defaultKI     = 0.1

	// github.com/Bfarkiani/ratelimiter, configs/ATB/config_1.json; the floor of the
	// rate from ATB.py.
	atbStart      = load.Rate(40.0 / 60)
	atbMin        = load.Rate(0.01)
	atbBurst      = 40
	atbTokens     = 1
	atbCongestion = load.Rate(300.0 / 60)
	atbStep       = 1.2

	defaultPause = 15 * time.Second // seconds_to_pause_after_rate_limit_error
	defaultGap   = 100 * time.Millisecond
)

// or puts a default in the place of a zero.
func or[T comparable](v *T, to T) {
	var zero T
	if *v == zero {
		*v = to
	}
}

// complete fills in what is not set.
func (c Config) complete() Config {
	switch c.Kind {
	case Cubic:
		or(&c.Min, cubicMin)
	case BBR:
		or(&c.Min, bbrMin)
	case ATB:
		or(&c.Start, atbStart)
		or(&c.Min, atbMin)
		or(&c.Burst, atbBurst)
		or(&c.Tokens, min(atbTokens, c.Burst))
		or(&c.Congestion, atbCongestion)
		or(&c.FirstStep, atbStep)
		or(&c.SecondStep, atbStep)
	}
	or(&c.Start, defaultStart)
	or(&c.Min, defaultMin)
	or(&c.Max, max(defaultMax, c.Start))
	or(&c.Burst, defaultBurst)
	or(&c.Add, defaultAdd)
	or(&c.Factor, defaultFactor)
	or(&c.Semantics, Continuous)
	or(&c.Rounding, defaultRounding)
	c.Rounding = max(c.Rounding, 0)
	or(&c.Probes, defaultProbes)
	or(&c.Scale, cubicScale)
	or(&c.Smooth, cubicSmooth)
	or(&c.Round, defaultRound)
	or(&c.Target, defaultTarget)
	or(&c.KP, defaultKP)
	or(&c.KI, defaultKI)
	or(&c.Pause, defaultPause)
	or(&c.Release, All)
	or(&c.Gap, defaultGap)
	return c
}
