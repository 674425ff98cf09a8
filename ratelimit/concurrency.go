package ratelimit

import (
	"time"

	"ratecliff/load"
)

// Concurrency is a cap on what is held at once: charged when it begins, refunded
// when it ends. Time alone frees nothing, so nobody knows how long to wait.
//
// The zero Concurrency refuses everything. Not safe for concurrent use.
type Concurrency struct {
	most, held int64
	at         time.Duration
}

// NewConcurrency returns an unused cap of most.
func NewConcurrency(most int64) Concurrency { return Concurrency{most: min(max(most, 0), maxCount)} }

// Advance moves the cap to the instant now, which changes nothing else.
func (c *Concurrency) Advance(now time.Duration) { c.at = max(c.at, now) }

// Fits says whether n more can be held. Nothing (n <= 0) always fits.
func (c *Concurrency) Fits(n int64) bool { return n <= 0 || n <= c.most-c.held }

// Charge holds n more, whether they fit or not.
func (c *Concurrency) Charge(n int64) { c.held = counted(c.held, n) }

// Refund lets go of n, as far as they are held.
func (c *Concurrency) Refund(n int64) { c.held -= min(max(n, 0), c.held) }

// Wait is 0 when n fit, and [load.Never] when they do not: no time is known.
func (c *Concurrency) Wait(n int64) time.Duration {
	if c.Fits(n) {
		return 0
	}
	return load.Never
}

// Held is how much is held now.
func (c *Concurrency) Held() int64 { return c.held }

// Remaining is how much more can be held.
func (c *Concurrency) Remaining() int64 { return max(c.most-c.held, 0) }

// FullAt is now when nothing is held, and otherwise [load.Never]: unknown.
func (c *Concurrency) FullAt() time.Duration {
	if c.held == 0 {
		return c.at
	}
	return load.Never
}

// Bound is the most that is admitted within any time if nothing is let go.
func (c *Concurrency) Bound(time.Duration) int64 { return c.most }
