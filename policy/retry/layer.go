package retry

import (
	"math/rand/v2"
	"slices"
	"time"

	"ratecliff/load"
)

// Layer is one retry loop, built from a Config. What it holds beyond that is its
// [Account], if it needs one.
type Layer struct {
	cfg     Config
	kinds   kindSet
	curve   curve
	error   *curve   // after any failure but a 429; nil for curve
	inner   kindSet  // failures whose retry is nested in their handling
	account *Account // nil when no call matters to another
}

// New builds a layer from a valid configuration (see [Config.Validate]).
func New(cfg Config) *Layer {
	l := &Layer{cfg: cfg, kinds: kindsOf(cfg.On), curve: newCurve(cfg.Delay), account: newAccount(cfg)}
	if cfg.ErrorDelay != (Delay{}) {
		c := newCurve(cfg.ErrorDelay)
		l.error = &c
	}
	if len(cfg.RecurseOn) > 0 {
		l.inner = kindsOf(cfg.RecurseOn)
	}
	l.cfg.Statuses = slices.Clone(cfg.Statuses)
	l.cfg.StopOn = slices.Clone(cfg.StopOn)
	l.cfg.RetryAfter.Statuses = slices.Clone(cfg.RetryAfter.Statuses)
	return l
}

// Account is what the layer keeps across calls, to be put among the gates of the
// same client process, the outermost, asked before every attempt; nil when it
// keeps nothing.
func (l *Layer) Account() *Account { return l.account }

// Next says whether the failed attempt a is made again and after how long. It
// wants s.Failures to count a already, and remembers in s.Previous the delay it
// drew, before any retry-after. An attempt that succeeded is not made again.
//
// The order is that of the official SDKs (anthropic-sdk-go v1.60.0
// requestconfig.go): attempts left, x-should-retry, kind of failure, delay; a
// budget is asked last, as in aws-sdk-go-v2 and Finagle.
func (l *Layer) Next(now time.Duration, c *load.Call, s *load.RetryState, a *load.Attempt, rng *rand.Rand) (wait time.Duration, again bool) {
	if l.account == nil {
		return l.next(now, c, s, &a.Response, rng)
	}
	e := l.account.entry(c)
	l.account.failed(e)
	affords := !l.retries(&a.Response) || l.account.budget.failed(e.weight)
	wait, again = l.next(now, c, s, &a.Response, rng)
	if !again || !affords || !l.account.permits(now, e, &a.Response, wait) {
		l.account.close(e)
		return 0, false
	}
	l.account.granted(now, c, e, wait)
	return wait, true
}

// next is Next without a budget.
func (l *Layer) next(now time.Duration, c *load.Call, s *load.RetryState, r *load.Response, rng *rand.Rand) (wait time.Duration, again bool) {
	n := max(s.Failures-1-s.Restart, 0)
	if !l.retries(r) {
		return 0, false
	}
	if l.inner != 0 {
		n, again = l.descend(s, r)
	} else {
		again = l.cfg.Unlimited || s.Failures < l.cfg.Attempts
	}
	if !again {
		return 0, false
	}
	wait, again = l.wait(&drawer{l, now, n, c, s, r, rng})
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
