package ratelimit

import "time"

// counter is what a [Set] asks of an algorithm other than the token bucket. It
// is the contract of ratelimittest without Fits, which Wait tells too, and with
// what headers say.
type counter interface { //nolint:interfacebloat // see above: one contract, with what headers say
	Advance(now time.Duration)
	Charge(n int64)
	Refund(n int64)
	Wait(n int64) time.Duration
	Remaining() int64
	FullAt() time.Duration
}

var (
	_ counter = (*GCRA)(nil)
	_ counter = (*FixedWindow)(nil)
	_ counter = (*SlidingLog)(nil)
	_ counter = (*SlidingCounter)(nil)
	_ counter = (*LeakyBucket)(nil)
	_ counter = (*Concurrency)(nil)
)

func newCounter(l *Limits, i int, limit PerMinute, burst int64) counter {
	window := l.Windows[i]
	if window <= 0 {
		window = time.Minute
	}
	switch l.Algorithm {
	case UseFixedWindow:
		c := NewFixedWindow(burst, window, l.Phase)
		return &c
	case UseSlidingLog:
		c := NewSlidingLog(burst, window)
		return &c
	case UseSlidingCounter:
		c := NewSlidingCounter(burst, window)
		return &c
	case UseLeakyBucket:
		c := NewLeakyBucket(limit, burst, 0)
		return &c
	case UseGCRA, UseTokenBucket:
	}
	c := NewGCRA(limit, burst)
	return &c
}
