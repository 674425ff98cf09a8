package governor

import (
	"time"

	"ratecliff/load"
)

// aimd is additive increase, multiplicative decrease of the rate in each
// dimension.
type aimd struct {
	paced
	cut [dimensions]time.Duration // when the rate was last cut; before the run when never
	// Asleep it bounds nothing: as the safety of headers it has no rate of requests
	// until a 429 comes. known are the rates the headers tell, 0 where they do not.
	asleep bool
	known  cost
	sent   meter
}

func newAIMD(cfg *Config) *aimd {
	return &aimd{paced: newPaced(cfg), cut: [dimensions]time.Duration{-1, -1, -1}}
}

func (a *aimd) take(now time.Duration, n *note) {
	a.paced.take(now, n)
	if a.asleep {
		a.sent.count(now, safetySmooth)
	}
}

func (a *aimd) done(now time.Duration, n *note, r *load.Response) {
	a.settle(n, r)
	if r.Outcome == load.OK {
		a.grow(now, n)
		return
	}
	if d, ok := blamed(r); ok && n.sent > a.cut[d] && (a.cut[d] < 0 || now-a.cut[d] >= a.cfg.Epoch) {
		a.shrink(now, d)
	}
}

// grow adds add·u·c ÷ r, u being what a mean call costs: a rate that is used
// gains add calls per second each second, in whatever unit.
func (a *aimd) grow(now time.Duration, n *note) {
	for d := range a.bucket {
		b := &a.bucket[d]
		if b.rate <= 0 || !n.used[d] {
			continue
		}
		b.set(now, a.bounded(d, b.rate+a.step(d)*n.cost[d]/b.rate))
		if a.asleep && a.known[d] > 0 && b.rate > relax*a.known[d] {
			*b = bucket{} // the headers' word will do again
		}
	}
}

// step is by how much a rate that is used grows, per second each second: by Add
// calls, or as a safety by Add times the rate that the headers tell.
func (a *aimd) step(d int) float64 {
	if a.asleep && a.known[d] > 0 {
		return a.cfg.Add * a.known[d]
	}
	return a.cfg.Add * a.unit(d)
}

// relax is how far above the rate that the headers tell the safety lets
// go; ours.
const relax = 1.25

// safetySmooth is the weight of the newest half second in the rate of sending
// that a safety starts from, as in aws-sdk-go-v2.
const safetySmooth = 0.8

// shrink cuts the rate in dimension d. One that had no bound is cut from the rate
// of requests in force.
func (a *aimd) shrink(now time.Duration, d int) {
	a.cut[d] = now
	b := &a.bucket[d]
	if b.rate <= 0 {
		a.open(now, d, a.bounded(d, a.cfg.Factor*a.base(now, d)))
		return
	}
	b.set(now, a.bounded(d, a.cfg.Factor*b.rate))
	b.level = min(b.level, 0)
}

// base is the rate from which a dimension without one is first cut.
func (a *aimd) base(now time.Duration, d int) float64 {
	switch {
	case a.asleep && a.known[d] > 0:
		return a.known[d]
	case a.asleep && a.bucket[0].rate <= 0:
		return max(a.sent.rate(now), float64(a.cfg.Min)) * a.unit(d)
	}
	return a.bucket[0].rate * a.unit(d)
}
