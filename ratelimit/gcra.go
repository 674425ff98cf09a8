package ratelimit

import (
	"time"

	"ratecliff/load"
)

// GCRA is the generic cell rate algorithm (ITU-T I.371): all it keeps is the
// theoretical arrival time, the instant at which everything charged so far will
// have been earned back. It decides exactly as a [Bucket] of the same limit and
// burst without outflow does; the instant is kept as whole nanoseconds and a
// fraction with the limit as its denominator, so that nothing is rounded (an
// emission interval in whole nanoseconds is off by 17 % at 100 M per minute).
//
// The zero GCRA refuses everything. Not safe for concurrent use.
type GCRA struct {
	tat      time.Duration // whole nanoseconds
	part     int64         // and part/rate of one, 0 <= part < rate
	rate     int64         // units per ns
	capacity int64         // units
	at       time.Duration
}

// NewGCRA returns a limiter at instant 0, entirely unused. limit is clamped to
// 1 … 150 M per minute and burst to 0 … 150 M.
func NewGCRA(limit PerMinute, burst int64) GCRA {
	return GCRA{rate: int64(min(max(limit, 1), MaxPerMinute)), capacity: min(max(burst, 0), MaxBurst) * Unit}
}

// Advance moves the limiter to the instant now. Earlier instants change nothing.
func (g *GCRA) Advance(now time.Duration) { g.at = max(g.at, now) }

// backlog is what is not earned back yet, in units.
func (g *GCRA) backlog() uint64 {
	if g.tat < g.at {
		return 0
	}
	return uint64(g.tat-g.at)*uint64(g.rate) + uint64(g.part)
}

// owe makes the backlog u, at most the largest int64.
func (g *GCRA) owe(u uint64) {
	u = min(u, 1<<63-1)
	if g.rate == 0 {
		return
	}
	g.tat = later(g.at, time.Duration(u/uint64(g.rate)))
	g.part = int64(u % uint64(g.rate))
}

// Fits says whether n tokens are there now. Nothing (n <= 0) always fits.
func (g *GCRA) Fits(n int64) bool { return g.Wait(n) == 0 }

// Charge takes n tokens, whether they are there or not. A negative n takes
// nothing. Debt beyond about 153.7 M tokens is forgotten.
func (g *GCRA) Charge(n int64) { g.owe(g.backlog() + uint64(units(n))) }

// Refund gives n tokens back, up to an unused limiter. A negative n gives
// nothing.
func (g *GCRA) Refund(n int64) {
	b := g.backlog()
	g.owe(b - min(b, uint64(units(n))))
}

// Wait is how long from now until n tokens fit: exact, and [load.Never] for more
// than the burst.
func (g *GCRA) Wait(n int64) time.Duration {
	if n <= 0 {
		return 0
	}
	need := units(n)
	if need > g.capacity || g.rate == 0 {
		return load.Never
	}
	level := uint64(g.capacity) - uint64(need) // of backlog that may remain
	if b := g.backlog(); b > level {
		return refill(b-level, g.rate)
	}
	return 0
}

// Remaining is how many whole tokens fit now.
func (g *GCRA) Remaining() int64 { return max(g.capacity-int64(g.backlog()), 0) / Unit }

// FullAt is the instant from which on the whole burst fits, at least now.
func (g *GCRA) FullAt() time.Duration {
	b := g.backlog()
	if b == 0 {
		return g.at
	}
	return later(g.at, refill(b, g.rate))
}
