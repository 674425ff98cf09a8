package concurrency

import (
	"slices"
	"time"

	"ratecliff/load"
)

// Cap lets at most Max calls through at a time. By Little's law it is also a
// limit on the rate, Max ÷ service time, which moves with the output's length.
type Cap struct {
	cfg   Config
	out   int
	rests []time.Duration // when permits that rest, or have rested, are there again; in no order
	since time.Duration   // from when on the one worker looks for work
}

// New builds a cap from a valid configuration (see [Config.Validate]).
func New(cfg Config) *Cap {
	if cfg.PauseThrottled == 0 {
		cfg.PauseThrottled = cfg.Pause
	}
	return &Cap{cfg: cfg}
}

// Ready grants while a permit is left; else a call waits until one comes back
// or has rested, or until the worker looks.
func (g *Cap) Ready(now time.Duration, _ *load.Call) load.Permit {
	if g.out >= g.cfg.Max {
		return load.Permit{State: load.WaitEvent, By: "concurrency"}
	}
	if at := g.rested(now); at > now {
		return load.Permit{State: load.WaitUntil, At: at, By: "concurrency.pause"}
	}
	if g.cfg.Poll > 0 {
		if phase := (now - g.since) % g.cfg.Poll; phase != 0 {
			return load.Permit{State: load.WaitUntil, At: now + g.cfg.Poll - phase, By: "concurrency.poll"}
		}
	}
	return load.Permit{}
}

// rested is when the next permit may be given out, as far as rest goes.
func (g *Cap) rested(now time.Duration) time.Duration {
	resting, earliest := 0, load.Never
	for _, at := range g.rests {
		if at > now {
			resting++
			earliest = min(earliest, at)
		}
	}
	if g.out+resting < g.cfg.Max {
		return now
	}
	return earliest
}

// Take takes a permit.
func (g *Cap) Take(now time.Duration, _ *load.Call) {
	g.out++
	g.rests = slices.DeleteFunc(g.rests, func(at time.Duration) bool { return at <= now })
}

// Done gives it back, whatever became of the attempt.
func (g *Cap) Done(now time.Duration, _ *load.Call, a *load.Attempt) {
	g.out--
	pause := g.cfg.Pause
	if a.Response.Outcome == load.Throttled {
		pause = g.cfg.PauseThrottled
	}
	g.since = now + pause
	if pause > 0 {
		g.rests = append(g.rests, now+pause)
	}
}

// InFlight is the number of permits out.
func (g *Cap) InFlight() int { return g.out }
