package ratelimit

import (
	"time"

	"ratecliff/load"
)

// Decision is an answer that explains itself. The zero Decision refuses and says
// nothing.
type Decision struct {
	Allowed bool

	// Dimension is the binding limit of a refusal: the one with the longest wait,
	// and the first in the order RPM, ITPM, OTPM among equals.
	Dimension load.Dimension

	// RetryAfter is how long until this very request fits in every dimension, if
	// nothing else is charged: exact, see [Bucket.Wait]. [load.Never] when
	// Impossible.
	RetryAfter time.Duration

	// Impossible says that the cost is above a capacity: it will never fit.
	Impossible bool

	// Status is the state after the decision, exact; what is not limited is not
	// Known.
	Status load.LimitStatuses
}

// Decide says whether c fits now, and changes nothing but the clock.
func (s *Set) Decide(now time.Duration, c Cost) Decision {
	s.Advance(now)
	var d Decision
	s.judge(&c, &d)
	s.Status(&d.Status)
	return d
}

// Take charges c in every dimension if it fits in all of them, and nothing
// otherwise.
func (s *Set) Take(now time.Duration, c Cost) Decision {
	var d Decision
	s.TakeInto(now, &c, &d)
	return d
}

// TakeInto is [Set.Take] that writes the decision where it is wanted, which
// spares copies. d must be zero but for its Status.
func (s *Set) TakeInto(now time.Duration, c *Cost, d *Decision) {
	s.Advance(now)
	s.judge(c, d)
	if d.Allowed {
		s.charge(c)
	}
	s.Status(&d.Status)
}

// Status writes what truthful headers would say at the current instant.
func (s *Set) Status(out *load.LimitStatuses) {
	for i := range s.buckets {
		switch {
		case !s.limited[i]:
			out[i] = load.LimitStatus{}
		case s.others != nil:
			o := s.others[i]
			out[i] = load.LimitStatus{Known: true, Limit: int64(s.limits[i]), Remaining: o.Remaining(), Reset: o.FullAt()}
		default:
			out[i] = s.buckets[i].Status()
		}
	}
}

func (s *Set) judge(c *Cost, d *Decision) {
	for i, n := range c.parts() {
		if !s.limited[i] {
			continue
		}
		wait := s.wait(i, n, c.SomeOutput && i == Dimensions-1)
		if wait > d.RetryAfter {
			d.RetryAfter, d.Dimension = wait, load.RPM+load.Dimension(i)
		}
	}
	d.Allowed = d.RetryAfter == 0
	d.Impossible = d.RetryAfter == load.Never
}

// wait is how long until n fits in a dimension, and until something is left
// there where that is asked.
func (s *Set) wait(i int, n int64, some bool) time.Duration {
	if s.others != nil {
		if some {
			n = max(n, 1) // counters know no parts
		}
		return s.others[i].Wait(n)
	}
	wait := s.buckets[i].Wait(n)
	if some {
		wait = max(wait, s.buckets[i].WaitAbove())
	}
	return wait
}
