package ratelimit

import (
	"math"
	"math/bits"
	"time"
)

// PerMinute is a limit in tokens (or requests) per minute. What zero means is
// said where it is used: a [Bucket] never refills, a [Set] does not limit.
type PerMinute int64

const (
	// Unit is how many units of level make one token. A minute has 60e9
	// nanoseconds, so a bucket of L tokens per minute gains exactly L units in
	// every nanosecond and refilling is associative: polled often or rarely, the
	// level is the same integer.
	Unit = int64(time.Minute)

	// MaxBurst is the largest capacity in tokens: 150 M × Unit = 9.0e18 units,
	// just inside an int64 (9.2e18).
	MaxBurst int64 = 150_000_000

	// MaxPerMinute is the largest limit, so that a minute of it fits a bucket.
	MaxPerMinute PerMinute = 150_000_000
)

// Bucket is a continuous token bucket with debt and outflow. Its level is
// min(capacity, level + (limit − outflow) × elapsed), an exact int64 in units of
// 1/60e9 token.
//
// The level saturates and never wraps: a debt deeper than about 153.7 M tokens
// (the least int64) is remembered as that. The zero Bucket is empty, holds
// nothing and never refills. Not safe for concurrent use.
type Bucket struct {
	level    int64 // units; negative in debt
	capacity int64 // units
	rate     int64 // units per ns, which is tokens per minute
	outflow  int64 // units per ns
	at       time.Duration

	spilled uint64 // thousandths of a token that came in when it was full
	spare   uint64 // units spilled beyond those
}

// NewBucket returns a bucket at instant 0 that refills limit tokens per minute
// and holds burst tokens. level is the share that is full, 0 to 1. Values out of
// range are clamped: limit and burst to 0 … 150 M, level to 0 … 1 (NaN to 0).
func NewBucket(limit PerMinute, burst int64, level float64) Bucket {
	b := Bucket{
		rate:     int64(min(max(limit, 0), MaxPerMinute)),
		capacity: min(max(burst, 0), MaxBurst) * Unit,
	}
	switch {
	case level >= 1:
		b.level = b.capacity
	case level > 0:
		b.level = min(b.capacity, int64(level*float64(b.capacity)))
	}
	return b
}

// Advance moves the bucket to the instant now. Earlier instants change nothing.
func (b *Bucket) Advance(now time.Duration) {
	if now <= b.at {
		return
	}
	elapsed := uint64(now) - uint64(b.at)
	b.at = now
	net := b.rate - b.outflow
	if net >= 0 {
		b.gain(elapsed, uint64(net))
		return
	}
	b.lose(elapsed, uint64(-net))
}

func (b *Bucket) gain(elapsed, net uint64) {
	over, units := bits.Mul64(elapsed, net)
	if room := b.room(); over != 0 || units >= room {
		b.level = b.capacity
		b.spill(over, units, room)
		return
	}
	b.level = int64(uint64(b.level) + units)
}

// thousandth is how many units make a thousandth of a token.
const thousandth = uint64(Unit / 1000)

// spill notes what came in beyond the room there was.
func (b *Bucket) spill(over, units, room uint64) {
	low, borrow := bits.Sub64(units, room, 0)
	low, carry := bits.Add64(low, b.spare, 0)
	high := over - borrow + carry
	if high >= thousandth {
		b.spilled = math.MaxUint64 // longer full than a run can last
		return
	}
	whole, rest := bits.Div64(high, low, thousandth)
	b.spare = rest
	if b.spilled += whole; b.spilled < whole {
		b.spilled = math.MaxUint64
	}
}

// Spilled is what came in while the bucket was full and was lost, in thousandths
// of a token, up to the last [Bucket.Advance].
func (b *Bucket) Spilled() uint64 { return b.spilled }

func (b *Bucket) lose(elapsed, net uint64) {
	over, units := bits.Mul64(elapsed, net)
	if over != 0 {
		units = math.MaxUint64
	}
	b.take(units)
}

// room is how many units are missing to a full bucket, exact over the whole
// range of level.
func (b *Bucket) room() uint64 { return uint64(b.capacity) - uint64(b.level) }

// take removes units, down to the least int64 and no further.
func (b *Bucket) take(units uint64) {
	const signBit = 1 << 63 // level XOR signBit is level − MinInt64
	if units >= uint64(b.level)^signBit {
		b.level = math.MinInt64
		return
	}
	b.level = int64(uint64(b.level) - units)
}
