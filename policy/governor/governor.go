package governor

import (
	"time"

	"ratecliff/load"
)

// Governor finds the rate to send at.
type Governor struct{ cfg Config }

// New builds a governor from a valid configuration.
func New(cfg Config) *Governor { return &Governor{cfg: cfg} }

// Ready says whether c may go now.
func (t *Governor) Ready(time.Duration, *load.Call) load.Permit { return load.Permit{} }

// Take counts the request.
func (t *Governor) Take(time.Duration, *load.Call) {}

// Done counts what became of it.
func (t *Governor) Done(time.Duration, *load.Call, *load.Attempt) {}
