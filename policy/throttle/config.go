package throttle

import "time"

// Kind names a formula. n is the number of calls of the last window, a how many
// of them the server accepted, p the probability of a refusal.
type Kind string

// The formulas.
const (
	// SRE is p = max(0, (n − k·a) ÷ (n + 1)), where n counts the throttle's own
	// refusals too: Beyer et al., Site Reliability Engineering, chapter 21, Handling
	// Overload, client-side throttling.
	SRE Kind = "sre"
	// Envoy is p = min(max_refusal, (max(0, n − a ÷ threshold) ÷ (n + 1))^(1 ÷
	// aggression)), where n counts what was sent, and p = 0 below min_rate: Envoy's
	// admission control filter (documentation v1.38, admission_control.cc).
	Envoy Kind = "envoy"
	// Failsafe is p = min(max_refusal, max(0, n − a ÷ threshold) ÷ (n + 1)), where n
	// counts what was sent and grows old only when something is counted, and p = 0
	// below min_count: failsafe-go v0.9.8, adaptivethrottler.go.
	Failsafe Kind = "failsafe"
)

// Config is an adaptive throttle. It counts a call when its attempt ends; an
// attempt failed when the answer was a 429, a 529, another server error, broken
// or missing. Any other answer is one the server accepted.
type Config struct {
	// Kind is the formula. Required.
	Kind Kind `yaml:"kind"`
	// K is how many calls sre sends for each that is accepted, at least 1: 2 lets
	// half of all calls fail before it acts. 0 means 2. Only for sre.
	K float64 `yaml:"k"`
	// Threshold is the share of accepted calls from which nothing is refused, above
	// 0 and at most 1. 0 means 0.95 (envoy) or 0.9 (failsafe). Not for sre.
	Threshold float64 `yaml:"threshold"`
	// Aggression bends envoy's curve: the larger, the more is refused while few
	// fail; at least 1, at most 100. 0 means 1, a straight line. Only for envoy.
	Aggression float64 `yaml:"aggression"`
	// MaxRefusal is the highest probability of a refusal, from 0 to 1. 0 means 1
	// (sre), 0.8 (envoy) or 0.9 (failsafe).
	MaxRefusal float64 `yaml:"max_refusal"`
	// MinRate is how many calls a second there must have been over the window before
	// envoy refuses any. 0 means any number. Only for envoy.
	MinRate float64 `yaml:"min_rate"`
	// MinCount is how many calls there must have been in the window before failsafe
	// refuses any. 0 means any number. Only for failsafe.
	MinCount int64 `yaml:"min_count"`
	// Window is how far it looks back, at most a day. 0 means 2 min (sre), 30 s
	// (envoy) or 1 min (failsafe).
	Window time.Duration `yaml:"window"`
	// Slices is in how many parts Window grows old, at most 3600. 0 means slices of
	// 1 s (sre, where it is ours, and envoy), at most 3600 of them, or 20 slices
	// (failsafe).
	Slices int `yaml:"slices"`
	// AcceptThrottled counts a 429 as accepted, as Envoy does with every status
	// below 500 unless told otherwise. False counts it as a failure.
	AcceptThrottled bool `yaml:"accept_throttled"`
}

// The defaults, by source: the book's two minutes and K; Envoy's config.cc and
// admission_control.cc; failsafe-go's NewBuilder and Build.
const (
	defaultK = 2

	sreWindow, sreMost           = 2 * time.Minute, 1.0
	envoyWindow, envoyMost       = 30 * time.Second, 0.8
	failsafeWindow, failsafeMost = time.Minute, 0.9

	envoyThreshold, failsafeThreshold = 0.95, 0.9

	failsafeSlices = 20
)

// complete fills in what is not set.
func (c Config) complete() Config {
	window, most, threshold, slices := sreWindow, sreMost, 1.0, 0
	switch c.Kind {
	case Envoy:
		window, most, threshold = envoyWindow, envoyMost, envoyThreshold
	case Failsafe:
		window, most, threshold, slices = failsafeWindow, failsafeMost, failsafeThreshold, failsafeSlices
	}
	set := func(v *float64, to float64) {
		if *v == 0 {
			*v = to
		}
	}
	set(&c.K, defaultK)
	set(&c.Threshold, threshold)
	set(&c.Aggression, 1)
	set(&c.MaxRefusal, most)
	if c.Window == 0 {
		c.Window = window
	}
	if c.Slices == 0 {
		c.Slices = slices
	}
	if c.Slices == 0 {
		c.Slices = int(min(max(c.Window/time.Second, 1), maxSlices))
	}
	return c
}
