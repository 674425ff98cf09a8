package governor

import (
	"time"

	"ratecliff/load"
)

// headers follows the limit headers of the answers.
//
// A level x̂ is kept for each dimension that headers speak of. It rises by r̂ and
// falls by what is sent, output included before it is produced. When a call goes
// the level after it is noted; its answer tells the server's level at that time,
// remaining − rounding, in which nothing that was sent later is contained and
// output still to be produced may not be. If that is less than what was noted, x̂
// falls by the difference at once; if it is more, x̂ rises by half of it, for
// another process may have caused it (half is ours). What calls sent in
// between noted changes with it, and answers to calls older than the last one
// heard say nothing new.
//
// r̂ is (limit − remaining) ÷ (reset − m) where that is within a quarter of limit
// per minute, which the documentation says the limit is, and that otherwise: a
// bucket that holds less than a minute's worth makes the formula wrong, and so
// does rounding while little is used. m is when the call went. What the bucket
// holds is remaining + r̂ · (reset − m); a window holds the most that was ever seen
// in it.
type headers struct {
	cfg    *Config
	dim    [dimensions]told
	flying []*note
	output float64 // reserved by those under way
	order  uint64
	heard  bool          // some answer told a limit
	until  time.Duration // nobody may go before
	safety *aimd         // nil without
}

// view is how a call under way saw the levels when it went.
type view struct {
	order uint64 // of sending, from 1
	place int32  // among those under way
	knew  [dimensions]bool
	level cost // after the call
	open  cost // of it, what the server may not have charged yet
}

// told is what headers said of one dimension.
type told struct {
	known bool
	rate  float64 // r̂, per second
	holds float64
	level float64 // x̂
	at    time.Duration
	reset time.Duration // fixed windows: when the next one begins
	heard uint64        // order of the newest call whose answer was heard
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
			return t.holds
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
	h.output += n.cost[2]
	v := &n.told
	v.order, v.place = h.order, int32(len(h.flying))
	if !n.all {
		v.open[2] = h.output
	}
	h.flying = append(h.flying, n)
	for d := range h.dim {
		if t := &h.dim[d]; t.known {
			t.advance(now)
			t.level -= n.cost[d]
			v.knew[d], v.level[d] = true, t.level
		}
	}
	if h.safety != nil {
		h.safety.take(now, n)
	}
}

func (h *headers) done(now time.Duration, n *note, r *load.Response) {
	last := len(h.flying) - 1
	h.flying[n.told.place] = h.flying[last]
	h.flying[n.told.place].told.place = n.told.place
	h.flying = h.flying[:last]
	h.output -= n.cost[2]
	h.settle(now, n, r)
	spoke := false
	for d := range h.dim {
		if s := &r.Limits[d]; s.Known && s.Limit > 0 {
			spoke = true
			h.hear(now, d, n, s)
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
