package concurrency

import (
	"math"
	"slices"
	"time"

	"ratecliff/load"
)

// Cap lets at most so many calls through at a time. By Little's law it is also a
// limit on the rate, ceiling ÷ service time, which moves with the output's length.
type Cap struct {
	cfg   Config
	out   int
	rests []time.Duration // when permits that rest, or have rested, are there again; in no order
	since time.Duration   // from when on the one worker looks for work

	adapt  AdaptConfig
	law    law               // nil for a fixed ceiling
	batch  *batch            // nil hands on each sample
	seats  load.BySlot[seat] // where more is kept than their number
	parts  [classes]float64
	busy   [classes]int
	shared bool // some class has a guarantee
}

// seat is what is kept of a call that is out.
type seat struct {
	inflight int // how many were out when it went, itself included
	class    int
}

// New builds a cap from a valid configuration (see [Config.Validate]).
func New(cfg Config) *Cap {
	if cfg.PauseThrottled == 0 {
		cfg.PauseThrottled = cfg.Pause
	}
	g := &Cap{cfg: cfg, adapt: cfg.Adapt.resolve(cfg.Max), parts: cfg.Partition.parts()}
	g.shared = cfg.Partition != PartitionConfig{}
	g.law = newLaw(g.adapt, cfg.Max)
	if g.adapt.Batch > 0 {
		g.batch = &batch{least: g.adapt.Batch}
	}
	return g
}

// Limit is the ceiling now.
func (g *Cap) Limit() int {
	if g.law == nil {
		return g.cfg.Max
	}
	return g.law.limit()
}

// Baseline is the latency that new ones are compared with, in nanoseconds; 0 while
// unknown, and where none are.
func (g *Cap) Baseline() float64 {
	if b, ok := g.law.(interface{ baseline() float64 }); ok {
		return b.baseline()
	}
	return 0
}

// Ready grants while a permit is left; else a call waits until one comes back
// or has rested, or until the worker looks.
func (g *Cap) Ready(now time.Duration, c *load.Call) load.Permit {
	full := g.out >= g.Limit()
	switch {
	case full && g.guaranteed(c):
		return load.Permit{}
	case full && g.cfg.WhenFull == Fail:
		return load.Permit{State: load.Refused, By: "concurrency"}
	case full:
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

// guaranteed says whether the class of c has fewer out than it is guaranteed.
func (g *Cap) guaranteed(c *load.Call) bool {
	if !g.shared {
		return false
	}
	class := classOf(c.Priority)
	part := g.parts[class]
	return part > 0 && g.busy[class] < max(1, int(math.Ceil(float64(g.Limit())*part-1e-9)))
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
	if g.out+resting < g.Limit() {
		return now
	}
	return earliest
}

// Take takes a permit.
func (g *Cap) Take(now time.Duration, c *load.Call) {
	g.out++
	g.rests = slices.DeleteFunc(g.rests, func(at time.Duration) bool { return at <= now })
	if g.law != nil || g.shared {
		s := g.seat(c)
		*s = seat{g.out, classOf(c.Priority)}
		g.busy[s.class]++
	}
}

// Done gives it back, whatever became of the attempt.
func (g *Cap) Done(now time.Duration, c *load.Call, a *load.Attempt) {
	if g.law != nil || g.shared {
		s := g.seat(c)
		g.busy[s.class]--
		if g.law != nil {
			g.learn(now, s, a)
		}
	}
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

func (g *Cap) seat(c *load.Call) *seat { return g.seats.At(c) }

// InFlight is the number of permits out.
func (g *Cap) InFlight() int { return g.out }
