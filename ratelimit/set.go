package ratelimit

import (
	"time"

	"ratecliff/load"
)

// Dimensions is how many limits a [Set] combines: RPM, ITPM and OTPM.
const Dimensions = 3

// Cost is what one request asks of each dimension. Zero asks for nothing.
type Cost struct {
	Requests int64
	Input    int64 // tokens
	Output   int64 // tokens

	// SomeOutput asks that the output bucket be above zero, and charges nothing
	// for it: admission when the true output is not known yet.
	SomeOutput bool
}

// Limits are the limits of one pool. A limit of 0 is no limit in that dimension.
type Limits struct {
	RPM, ITPM, OTPM PerMinute

	// Burst holds the capacities; 0 means one minute of the limit.
	Burst Cost

	// Algorithm says how the limits are kept; empty means UseTokenBucket.
	Algorithm Algorithm

	// Windows are the lengths of the windows of FixedWindow, SlidingLog and
	// SlidingCounter, within each of which Burst is admitted; 0 means a minute. The
	// others take no notice.
	Windows [Dimensions]time.Duration

	// Phase is the instant at which a fixed window begins.
	Phase time.Duration
}

// Set combines the limits of a pool: a request is charged in all dimensions or
// in none. The zero Set limits nothing. A copy of a set of token buckets is a
// set of its own; copies of one with another algorithm share their state. Not
// safe for concurrent use.
type Set struct {
	buckets [Dimensions]Bucket
	limited [Dimensions]bool
	at      time.Duration
	others  *[Dimensions]counter // in place of the buckets; nil for token buckets
	limits  [Dimensions]PerMinute
}

// NewSet returns limits of which the given share, 0 to 1, is unused.
func NewSet(l Limits, level float64) Set {
	return NewSetAt(l, [Dimensions]float64{level, level, level})
}

// NewSetAt is NewSet with a share for each dimension.
func NewSetAt(l Limits, levels [Dimensions]float64) Set {
	s := Set{limits: [Dimensions]PerMinute{l.RPM, l.ITPM, l.OTPM}}
	bursts := [Dimensions]int64{l.Burst.Requests, l.Burst.Input, l.Burst.Output}
	if l.Algorithm != "" && l.Algorithm != UseTokenBucket {
		s.others = &[Dimensions]counter{}
	}
	for i, limit := range s.limits {
		if limit <= 0 {
			continue
		}
		if bursts[i] <= 0 {
			bursts[i] = int64(limit)
		}
		s.limited[i], s.buckets[i] = true, NewBucket(limit, bursts[i], levels[i])
		if s.others != nil {
			s.others[i] = newCounter(&l, i, limit, bursts[i])
			s.others[i].Charge(bursts[i] - s.buckets[i].Whole())
		}
	}
	return s
}

// Delay is how long a request admitted now stands in the queues before it
// starts: 0 but for LeakyBucket.
func (s *Set) Delay() (longest time.Duration) {
	if s.others == nil {
		return 0
	}
	for _, o := range s.others {
		if queue, ok := o.(*LeakyBucket); ok {
			longest = max(longest, queue.Delay())
		}
	}
	return longest
}

// Limited says whether dimension d (RPM, ITPM or OTPM) is limited at all.
func (s *Set) Limited(d load.Dimension) bool {
	i := int(d) - int(load.RPM)
	return i >= 0 && i < Dimensions && s.limited[i]
}

// Bucket is the bucket of dimension d (RPM, ITPM or OTPM), or nil when d is not
// limited, or not by a token bucket.
func (s *Set) Bucket(d load.Dimension) *Bucket {
	i := int(d) - int(load.RPM)
	if i < 0 || i >= Dimensions || !s.limited[i] || s.others != nil {
		return nil
	}
	return &s.buckets[i]
}

// Advance moves all buckets to the instant now.
func (s *Set) Advance(now time.Duration) {
	s.at = max(s.at, now)
	if s.others != nil {
		s.advanceOthers(now)
		return
	}
	for i := range s.buckets {
		s.buckets[i].Advance(now)
	}
}

func (s *Set) advanceOthers(now time.Duration) {
	for i, o := range s.others {
		if s.limited[i] {
			o.Advance(now)
		}
	}
}

// Charge takes the cost whether it fits or not, into debt if need be.
func (s *Set) Charge(c Cost) { s.charge(&c) }

func (s *Set) charge(c *Cost) {
	for i, n := range c.parts() {
		switch {
		case !s.limited[i]:
		case s.others != nil:
			s.others[i].Charge(n)
		default:
			s.buckets[i].Charge(n)
		}
	}
}

// Refund gives the cost back, each bucket up to full.
func (s *Set) Refund(c Cost) {
	for i, n := range c.parts() {
		switch {
		case !s.limited[i]:
		case s.others != nil:
			s.others[i].Refund(n)
		default:
			s.buckets[i].Refund(n)
		}
	}
}

func (c *Cost) parts() [Dimensions]int64 {
	return [Dimensions]int64{c.Requests, c.Input, c.Output}
}
