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
}

// Set combines the buckets of a pool: a request is charged in all dimensions or
// in none. The zero Set limits nothing. Not safe for concurrent use.
type Set struct {
	buckets [Dimensions]Bucket
	limited [Dimensions]bool
	at      time.Duration
}

// NewSet returns buckets filled to the given share, 0 to 1.
func NewSet(l Limits, level float64) Set {
	var s Set
	limits := [Dimensions]PerMinute{l.RPM, l.ITPM, l.OTPM}
	bursts := [Dimensions]int64{l.Burst.Requests, l.Burst.Input, l.Burst.Output}
	for i, limit := range limits {
		if limit <= 0 {
			continue
		}
		burst := bursts[i]
		if burst <= 0 {
			burst = int64(limit)
		}
		s.buckets[i], s.limited[i] = NewBucket(limit, burst, level), true
	}
	return s
}

// Bucket is the bucket of dimension d (RPM, ITPM or OTPM), or nil when d is not
// limited.
func (s *Set) Bucket(d load.Dimension) *Bucket {
	i := int(d) - int(load.RPM)
	if i < 0 || i >= Dimensions || !s.limited[i] {
		return nil
	}
	return &s.buckets[i]
}

// Advance moves all buckets to the instant now.
func (s *Set) Advance(now time.Duration) {
	s.at = max(s.at, now)
	for i := range s.buckets {
		s.buckets[i].Advance(now)
	}
}

// Charge takes the cost whether it fits or not, into debt if need be.
func (s *Set) Charge(c Cost) {
	for i, n := range c.parts() {
		if s.limited[i] {
			s.buckets[i].Charge(n)
		}
	}
}

// Refund gives the cost back, each bucket up to full.
func (s *Set) Refund(c Cost) {
	for i, n := range c.parts() {
		if s.limited[i] {
			s.buckets[i].Refund(n)
		}
	}
}

func (c *Cost) parts() [Dimensions]int64 {
	return [Dimensions]int64{c.Requests, c.Input, c.Output}
}
