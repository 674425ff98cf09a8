package ratelimit

import (
	"math/bits"
	"time"
)

// Algorithm names how a limit is kept. The empty Algorithm is UseTokenBucket.
type Algorithm string

// The algorithms. The documented one is the token bucket; the others are those
// of gateways and of other services.
const (
	UseTokenBucket    Algorithm = "token-bucket"    // continuous refill; see [Bucket]
	UseGCRA           Algorithm = "gcra"            // the same decisions kept as one instant; see [GCRA]
	UseFixedWindow    Algorithm = "fixed-window"    // a count that starts anew; see [FixedWindow]
	UseSlidingLog     Algorithm = "sliding-log"     // every charge is remembered for a window; see [SlidingLog]
	UseSlidingCounter Algorithm = "sliding-counter" // two windows, the older one weighted; see [SlidingCounter]
	UseLeakyBucket    Algorithm = "leaky-bucket"    // a queue that delays; see [LeakyBucket]
)

// Algorithms lists all of them, the default first.
func Algorithms() []Algorithm {
	return []Algorithm{UseTokenBucket, UseGCRA, UseFixedWindow, UseSlidingLog, UseSlidingCounter, UseLeakyBucket}
}

// maxCount is the most that a counting limiter remembers: beyond it charges are
// cut, so that no sum of two overflows.
const maxCount = int64(1) << 62

// counted is used + n, cut to maxCount. Negative n count nothing.
func counted(used, n int64) int64 { return used + min(max(n, 0), maxCount-used) }

// share is floor(a × b / c) for 0 <= a < c and b >= 0, exact.
func share(a int64, b time.Duration, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, _ := bits.Div64(hi, lo, uint64(c)) // a < c, so the quotient is below b
	return int64(q)
}

// later is at + wait, no later than the last instant there is.
func later(at, wait time.Duration) time.Duration {
	if wait > 0 && at > maxInstant-wait {
		return maxInstant
	}
	return at + wait
}

const maxInstant = time.Duration(1<<63 - 1)
