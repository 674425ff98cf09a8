package ratelimit

import (
	"time"

	"ratecliff/load"
)

// SlidingCounter approximates a sliding window with two counters (go-chi/httprate,
// Cloudflare): with x the share of the window that has passed, it admits n while
//
//	previous × (1 − x) + current + n <= most
//
// compared in exact integers, without the rounding of its models. It admits no
// more than a token bucket that holds most and refills most per window: within
// two neighbouring windows the weight of what the first admitted falls exactly
// as fast as such a bucket would refill.
//
// The zero SlidingCounter refuses everything. Not safe for concurrent use.
type SlidingCounter struct {
	most              int64
	previous, current int64
	window            time.Duration
	start, at         time.Duration
}

// NewSlidingCounter returns an unused counter at instant 0 that admits most per
// window. A window below 1 ns is 1 ns.
func NewSlidingCounter(most int64, window time.Duration) SlidingCounter {
	return SlidingCounter{most: min(max(most, 0), maxCount), window: max(window, 1)}
}

// Advance moves the counter to the instant now. Earlier instants change nothing.
func (s *SlidingCounter) Advance(now time.Duration) {
	if now <= s.at {
		return
	}
	s.at = now
	passed := (now - s.start) / s.window
	switch {
	case passed == 1:
		s.previous, s.current = s.current, 0
	case passed > 1:
		s.previous, s.current = 0, 0
	}
	s.start += passed * s.window
}

// Resize makes most the number that is admitted; what was counted stays.
func (s *SlidingCounter) Resize(most int64) { s.most = min(max(most, 0), maxCount) }

// left is how much of the window that stands is still to come.
func (s *SlidingCounter) left() time.Duration { return s.window - (s.at - s.start) }

// Fits says whether n fits now. Nothing (n <= 0) always fits.
func (s *SlidingCounter) Fits(n int64) bool { return s.Wait(n) == 0 }

// Charge counts n, whether it fits or not. A negative n counts nothing.
func (s *SlidingCounter) Charge(n int64) { s.current = counted(s.current, n) }

// Refund takes n back, from the window that stands first. A negative n takes
// nothing.
func (s *SlidingCounter) Refund(n int64) {
	n = max(n, 0)
	now := min(n, s.current)
	s.current -= now
	s.previous -= min(n-now, s.previous)
}

// Wait is how long from now until n fits: exact, and [load.Never] for more than
// a window admits.
func (s *SlidingCounter) Wait(n int64) time.Duration {
	switch {
	case n <= 0:
		return 0
	case n > s.most:
		return load.Never
	}
	if free := s.most - s.current - n; free >= 0 {
		if free >= s.previous {
			return 0
		}
		return max(s.left()-time.Duration(share(free, s.window, s.previous)), 0)
	}
	free := s.most - n // of the next window, in which the current one is the previous
	return s.left() + s.window - time.Duration(share(free, s.window, s.current))
}

// Used is the weighted count, rounded up.
func (s *SlidingCounter) Used() int64 {
	weighted := int64(0)
	if left := s.left(); left >= s.window {
		weighted = s.previous
	} else if s.previous > 0 {
		weighted = share(int64(left), time.Duration(s.previous), int64(s.window))
		if !exact(int64(left), s.previous, weighted, int64(s.window)) {
			weighted++
		}
	}
	return counted(s.current, weighted)
}

// exact says whether a × b is c × d, which are known to be near each other.
func exact(a, b, c, d int64) bool { return uint64(a)*uint64(b) == uint64(c)*uint64(d) }

// Remaining is how much fits now.
func (s *SlidingCounter) Remaining() int64 { return max(s.most-s.Used(), 0) }

// FullAt is the instant at which nothing counts any more if nothing is added.
func (s *SlidingCounter) FullAt() time.Duration {
	switch {
	case s.current > 0:
		return later(s.at, s.left()+s.window)
	case s.previous > 0:
		return later(s.at, s.left())
	}
	return s.at
}
