package queue

import (
	"math"
	"time"

	"ratecliff/load"
)

// codel is the controlled delay of RFC 8289, §5: variables and steps are its own.
// It is stepped whenever the queue is looked at and at the instants it asks for,
// not only when something goes, for a queue that stands still must drop as well.
type codel struct {
	firstAbove time.Duration // when heads will have waited too long for an interval; 0 is not
	dropNext   time.Duration
	count      int // drops since dropping began
	lastCount  int // count when it last began
	dropping   bool
	dropped    bool // the last step dropped: the law is applied when the next head is known
}

// controlled is the call to drop, or when to look again.
func (q *Queue) controlled(now time.Duration) (*load.Call, time.Duration) {
	s := &q.drops.codel
	head, interval := q.line.first(now), q.interval()
	ok := s.above(now, head, q.n, &q.drops.cfg, interval)
	if s.dropped {
		s.dropped = false
		if ok {
			s.dropNext = law(s.dropNext, interval, s.count)
		}
	}
	switch {
	case s.dropping && !ok:
		s.dropping = false
	case s.dropping && now >= s.dropNext:
		s.count++
		s.dropped = true
		return head, load.Never
	case !s.dropping && ok:
		s.begin(now, interval)
		return head, load.Never
	}
	return nil, s.next(now, head, &q.drops.cfg)
}

// interval is how long too long a wait is tolerated.
func (q *Queue) interval() time.Duration {
	if q.drops.cfg.Interval > 0 {
		return q.drops.cfg.Interval
	}
	return max(time.Duration(q.drops.mean), time.Millisecond)
}

// above says whether heads have waited longer than their target for an interval.
func (s *codel) above(now time.Duration, head *load.Call, n int, cfg *DropConfig, interval time.Duration) bool {
	if head == nil || n <= 1 {
		s.firstAbove = 0
		return false
	}
	target, ok := cfg.target(head)
	switch {
	case !ok || now-head.Ready < target:
		s.firstAbove = 0
	case s.firstAbove == 0:
		s.firstAbove = now + interval
	default:
		return now >= s.firstAbove
	}
	return false
}

// begin starts dropping, at the rate it had come to if that is not long ago.
func (s *codel) begin(now, interval time.Duration) {
	delta := s.count - s.lastCount
	s.count, s.dropping = 1, true
	if delta > 1 && now-s.dropNext < 16*interval {
		s.count = delta
	}
	s.dropNext = law(now, interval, s.count)
	s.lastCount = s.count
}

// law is the instant of the next drop: interval/√count later.
func law(at, interval time.Duration, count int) time.Duration {
	return at + max(1, time.Duration(float64(interval)/math.Sqrt(float64(count))))
}

// next is when to look again.
func (s *codel) next(now time.Duration, head *load.Call, cfg *DropConfig) time.Duration {
	switch {
	case head == nil:
		return load.Never
	case s.dropping:
		return s.dropNext
	case s.firstAbove > now:
		return s.firstAbove
	}
	if target, ok := cfg.target(head); ok {
		return head.Ready + target
	}
	return load.Never
}
