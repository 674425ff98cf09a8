package ratelimit

import (
	"math"
	"time"

	"ratecliff/load"
)

// units converts tokens to units, saturating. Negative counts are no tokens.
func units(n int64) int64 {
	if n > math.MaxInt64/Unit {
		return math.MaxInt64
	}
	return max(n, 0) * Unit
}

// Fits says whether n tokens are there now. Nothing (n <= 0) always fits, even
// in debt. More than the capacity never fits.
func (b *Bucket) Fits(n int64) bool { return n <= 0 || units(n) <= b.level }

// Charge takes n tokens, whether they are there or not: the level may go into
// debt. A negative n takes nothing.
func (b *Bucket) Charge(n int64) { b.take(uint64(units(n))) }

// Refund gives n tokens back, up to a full bucket. A negative n gives nothing.
func (b *Bucket) Refund(n int64) { b.give(units(n)) }

// ChargeUnits takes a part of a token: units of 1/60e9. It settles the remainder
// of an outflow. A negative count takes nothing.
func (b *Bucket) ChargeUnits(n int64) { b.take(uint64(max(n, 0))) }

func (b *Bucket) give(n int64) {
	if uint64(n) >= b.room() {
		b.level = b.capacity
		return
	}
	b.level += n
}

// Drain changes the outflow by q units per nanosecond, which is q tokens per
// minute; negative q takes outflow away again. The outflow is the sum over all
// that flows, never below 0; the sum must stay below 2^62. See [Flow].
func (b *Bucket) Drain(q int64) { b.outflow = min(max(b.outflow+q, 0), 1<<62) }

// Wait is how long from now until n tokens fit: exact, in whole nanoseconds, and
// not one too many. It takes any outflow to stop now, since nobody knows how
// long it lasts: with outflow it is the earliest possible, as a service's
// retry-after is ("earlier retries will fail"). It is [load.Never] for more than
// the capacity.
func (b *Bucket) Wait(n int64) time.Duration {
	if n <= 0 {
		return 0
	}
	return b.waitUnits(units(n))
}

// WaitAbove is how long from now until the level is above zero, under the same
// assumption as [Bucket.Wait].
func (b *Bucket) WaitAbove() time.Duration { return b.waitUnits(1) }

func (b *Bucket) waitUnits(need int64) time.Duration {
	if need <= b.level {
		return 0
	}
	if need > b.capacity || b.rate == 0 {
		return load.Never
	}
	return refill(uint64(need)-uint64(b.level), b.rate)
}

// refill is ceil(missing / rate), or Never when that overflows.
func refill(missing uint64, rate int64) time.Duration {
	wait := missing / uint64(rate)
	if wait*uint64(rate) != missing {
		wait++
	}
	return time.Duration(min(wait, uint64(load.Never)))
}

// FullAt is the instant at which the bucket is full again if nothing more is
// taken: the instant of the last [Bucket.Advance] when it is full now, and
// [load.Never] when it never refills.
func (b *Bucket) FullAt() time.Duration {
	if b.level == b.capacity {
		return b.at
	}
	if b.rate == 0 {
		return load.Never
	}
	wait := refill(b.room(), b.rate)
	if wait >= load.Never-b.at {
		return load.Never
	}
	return b.at + wait
}

// Level is the level in tokens, negative in debt. It is rounded: for exact work
// use [Bucket.Units].
func (b *Bucket) Level() float64 { return float64(b.level) / float64(Unit) }

// Units is the level in units of 1/60e9 token.
func (b *Bucket) Units() int64 { return b.level }

// Whole is the level in whole tokens, rounded down, negative in debt.
func (b *Bucket) Whole() int64 {
	whole := b.level / Unit
	if b.level < 0 && whole*Unit != b.level {
		whole--
	}
	return whole
}

// Burst is the capacity in tokens.
func (b *Bucket) Burst() int64 { return b.capacity / Unit }

// Limit is the refill in tokens per minute.
func (b *Bucket) Limit() PerMinute { return PerMinute(b.rate) }

// At is the instant the bucket stands at.
func (b *Bucket) At() time.Duration { return b.at }

// Status is what a truthful, unrounded header would say.
func (b *Bucket) Status() load.LimitStatus {
	return load.LimitStatus{
		Known:     true,
		Limit:     b.rate,
		Remaining: max(b.level, 0) / Unit,
		Reset:     b.FullAt(),
	}
}
