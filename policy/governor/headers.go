package governor

import (
	"time"

	"ratecliff/load"
)

// headers follows the limit headers of the answers.
//
// A level x̂ is kept for each dimension that headers speak of. It rises by r̂ and
// falls by what is sent. An answer sent at m that says remaining makes it known
// that, without what was sent after m, the level now is remaining − rounding + r̂ ·
// (now − m), at most what the bucket holds; what was sent after m is not in it,
// nor is output still to be produced. x̂ falls to that at once and rises to it by
// half the gap, for another process may have caused the difference (strategies.md
// §A9).
//
// r̂ is (limit − remaining) ÷ (reset − m) where that is within a quarter of limit
// per minute, which the documentation says the limit is, and that otherwise: a
// bucket that holds less than a minute's worth makes the formula wrong, and so
// does rounding while little is used. What the bucket holds is remaining + r̂ ·
// (reset − m).
type headers struct {
	cfg    *Config
	dim    [dimensions]told
	flying []*note
	sum    cost // all that was sent, corrected by what is known by now
	order  uint64
	heard  bool          // some answer told a limit
	until  time.Duration // nobody may go before
	safety *aimd         // nil without
}

// told is what headers said of one dimension.
type told struct {
	known bool
	rate  float64 // r̂, per second
	holds float64
	level float64 // x̂
	at    time.Duration
	reset time.Duration // fixed windows: when the next one begins
	limit float64
}

func newHeaders(cfg *Config) *headers {
	h := &headers{cfg: cfg}
	if cfg.Kind == HeadersAIMD {
		h.safety = newAIMD(cfg)
		h.safety.asleep = true
		h.safety.bucket[0] = bucket{}
	}
	return h
}

func (t *told) now(now time.Duration) float64 {
	if t.reset > 0 {
		if now >= t.reset {
			return t.limit
		}
		return t.level
	}
	return min(t.level+t.rate*(now-t.at).Seconds(), t.holds)
}

func (t *told) advance(now time.Duration) {
	t.level, t.at = t.now(now), now
	if t.reset > 0 && now >= t.reset {
		t.reset = load.Never // until an answer tells the next
	}
}

// ready is from when on there is room for c in t.
func (t *told) ready(now time.Duration, c float64) time.Duration {
	need := min(c, t.holds)
	level := t.now(now)
	switch {
	case !t.known || level >= need-need*hair:
		return now
	case t.reset == load.Never:
		return load.Never
	case t.reset > 0:
		return t.reset
	}
	return after(now, (need-level)/t.rate)
}

func (h *headers) ready(now time.Duration, c cost) time.Duration {
	if !h.heard && len(h.flying) >= h.cfg.Probes && (h.safety == nil || h.safety.bucket[0].rate <= 0) {
		return load.Never
	}
	at := max(now, h.until)
	for d := range h.dim {
		at = max(at, h.dim[d].ready(now, c[d]))
	}
	if at == load.Never && len(h.flying) == 0 {
		at = max(now, h.until) // no answer would come: somebody has to ask
	}
	if h.safety != nil {
		at = max(at, h.safety.ready(now, c))
	}
	return at
}

func (h *headers) take(now time.Duration, n *note) {
	h.order++
	n.order, n.place = h.order, int32(len(h.flying))
	h.flying = append(h.flying, n)
	for d := range h.dim {
		h.sum[d] += n.cost[d]
		if t := &h.dim[d]; t.known {
			t.advance(now)
			t.level -= n.cost[d]
		}
	}
	n.before = h.sum
	if h.safety != nil {
		h.safety.take(now, n)
	}
}

func (h *headers) done(now time.Duration, n *note, r *load.Response) {
	last := len(h.flying) - 1
	h.flying[n.place] = h.flying[last]
	h.flying[n.place].place = n.place
	h.flying = h.flying[:last]
	h.settle(now, n, r)
	spoke := false
	for d := range h.dim {
		if s := &r.Limits[d]; s.Known && s.Limit > 0 {
			spoke = true
			h.hear(now, d, n, r)
		}
	}
	h.heard = h.heard || spoke
	h.refused(now, n, r)
	if h.safety == nil {
		return
	}
	for d := range h.dim {
		h.safety.known[d] = h.dim[d].rate
	}
	if !h.heard && h.safety.bucket[0].rate <= 0 {
		h.safety.open(now, 0, float64(h.cfg.Start)) // nobody speaks
	}
	h.safety.done(now, n, r)
}
