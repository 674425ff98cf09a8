package governor

import (
	"math"
	"time"

	"ratecliff/load"
)

// settle puts right what a call really cost: its usage, nothing when it was
// refused, and what was reserved when nobody knows.
func (h *headers) settle(now time.Duration, n *note, r *load.Response) {
	actual := n.cost
	switch {
	case r.Outcome == load.OK:
		actual = cost{1, float64(r.Usage.Metered()), float64(r.Usage.Output)}
	case r.Status >= 400:
		actual = cost{}
	}
	for d := range h.dim {
		more := actual[d] - n.cost[d]
		if more == 0 {
			continue
		}
		h.move(now, d, n, -more)
		if d == 2 && !n.all {
			n.told.open[d] += more
			for _, other := range h.flying {
				if other.told.order > n.told.order && !other.all {
					other.told.open[d] += more
				}
			}
		}
	}
}

// move changes the level of dimension d as it was when n went, and with it what
// was noted since and what it is now.
func (h *headers) move(now time.Duration, d int, n *note, by float64) {
	if t := &h.dim[d]; t.known {
		t.advance(now)
		t.level += by
	}
	n.told.level[d] += by
	for _, other := range h.flying {
		if other.told.order > n.told.order {
			other.told.level[d] += by
		}
	}
}

// trusted is by how much a rate may differ from the limit per minute, as a
// share of it; ours.
const trusted = 0.25

// hear takes in what an answer says of dimension d.
func (h *headers) hear(now time.Duration, d int, n *note, s *load.LimitStatus) {
	t, v := &h.dim[d], &n.told
	fixed := h.cfg.Semantics == FixedReset
	if v.order < t.heard || fixed && s.Reset <= now {
		return // older than what is known, or of a window that is over
	}
	t.heard = v.order
	if fixed {
		t.reset, t.holds = s.Reset, min(max(t.holds, float64(s.Remaining)+n.cost[d]), float64(s.Limit))
	} else {
		t.rate, t.holds = refill(s, n.sent)
	}
	seen := float64(s.Remaining)
	if d > 0 {
		seen = max(seen-float64(h.cfg.Rounding), 0)
	}
	switch {
	case !t.known:
		t.known, t.at = true, now
		t.level = min(seen+t.rate*(now-n.sent).Seconds(), t.holds) - h.later(d, n)
	case !v.knew[d]: // it went before anything was known
	case seen < v.level[d]:
		h.move(now, d, n, seen-v.level[d])
	case seen > v.level[d]+v.open[d]:
		h.move(now, d, n, (seen-v.level[d]-v.open[d])/2)
	}
}

// refill is how fast a bucket fills and how much it holds, by what was said at an
// instant.
func refill(s *load.LimitStatus, at time.Duration) (rate, holds float64) {
	limit := float64(s.Limit)
	rate, holds = limit/60, limit
	span := (s.Reset - at).Seconds()
	if span <= 0 {
		return rate, holds
	}
	if r := float64(s.Limit-s.Remaining) / span; math.Abs(r-rate) <= trusted*rate {
		rate = r
	}
	return rate, min(max(float64(s.Remaining)+rate*span, 1), holds)
}

// later is what is under way and not in the first word of the server: what went
// after n, and all output.
func (h *headers) later(d int, n *note) float64 {
	if d == 2 {
		return h.output
	}
	sum := 0.0
	for _, other := range h.flying {
		if other.told.order > n.told.order {
			sum += other.cost[d]
		}
	}
	return sum
}

// blind is how long nobody goes after a 429 that says nothing at all while no
// header speaks of requests. Ours.
const blind = time.Second

// refused makes sense of a 429. Where headers speak of the limit it names, there
// was less than the call needs when it came. Where they do not, the server's
// retry-after holds for everybody; without one it is put down to requests.
func (h *headers) refused(now time.Duration, n *note, r *load.Response) {
	d, ok := blamed(r)
	switch named := r.Dimension >= load.RPM && r.Dimension <= load.OTPM; {
	case !ok:
	case h.dim[d].known && (named || !r.HasRetryAfter):
		t := &h.dim[d]
		t.advance(now)
		t.level = min(t.level, min(n.cost[d], t.holds)-1+t.rate*(now-n.sent).Seconds())
	case r.HasRetryAfter:
		h.until = max(h.until, now+min(max(r.RetryAfter, 0), longest))
	default:
		h.until = max(h.until, now+blind)
	}
}
