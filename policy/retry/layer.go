package retry

import (
	"math/rand/v2"
	"slices"
	"time"

	"ratecliff/load"
)

// Layer is one retry loop, built from a Config. It holds no state of any call
// and does not change after New.
type Layer struct {
	cfg   Config
	kinds kindSet
	curve curve
	error *curve  // after any failure but a 429; nil for curve
	inner kindSet // failures whose retry is nested in their handling
}

// New builds a layer from a valid configuration (see [Config.Validate]).
func New(cfg Config) *Layer {
	l := &Layer{cfg: cfg, kinds: kindsOf(cfg.On), curve: newCurve(cfg.Delay)}
	if cfg.ErrorDelay != (Delay{}) {
		c := newCurve(cfg.ErrorDelay)
		l.error = &c
	}
	if len(cfg.RecurseOn) > 0 {
		l.inner = kindsOf(cfg.RecurseOn)
	}
	l.cfg.Statuses = slices.Clone(cfg.Statuses)
	l.cfg.StopOn = slices.Clone(cfg.StopOn)
	return l
}

// Next says whether the failed attempt a is made again and after how long. It
// wants s.Failures to count a already, and remembers in s.Previous the delay it
// drew, before any retry-after. An attempt that succeeded is not made again.
//
// The order is that of the official SDKs (anthropic-sdk-go v1.60.0
// requestconfig.go): attempts left, x-should-retry, kind of failure, delay.
func (l *Layer) Next(now time.Duration, _ *load.Call, s *load.RetryState, a *load.Attempt, rng *rand.Rand) (wait time.Duration, again bool) {
	n := max(s.Failures-1, 0)
	if !l.retries(&a.Response) {
		return 0, false
	}
	if l.inner != 0 {
		n, again = l.descend(s, &a.Response)
	} else {
		again = l.cfg.Unlimited || s.Failures < l.cfg.Attempts
	}
	if !again {
		return 0, false
	}
	wait, again = l.wait(n, s, &a.Response, rng)
	if !again || l.cfg.MaxElapsed > 0 && wait > l.cfg.MaxElapsed-(now-s.Since) {
		return 0, false
	}
	return wait, true
}

// retries says whether this answer is of a kind that is retried.
func (l *Layer) retries(r *load.Response) bool {
	if r.Outcome == load.OK || r.Outcome == load.Unfinished {
		return false
	}
	if l.cfg.ObeyShouldRetry && r.Advice != load.NoAdvice {
		return r.Advice == load.DoRetry
	}
	for _, stop := range l.cfg.StopOn {
		if stops(stop, r) {
			return false
		}
	}
	return l.kinds.has(kindOf(r)) || r.Status != 0 && slices.Contains(l.cfg.Statuses, r.Status)
}

// spendCapCode is error.details.error_code of the monthly spend cap (rate limit
// documentation, 2026).
const spendCapCode = "enforced_spend_limit_reached"

func stops(s Stop, r *load.Response) bool {
	switch s {
	case SpendCap:
		return r.ErrorCode == spendCapCode || r.Outcome == load.Throttled && r.Dimension == load.Spend
	case NoRetryAfter:
		return r.Outcome == load.Throttled && !r.HasRetryAfter
	}
	return false
}

// wait is the layer's own delay, changed by the retry-after header as
// configured; not ok means give up.
func (l *Layer) wait(n int, s *load.RetryState, r *load.Response, rng *rand.Rand) (wait time.Duration, ok bool) {
	if l.error != nil && r.Outcome != load.Throttled {
		_, wait = l.error.draw(n, s.Previous, rng)
		return wait, true
	}
	own := drawer{l, n, s, rng}
	c := &l.cfg.RetryAfter
	if c.Use == "" || c.Use == Ignore || !r.HasRetryAfter {
		return own.draw(), true
	}
	if r.DateForm && c.Dates != "" && c.Dates != ReadDates {
		return own.date(c.Dates)
	}
	header := max(r.RetryAfter, 0)
	if c.WholeSeconds {
		header = header.Truncate(time.Second)
	}
	if header < c.Min {
		return own.draw(), true
	}
	if c.Max > 0 && header > c.Max {
		switch c.Above {
		case GiveUp:
			return 0, false
		case Clip:
			header = c.Max
		default:
			return own.draw(), true
		}
	}
	return own.merge(header), true
}

// Linger is how long a layer that gave a failure up sleeps before it says so: 0
// but with SleepAfterLast. A failure it does not retry at all it reports at
// once.
func (l *Layer) Linger(_ time.Duration, _ *load.Call, s *load.RetryState, a *load.Attempt, rng *rand.Rand) time.Duration {
	if !l.cfg.SleepAfterLast || !l.retries(&a.Response) {
		return 0
	}
	wait, _ := l.wait(max(s.Failures-1, 0), s, &a.Response, rng)
	return wait
}

// drawer draws one wait of a layer: the one after n+1 failures.
type drawer struct {
	layer *Layer
	n     int
	s     *load.RetryState
	rng   *rand.Rand
}

// date is the wait for an HTTP date that is not read.
func (d drawer) date(how Dates) (wait time.Duration, ok bool) {
	switch how {
	case CrashDate:
		return 0, false
	case DateAsNow:
		return time.Millisecond, true
	default:
		return d.draw(), true
	}
}

// merge joins a header that is obeyed with the layer's own delay.
func (d drawer) merge(header time.Duration) time.Duration {
	switch c := &d.layer.cfg.RetryAfter; c.Use {
	case Floor:
		return max(header, d.draw())
	case AddJitter:
		return sum(header, uniform(d.rng, float64(c.Jitter)))
	case AddDelay:
		return sum(header, float64(d.draw()))
	case Clamp:
		own := d.draw()
		return min(max(header, own), sum(own, float64(window(c.Window))))
	default:
		return header
	}
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
func (d drawer) draw() time.Duration {
	base, jittered := d.layer.curve.draw(d.n, d.s.Previous, d.rng)
	d.s.Previous = base
	return jittered
}
