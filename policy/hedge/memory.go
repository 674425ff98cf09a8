package hedge

import (
	"math"
	"slices"
	"time"

	"ratecliff/load"
)

// samples are the last durations of a class, in order of arrival and of size.
type samples struct {
	ring   []time.Duration
	oldest int
	sorted []time.Duration
}

// add takes in a duration and forgets the oldest beyond window.
func (s *samples) add(d time.Duration, window int) {
	if s.ring == nil {
		s.ring, s.sorted = make([]time.Duration, 0, window), make([]time.Duration, 0, window)
	}
	if len(s.ring) < window {
		s.ring = append(s.ring, d)
	} else {
		i, _ := slices.BinarySearch(s.sorted, s.ring[s.oldest])
		s.sorted = slices.Delete(s.sorted, i, i+1)
		s.ring[s.oldest] = d
		s.oldest = (s.oldest + 1) % window
	}
	i, _ := slices.BinarySearch(s.sorted, d)
	s.sorted = slices.Insert(s.sorted, i, d)
}

// quantile is the ⌈q·n⌉-th smallest. What rounding adds to q·n is taken off
// again, so that 0.95 of 20 is the 19th.
func (s *samples) quantile(q float64) time.Duration {
	n := len(s.sorted)
	return s.sorted[min(max(int(math.Ceil(q*float64(n)-1e-9)), 1), n)-1]
}

// share counts the copies among the last attempts.
type share struct {
	copies []bool // ring
	next   int
	n      int // in the ring
	hedged int // of them
}

func (s *share) add(copied bool) {
	if s.n == len(s.copies) {
		if s.copies[s.next] {
			s.hedged--
		}
	} else {
		s.n++
	}
	s.copies[s.next] = copied
	s.next = (s.next + 1) % len(s.copies)
	if copied {
		s.hedged++
	}
}

// room says whether one more copy, sent now, keeps the share.
func (s *share) room(most float64) bool {
	n, hedged := s.n+1, s.hedged+1
	if s.n == len(s.copies) {
		n--
		if s.copies[s.next] {
			hedged--
		}
	}
	return float64(hedged) <= most*float64(n)+1e-9
}

// levels is what the headers said last of the buckets behind a key and a model.
type levels struct {
	key    int
	model  string
	status load.LimitStatuses
	at     [3]time.Duration // when they said so
}

// least is the share of its limit that the emptiest bucket holds, 1 when nothing
// is known.
func (l *levels) least(now time.Duration) float64 {
	least := 1.0
	for d := range l.status {
		if l.status[d].Known {
			least = min(least, level(&l.status[d], l.at[d], now))
		}
	}
	return least
}

// level is the share of a limit that is left, with the refill since it was said:
// in a straight line up to full at the reset. A reset that had passed already
// tells nothing.
func level(s *load.LimitStatus, said, now time.Duration) float64 {
	have := float64(s.Remaining) / float64(s.Limit)
	if s.Reset <= said || now <= said {
		return have
	}
	if now >= s.Reset {
		return max(have, 1)
	}
	return have + max(1-have, 0)*float64(now-said)/float64(s.Reset-said)
}
