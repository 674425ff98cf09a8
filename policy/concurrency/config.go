package concurrency

import "ratecliff/load"

// Config is a fixed ceiling on calls in flight.
type Config struct {
	// Max is the most permits out at a time, at least 1. 0 is not valid: leave
	// the whole cap out for no ceiling.
	Max int `yaml:"max"`
	// Hold keeps a call's permit through all its attempts and the sleeps
	// between, as a semaphore around a retrying client does. False takes one
	// permit per attempt. The engine does the holding.
	Hold bool `yaml:"hold"`
}

// Validate reports everything wrong with c.
func (c Config) Validate() []load.Problem {
	if c.Max < 1 {
		return []load.Problem{{Path: "max", Message: "must be at least 1"}}
	}
	return nil
}
