package throttle

import (
	"math"
	"time"

	"ratecliff/load"
)

// name is what refusals are marked with.
const name = "throttle"

// Throttle is an adaptive throttle over all calls of one client process.
type Throttle struct {
	cfg    Config
	seed   uint64
	chance *load.Chance
	recent window
}

// New builds a throttle from a valid configuration (see [Config.Validate]). The
// seed aims its chance.
func New(cfg Config, seed uint64) *Throttle {
	cfg = cfg.complete()
	return &Throttle{cfg: cfg, seed: seed, chance: load.NewChance(), recent: newWindow(cfg.Window, cfg.Slices)}
}

// Probability is how likely a call is refused at an instant.
func (t *Throttle) Probability(now time.Duration) float64 {
	if t.cfg.Kind == Failsafe {
		return t.cfg.refusal(t.recent.sum)
	}
	return t.cfg.refusal(t.recent.last(now))
}

// refusal is the formula.
func (c *Config) refusal(last counts) float64 {
	n, accepted := float64(last.all), float64(last.accepted)
	most := c.K * accepted
	if c.Kind != SRE {
		most = accepted / c.Threshold
	}
	if last.all < c.MinCount || n < c.MinRate*c.Window.Seconds() {
		return 0
	}
	p := max(0, n-most) / (n + 1)
	if c.Aggression != 1 {
		p = math.Pow(p, 1/c.Aggression)
	}
	return min(p, c.MaxRefusal)
}

// Ready refuses c by chance. A call that is asked about again without having
// slept or been sent in between meets the same chance, so that it is not tried
// until it fails only because it waits for another gate.
func (t *Throttle) Ready(now time.Duration, c *load.Call) load.Permit {
	p := t.Probability(now)
	if p <= 0 {
		return load.Permit{}
	}
	turn := uint64(c.Ready) ^ uint64(c.Attempts)<<56 ^ uint64(c.Layers[0].Failures)<<48
	if t.chance.Aim(t.seed, load.ForThrottle, c.ID, turn).Float64() < p {
		return load.Permit{State: load.Refused, By: name}
	}
	return load.Permit{}
}

// Take does nothing: a call counts when it ends.
func (t *Throttle) Take(time.Duration, *load.Call) {}

// Done counts an attempt that ended.
func (t *Throttle) Done(now time.Duration, _ *load.Call, a *load.Attempt) {
	switch a.Response.Outcome {
	case load.OK:
		t.recent.count(now, true)
	case load.Throttled:
		t.recent.count(now, t.cfg.AcceptThrottled)
	case load.Overloaded, load.TimedOut:
		t.recent.count(now, false)
	case load.Failed:
		t.recent.count(now, a.Response.Status >= 400 && a.Response.Status < 500)
	}
}

// Refused counts a call that this throttle turned away, which only the formula
// of the book asks for.
func (t *Throttle) Refused(now time.Duration, _ *load.Call, p load.Permit) {
	if t.cfg.Kind == SRE && p.By == name {
		t.recent.count(now, false)
	}
}
