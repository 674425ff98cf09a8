package limiter

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// bucket is a token bucket that can be in debt and be given tokens back. The
// zero value is no limit at all.
//
// rate.Limiter has no word for either, but its arithmetic does both when it is
// given instants: ReserveN lets the level fall below zero (each reservation at
// most the burst), and a negative n raises it, cut to the burst when the level
// is next read.
type bucket struct {
	lim    *rate.Limiter
	holds  int64
	perSec float64
	// Of a paced one, which holds nothing: lim is not used then.
	paced bool
	next  time.Duration // when the last charge is paid off
}

func newBucket(s size) bucket {
	if !s.limited() {
		return bucket{}
	}
	perSec := s.perMinute / 60
	return bucket{lim: rate.NewLimiter(rate.Limit(perSec), int(s.holds)), holds: s.holds, perSec: perSec, paced: s.paced}
}

// at is the fixed point in time that package rate is given for an instant. It
// is long after rate's own zero time, so a new bucket starts full.
func at(now time.Duration) time.Time { return time.Unix(0, int64(now)) }

// level is what the bucket holds, negative in debt.
func (b *bucket) level(now time.Duration) float64 {
	if b.paced {
		return -b.perSec * max(b.next-now, 0).Seconds()
	}
	return b.lim.TokensAt(at(now))
}

// wait is how long from now until n fit, 0 when they do. It changes nothing. n
// must not exceed what the bucket holds.
func (b *bucket) wait(now time.Duration, n int64) time.Duration {
	if b.lim == nil {
		return 0
	}
	if b.paced {
		return max(b.next-now, 0)
	}
	missing := float64(n) - b.lim.TokensAt(at(now))
	if missing <= 0 {
		return 0
	}
	// Rounded up, so that the wait is over when it says so; what is less than
	// a picosecond's refill is floating point, not a lack.
	return time.Duration(math.Ceil(missing/b.perSec*1e9 - 1e-3))
}

// mostCharged bounds one charge: ten times the largest context window there is.
// A server may claim any usage.
const mostCharged = 10_000_000

// charge takes n out, into debt if need be.
func (b *bucket) charge(now time.Duration, n int64) {
	if b.lim == nil {
		return
	}
	if b.paced {
		b.next = max(b.next, now) + b.lasts(n)
		return
	}
	for n = min(n, mostCharged); n > 0; {
		part := min(n, b.holds)
		b.lim.ReserveN(at(now), int(part))
		n -= part
	}
}

// refund puts n back; what does not fit is lost.
func (b *bucket) refund(now time.Duration, n int64) {
	if b.lim == nil || n <= 0 {
		return
	}
	if b.paced {
		b.next -= b.lasts(n)
		return
	}
	b.lim.ReserveN(at(now), -int(n))
}

// lasts is how long n take to flow in, at most a year.
func (b *bucket) lasts(n int64) time.Duration {
	const year = 365 * 24 * time.Hour
	return time.Duration(min(float64(n)/b.perSec*1e9, float64(year)))
}

// settle replaces a charge of reserved by one of actual.
func (b *bucket) settle(now time.Duration, reserved, actual int64) {
	if actual > reserved {
		b.charge(now, actual-reserved)
	} else {
		b.refund(now, reserved-actual)
	}
}
