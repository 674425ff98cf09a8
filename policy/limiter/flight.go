package limiter

import (
	"math"
	"time"

	"ratecliff/load"
)

// flown is a call in flight, as far as estimates and corrections need it.
type flown struct {
	slot  int32
	kind  int
	since time.Duration
	most  int64   // its max_tokens
	start float64 // what it was expected to use when nothing was known
	share share   // of the pooled reserve
	// Of survival and flow: how much of its output is charged already.
	counted int64
	order   uint64 // of sending
	// Sums of the pool when it had been sent, and what was held for others then.
	requests, input, finished, held int64
}

// share is what one call adds to a pooled reserve.
type share struct{ mean, variance, most float64 }

// pooled is the reserve for all calls in flight together.
type pooled struct {
	calls int
	sum   share // over the calls
	held  int64 // charged for them
}

// of is k·μ + z·σ·√k, where calls may differ: the sum of the means and z standard
// deviations of the sum, at most the sum of max_tokens.
func (s share) of(z float64) int64 {
	return int64(math.Ceil(min(s.mean+z*math.Sqrt(s.variance), s.most) - 1e-6))
}

func (s share) plus(t share) share {
	return share{s.mean + t.mean, s.variance + t.variance, s.most + t.most}
}

func (s share) minus(t share) share {
	return share{max(s.mean-t.mean, 0), max(s.variance-t.variance, 0), max(s.most-t.most, 0)}
}

// more is what the reserve grows by with one more call.
func (p *pool) more(s share, z float64) int64 {
	return min(max(p.reserve.sum.plus(s).of(z)-p.reserve.held, 0), p.output.holds)
}

// enter adds a call whose reserve was charged.
func (r *pooled) enter(s share, charged int64) {
	r.calls++
	r.sum = r.sum.plus(s)
	r.held += charged
}

// leave takes a call out and says how much the reserve shrinks.
func (r *pooled) leave(s share, z float64) int64 {
	r.calls--
	r.sum = r.sum.minus(s)
	if r.calls == 0 {
		r.sum = share{} // whatever floating point has left over
	}
	freed := max(r.held-r.sum.of(z), 0)
	r.held -= freed
	return freed
}

// progress charges what streams have produced since the last time.
func (p *pool) progress(now time.Duration) {
	for i := range p.flown {
		f := &p.flown[i]
		if m := p.kind(f.kind).produced(now-f.since, f.most); m > f.counted {
			p.output.charge(now, m-f.counted)
			f.counted = m
		}
	}
}

// awaited is what streams have produced and not been charged, and what is to be
// kept free for what they will produce. A negative horizon looks to their ends.
func (p *pool) awaited(now, horizon time.Duration) (uncharged int64, claims float64) {
	for i := range p.flown {
		f := &p.flown[i]
		m := p.kind(f.kind)
		done := max(m.produced(now-f.since, f.most), f.counted)
		uncharged += done - f.counted
		claims += p.claim(m, f, done, horizon)
	}
	return uncharged, claims
}

// claim is what a stream that has produced so much is expected to produce still,
// within the horizon.
func (p *pool) claim(m *memory, f *flown, done int64, horizon time.Duration) float64 {
	left := max(f.start-float64(done), 0)
	if len(m.last) > 0 {
		left = m.remaining(float64(done))
	}
	left = min(left, float64(f.most-done))
	if horizon >= 0 && m.speed > 0 {
		left = min(left, m.speed*horizon.Seconds())
	}
	return left
}

// shortest is the least time until a call that survival or flow holds looks
// again: what it waits for moves with the streams.
const shortest = 10 * time.Millisecond

// outputWait is how long the output bucket lets c wait, unless calls end before.
func (l *Limiter) outputWait(now time.Duration, p *pool, c *load.Call, output int64, theta float64) time.Duration {
	if l.cfg.Output == Survival || l.cfg.Output == Flow {
		return l.streamWait(now, p, c, theta)
	}
	return p.output.wait(now, p.output.needs(max(output, 1), theta))
}

// streamWait is outputWait where streams are charged as they run.
func (l *Limiter) streamWait(now time.Duration, p *pool, c *load.Call, theta float64) time.Duration {
	if p.output.lim == nil {
		return 0
	}
	horizon := time.Duration(-1)
	free := 0.0 // what flow may count on and keep
	if l.cfg.Output == Flow {
		horizon = l.cfg.Horizon
		free = p.output.perSec*horizon.Seconds() - float64(l.cfg.Margin)
	}
	kind := l.kindOf(c)
	own := flown{most: c.MaxTokens, start: l.start(c)}
	alone := p.claim(p.kind(kind), &own, 0, horizon) - free
	uncharged, claims := p.awaited(now, horizon)
	need := max(alone+claims, 1) + theta*float64(p.output.holds)
	if len(p.flown) == 0 { // alone it may go when the bucket is full, whatever is expected of it
		need = min(need, float64(p.output.holds))
	}
	missing := need - (p.output.level(now) - float64(uncharged))
	if missing <= 1e-6 {
		return 0
	}
	return max(time.Duration(math.Ceil(missing/p.output.perSec*1e9)), shortest)
}

// board notes a call that goes.
func (l *Limiter) board(now time.Duration, p *pool, c *load.Call, b *grant) {
	if l.cfg.Output == Survival || l.cfg.Output == Flow {
		p.progress(now)
	}
	p.requestsSent++
	p.inputSent += c.Tokens.Metered()
	p.boarded++
	f := flown{
		order: p.boarded, slot: c.Slot, kind: l.kindOf(c), since: now, most: c.MaxTokens, start: l.start(c),
		requests: p.requestsSent, input: p.inputSent, finished: p.outputDone,
	}
	if l.cfg.Resync {
		f.held = l.outputHeld(p)
	}
	if l.cfg.Output == Pooled && p.output.lim != nil {
		f.share = l.one(p.kind(f.kind), c)
		p.reserve.enter(f.share, b.output)
	}
	b.pool, b.place = p, len(p.flown)
	p.flown = append(p.flown, f)
}

// leave takes a call out of those in flight; what is reserved for it is then in b.
func (l *Limiter) leave(now time.Duration, b *grant) flown {
	p := b.pool
	if l.cfg.Output == Survival || l.cfg.Output == Flow {
		p.progress(now)
	}
	f := p.flown[b.place]
	last := len(p.flown) - 1
	p.flown[b.place] = p.flown[last]
	l.grants[p.flown[b.place].slot].place = b.place
	p.flown = p.flown[:last]
	switch l.cfg.Output {
	case Pooled:
		b.output = p.reserve.leave(f.share, l.cfg.Z)
	case Survival, Flow:
		b.output = f.counted
	}
	return f
}

// forget takes a refused call out of the sums of what was sent, also of those
// that were noted after it: the server did not count it.
func (p *pool) forget(f *flown, charged, used cost) {
	requests, input := charged.requests-used.requests, charged.input-used.input
	p.requestsSent, p.inputSent = p.requestsSent-requests, p.inputSent-input
	for i := range p.flown {
		if g := &p.flown[i]; g.order > f.order {
			g.requests, g.input = g.requests-requests, g.input-input
		}
	}
	f.requests, f.input = f.requests-requests, f.input-input
}
