package ratelimit

import (
	"time"

	"ratecliff/load"
)

// SlidingLog remembers every charge for a window and admits while their sum
// stays within a number (aoai-api-simulator). Its memory grows with the charges of
// one window, one entry for each instant at which something was charged, up to
// 65,536 entries (1 MiB). Until then it is exact; beyond, neighbours within 1/32,768
// of the window are joined at the latest of their instants, which never admits
// more.
//
// Whether refused requests are logged too is the caller's choice: charge them,
// and they push the end of the refusal away from a client that hammers.
//
// The zero SlidingLog refuses everything. Not safe for concurrent use.
type SlidingLog struct {
	most, used int64
	window     time.Duration
	at         time.Duration
	entries    []logged // oldest first, from head on
	head       int
}

type logged struct {
	at time.Duration
	n  int64
}

// maxEntries bounds the memory of a log.
const maxEntries = 1 << 16

// NewSlidingLog returns an empty log at instant 0 that admits most within every
// window. A window below 1 ns is 1 ns.
func NewSlidingLog(most int64, window time.Duration) SlidingLog {
	return SlidingLog{most: min(max(most, 0), maxCount), window: max(window, 1)}
}

// Advance moves the log to the instant now: what was charged a window ago or
// earlier leaves. Earlier instants change nothing.
func (s *SlidingLog) Advance(now time.Duration) {
	s.at = max(s.at, now)
	for s.head < len(s.entries) && s.at-s.entries[s.head].at >= s.window {
		s.used -= s.entries[s.head].n
		s.head++
	}
	if s.head == len(s.entries) {
		s.entries, s.head = s.entries[:0], 0
	}
}

// Fits says whether n fits now. Nothing (n <= 0) always fits.
func (s *SlidingLog) Fits(n int64) bool { return n <= 0 || n <= s.most-s.used }

// Charge logs n, whether it fits or not. A negative n logs nothing.
func (s *SlidingLog) Charge(n int64) {
	n = counted(s.used, n) - s.used
	if n == 0 {
		return
	}
	s.used += n
	if last := len(s.entries) - 1; last >= s.head && s.entries[last].at == s.at {
		s.entries[last].n += n
		return
	}
	if s.head > 0 && len(s.entries) == cap(s.entries) {
		s.entries = s.entries[:copy(s.entries, s.entries[s.head:])]
		s.head = 0
	}
	if len(s.entries) >= maxEntries {
		s.join()
	}
	s.entries = append(s.entries, logged{s.at, n})
}

// join makes one entry of all within the same slice of time, at the last instant
// of them. Slices are a window / 32,768 long, so that at most half of the entries
// remain.
func (s *SlidingLog) join() {
	slice := s.window/(maxEntries/2) + 1
	kept := s.entries[:0]
	for _, e := range s.entries[s.head:] {
		if last := len(kept) - 1; last >= 0 && kept[last].at/slice == e.at/slice {
			kept[last] = logged{e.at, kept[last].n + e.n}
			continue
		}
		kept = append(kept, e)
	}
	s.entries, s.head = kept, 0
}

// Refund takes n out of the log, the latest entries first. A negative n takes
// nothing.
func (s *SlidingLog) Refund(n int64) {
	n = min(max(n, 0), s.used)
	s.used -= n
	for n > 0 {
		last := &s.entries[len(s.entries)-1]
		taken := min(n, last.n)
		n -= taken
		last.n -= taken
		if last.n == 0 {
			s.entries = s.entries[:len(s.entries)-1]
		}
	}
}

// Wait is how long from now until enough old entries have left for n to fit:
// exact, and [load.Never] for more than a window admits.
func (s *SlidingLog) Wait(n int64) time.Duration {
	switch {
	case s.Fits(n):
		return 0
	case n > s.most:
		return load.Never
	}
	need := s.used - (s.most - n)
	for _, e := range s.entries[s.head:] {
		if need -= e.n; need <= 0 {
			return s.window - (s.at - e.at)
		}
	}
	return s.window // cannot be: all entries together are all that is used
}

// Remaining is how much fits now.
func (s *SlidingLog) Remaining() int64 { return max(s.most-s.used, 0) }

// FullAt is the instant at which the last entry leaves, or now when there is
// none.
func (s *SlidingLog) FullAt() time.Duration {
	if s.used == 0 {
		return s.at
	}
	return later(s.entries[len(s.entries)-1].at, s.window)
}

// Entries is how many charges the log holds apart.
func (s *SlidingLog) Entries() int { return len(s.entries) - s.head }

// Bound is the most that is admitted within any d, both ends included.
func (s *SlidingLog) Bound(d time.Duration) int64 {
	windows := int64(d)/int64(s.window) + 1
	if s.most > 0 && windows > maxCount/s.most {
		return maxCount
	}
	return windows * s.most
}
