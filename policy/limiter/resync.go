package limiter

import (
	"math"
	"time"

	"ratecliff/load"
)

// rounding is half of the thousand that token headers are rounded to (rate limit
// documentation).
const rounding = 500

// resync corrects the buckets by what an answer tells (ours). The
// headers show the instant at which the server admitted the request, so what has
// flowed in since is added, and what was sent since is taken off: requests and
// input as charged. Output comes as it is produced: all that ended since and all
// that is held now is taken off, but for what calls then under way had produced
// already; a call met at any time is taken to be half done.
func (l *Limiter) resync(now time.Duration, p *pool, a *load.Attempt, f *flown) {
	limits, age := &a.Response.Limits, now-a.Started
	p.requests.correct(now, age, limits.At(load.RPM), p.requestsSent-f.requests)
	p.input.correct(now, age, limits.At(load.ITPM), p.inputSent-f.input+rounding)
	p.output.correct(now, age, limits.At(load.OTPM), p.outputDone-f.finished+l.outputHeld(p)-f.held/2+rounding)
}

// outputHeld is what is charged for calls in flight.
func (l *Limiter) outputHeld(p *pool) int64 {
	if l.cfg.Output == Pooled {
		return p.reserve.held
	}
	held := int64(0)
	for i := range p.flown {
		held += p.flown[i].counted + l.grants[p.flown[i].slot].output
	}
	return held
}

// correct moves the level towards what a server told so long ago, less what has
// gone since: down at once, up by half the gap, debt included.
func (b *bucket) correct(now, age time.Duration, told *load.LimitStatus, gone int64) {
	if b.lim == nil || !told.Known {
		return
	}
	gap := min(float64(told.Remaining)+b.perSec*max(age, 0).Seconds(), float64(b.holds)) - float64(gone) - b.level(now)
	if gap < 0 {
		b.charge(now, int64(min(math.Ceil(-gap), maxHolds)))
	} else {
		b.refund(now, int64(min(gap/2, maxHolds)))
	}
}
