package concurrency

import (
	"time"

	"ratecliff/load"
)

// Cap lets at most Max calls through at a time. By Little's law it is also a
// limit on the rate, Max ÷ service time, which moves with the output's length.
type Cap struct {
	max, out int
}

// New builds a cap from a valid configuration (see [Config.Validate]).
func New(cfg Config) *Cap { return &Cap{max: cfg.Max} }

// Ready grants while a permit is left; else a call waits until one comes back.
func (g *Cap) Ready(time.Duration, *load.Call) load.Permit {
	if g.out >= g.max {
		return load.Permit{State: load.WaitEvent, By: "concurrency"}
	}
	return load.Permit{}
}

// Take takes a permit.
func (g *Cap) Take(time.Duration, *load.Call) { g.out++ }

// Done gives it back, whatever became of the attempt.
func (g *Cap) Done(time.Duration, *load.Call, *load.Attempt) { g.out-- }

// InFlight is the number of permits out.
func (g *Cap) InFlight() int { return g.out }
