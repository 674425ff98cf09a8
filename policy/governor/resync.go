package governor

import (
	"math"
	"time"

	"ratecliff/load"
)

// settle puts right what a call really cost: its usage, nothing when it was
// refused, and what was reserved when nobody knows. The sums that calls took down
// when they went after it are put right too.
func (h *headers) settle(now time.Duration, n *note, r *load.Response) {
	n.actual = n.cost
	switch {
	case r.Outcome == load.OK:
		n.actual = cost{1, float64(r.Usage.Metered()), float64(r.Usage.Output)}
	case r.Status >= 400:
		n.actual = cost{}
	}
	for d := range h.dim {
		more := n.actual[d] - n.cost[d]
		if more == 0 {
			continue
		}
		if t := &h.dim[d]; t.known {
			t.advance(now)
			t.level -= more
		}
		h.sum[d] += more
		n.before[d] += more
		for _, other := range h.flying {
			if other.order > n.order {
				other.before[d] += more
			}
		}
	}
}

// ahead is what was sent and is not in the numbers of the answer to n: all that
// went after it, and of output also its own and that of calls which went before
// and are not done, for output counts when it is produced.
func (h *headers) ahead(d int, n *note) float64 {
	sum := h.sum[d] - n.before[d]
	if d != 2 {
		return sum
	}
	for _, other := range h.flying {
		if other.order < n.order {
			sum += other.cost[d]
		}
	}
	return sum + n.actual[d]
}

// trusted is by how much a rate may differ from the limit per minute.
const trusted = 0.25

// hear takes in what an answer says of dimension d.
func (h *headers) hear(now time.Duration, d int, n *note, r *load.Response) {
	s, t := &r.Limits[d], &h.dim[d]
	remaining := float64(s.Remaining)
	if d > 0 {
		remaining = max(remaining-float64(h.cfg.Rounding), 0)
	}
	t.limit = float64(s.Limit)
	fixed := h.cfg.Semantics == FixedReset
	if fixed && s.Reset <= now {
		return // of a window that is over
	}
	span := max(s.Reset-n.sent, 0).Seconds()
	rate, holds := t.limit/60, t.limit
	if used := float64(s.Limit - s.Remaining); !fixed && span > 0 {
		if r := used / span; math.Abs(r-rate) <= trusted*rate {
			rate = r
		}
		holds = min(max(float64(s.Remaining)+rate*span, 1), t.limit)
	}
	seen := remaining - h.ahead(d, n)
	if !fixed {
		seen = min(remaining+rate*(now-n.sent).Seconds(), holds) - h.ahead(d, n)
	}
	if !t.known {
		*t = told{known: true, rate: rate, holds: holds, level: seen, at: now, limit: t.limit}
	} else {
		t.advance(now)
		t.rate, t.holds = rate, holds
		if seen > t.level {
			seen = t.level + (seen-t.level)/2
		}
		t.level = seen
	}
	if fixed {
		t.reset = s.Reset
	}
}

// refused makes sense of a 429. Where headers speak of the limit it names, there
// was less than the call needs when it came; where they do not, the server's
// retry-after holds for everybody.
func (h *headers) refused(now time.Duration, n *note, r *load.Response) {
	if r.Outcome != load.Throttled || r.Dimension == load.Spend {
		return
	}
	d, named := int(r.Dimension)-int(load.RPM), r.Dimension >= load.RPM && r.Dimension <= load.OTPM
	if named && h.dim[d].known {
		t := &h.dim[d]
		t.advance(now)
		need := min(n.cost[d], t.holds)
		t.level = min(t.level, need-1+t.rate*(now-n.sent).Seconds())
		return
	}
	if r.HasRetryAfter {
		h.until = max(h.until, now+min(max(r.RetryAfter, 0), longest))
	}
}
