package throttle

import "ratecliff/load"

// Kind names a formula.
type Kind string

// Config is an adaptive throttle.
type Config struct {
	// Kind is the formula. Required.
	Kind Kind `yaml:"kind"`
}

// Validate reports everything wrong with c.
func (c Config) Validate() []load.Problem { return nil }
