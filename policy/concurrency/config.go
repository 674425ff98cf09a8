package concurrency

import (
	"time"

	"ratecliff/load"
)

// Config is a fixed ceiling on calls in flight.
type Config struct {
	// Max is the most permits out at a time, at least 1. 0 is not valid: leave
	// the whole cap out for no ceiling.
	Max int `yaml:"max"`
	// Hold keeps a call's permit through all its attempts and the sleeps
	// between, as a semaphore around a retrying client does. False takes one
	// permit per attempt. The engine does the holding.
	Hold bool `yaml:"hold"`
	// Pause is how long a permit rests after each use before it is given out
	// again: a worker that sleeps between jobs. 0 is not at all.
	Pause time.Duration `yaml:"pause"`
	// PauseThrottled is how long it rests in place of Pause when that use ended in
	// a 429. 0 means as Pause.
	PauseThrottled time.Duration `yaml:"pause_throttled"`
	// Poll is how often a worker without work looks for some; only with Max 1. 0
	// sees it at once.
	Poll time.Duration `yaml:"poll"`
}

// Validate reports everything wrong with c.
func (c Config) Validate() []load.Problem {
	var ps []load.Problem
	unless := func(ok bool, path, message string) {
		if !ok {
			ps = append(ps, load.Problem{Path: path, Message: message})
		}
	}
	unless(c.Max >= 1, "max", "must be at least 1")
	for _, f := range []struct {
		path string
		v    time.Duration
	}{{"pause", c.Pause}, {"pause_throttled", c.PauseThrottled}, {"poll", c.Poll}} {
		unless(f.v >= 0 && f.v <= longestPause, f.path, "must be from 0 to a year (8760h)")
	}
	unless(c.Poll == 0 || c.Max == 1, "poll", "is only for max: 1")
	return ps
}

const longestPause = 8760 * time.Hour
