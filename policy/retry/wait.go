package retry

import (
	"math/rand/v2"
	"slices"
	"time"

	"ratecliff/load"
)

// drawer draws one wait of a layer: the one after n+1 failures since the delay
// began.
type drawer struct {
	layer *Layer
	now   time.Duration
	n     int
	c     *load.Call
	s     *load.RetryState
	r     *load.Response
	rng   *rand.Rand
}

// Linger is how long a layer that gave a failure up sleeps before it says so: 0
// but with SleepAfterLast. A failure it does not retry at all it reports at
// once.
func (l *Layer) Linger(now time.Duration, c *load.Call, s *load.RetryState, a *load.Attempt, rng *rand.Rand) time.Duration {
	if !l.cfg.SleepAfterLast || !l.retries(&a.Response) {
		return 0
	}
	wait, _ := l.wait(&drawer{l, now, max(s.Failures-1-s.Restart, 0), c, s, &a.Response, rng})
	return wait
}

// wait is the layer's own delay, changed by the retry-after header as
// configured; not ok means give up.
func (l *Layer) wait(own *drawer) (wait time.Duration, ok bool) {
	if l.error != nil && own.r.Outcome != load.Throttled {
		_, wait = l.error.draw(own)
		return wait, true
	}
	header, verdict := l.cfg.RetryAfter.read(own.r)
	switch verdict { //exhaustive:enforce
	case stop:
		return 0, false
	case atOnce:
		return time.Millisecond, true
	case shorter:
		return min(header, own.draw()), true
	case obey:
		return own.obey(header), true
	case absent:
	}
	return own.draw(), true
}

// verdict is what becomes of a header.
type verdict uint8

const (
	absent  verdict = iota // there is none, or as if there were none
	obey                   // it changes the delay
	shorter                // it holds if it is shorter than the delay
	stop                   // no further retry
	atOnce                 // what a timer makes of a value that is no number
)

// read is the header's value and what becomes of it.
func (c *RetryAfter) read(r *load.Response) (header time.Duration, v verdict) {
	if c.Use == "" || c.Use == Ignore || !r.HasRetryAfter || c.Statuses != nil && !slices.Contains(c.Statuses, r.Status) {
		return 0, absent
	}
	if r.DateForm && c.Dates != "" && c.Dates != ReadDates {
		return 0, c.date()
	}
	if r.RetryAfter < 0 && c.Negative == AsStop {
		return 0, stop
	}
	header = max(r.RetryAfter, 0)
	if c.WholeSeconds {
		header = header.Truncate(time.Second)
	}
	if header < c.Min || r.RetryAfter < 0 && c.Negative == AsAbsent {
		return 0, absent
	}
	return c.ceiling(header)
}

// date is what becomes of an HTTP date that is not read.
func (c *RetryAfter) date() verdict {
	switch c.Dates {
	case CrashDate:
		return stop
	case DateAsNow:
		return atOnce
	default:
		return absent
	}
}

// ceiling applies Max.
func (c *RetryAfter) ceiling(header time.Duration) (time.Duration, verdict) {
	if c.Max == 0 || header <= c.Max {
		return header, obey
	}
	switch c.Above {
	case GiveUp:
		return 0, stop
	case Clip:
		return c.Max, obey
	case Shorter:
		return header, shorter
	default:
		return 0, absent
	}
}

// obey joins a header with the layer's own delay.
func (d *drawer) obey(header time.Duration) time.Duration {
	wait := d.merge(header)
	if d.layer.cfg.RetryAfter.Restart {
		d.s.Restart, d.s.Previous, d.s.Level = d.s.Failures, 0, 0
	}
	return wait
}

// merge joins a header that is obeyed with the layer's own delay.
func (d *drawer) merge(header time.Duration) time.Duration {
	switch c := &d.layer.cfg.RetryAfter; c.Use {
	case Floor:
		return max(header, d.draw())
	case AddJitter:
		return sum(header, uniform(d.rng, max(float64(c.Jitter), c.JitterShare*float64(header))))
	case AddDelay:
		return sum(header, float64(d.draw()))
	case Clamp:
		own := d.draw()
		return min(max(header, own), sum(own, float64(window(c.Window))))
	case Spread:
		return sum(header, uniform(d.rng, d.room(c.Jitter)))
	default:
		if d.layer.curve.Kind == Polly {
			d.draw() // Polly draws its own delay whatever the header says, and goes on from there
		}
		return header
	}
}

// defaultJitter is the resolution of retry-after.
const defaultJitter = time.Second

// room is how long the client's calls need, for spread.
func (d *drawer) room(jitter time.Duration) float64 {
	if ns, ok := d.layer.account.crowd.time(d.now, d.c, d.r); ok {
		return min(ns, float64(longest))
	}
	if jitter == 0 {
		jitter = defaultJitter
	}
	return float64(jitter)
}

// defaultWindow is the width of clamp in aws-sdk-go-v2 v1.47.7's 2026 mode.
const defaultWindow = 5 * time.Second

func window(w time.Duration) time.Duration {
	if w == 0 {
		return defaultWindow
	}
	return w
}

// draw is the layer's own delay, remembered in s.
func (d *drawer) draw() time.Duration {
	base, jittered := d.layer.curve.draw(d)
	d.s.Previous = base
	return jittered
}

// scale is what the call's cost makes of a delay.
func (d *drawer) scale() float64 { return d.layer.account.costs.scale(d.c, d.r) }
