package ratelimit

import "time"

// LeakyBucket is a leaky bucket with a queue: what is charged leaves it at the
// limit's even pace, and a request waits for its turn instead of being refused,
// until the queue is full (nginx limit_req with burst, and the pacing of uber's
// ratelimit). It admits exactly what a [GCRA] with the queue as its burst admits;
// what differs is [LeakyBucket.Delay].
//
// The zero LeakyBucket refuses everything. Not safe for concurrent use.
type LeakyBucket struct {
	GCRA
	slack uint64 // units
}

// NewLeakyBucket returns an empty queue at instant 0 that holds queue tokens and
// lets limit tokens a minute out. A request that finds at most slack tokens
// before it does not wait (nginx: nodelay for that many).
func NewLeakyBucket(limit PerMinute, queue, slack int64) LeakyBucket {
	return LeakyBucket{GCRA: NewGCRA(limit, queue), slack: uint64(units(slack))}
}

// Delay is how long a request charged now stands behind those before it, rounded
// up to whole nanoseconds. Ask before charging.
func (l *LeakyBucket) Delay() time.Duration {
	b := l.backlog()
	if b <= l.slack {
		return 0
	}
	return refill(b-l.slack, l.rate)
}
