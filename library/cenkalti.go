package library

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/cenkalti/backoff/v5"

	"ratecliff/load"
	"ratecliff/scenario"
)

// cenkalti is backoff.Retry with its defaults around an operation: the delays
// are the library's, one ExponentialBackOff to a call; the bound of 15 minutes
// (backoff.DefaultMaxElapsedTime, v5.0.3 retry.go), which the library measures on
// the wall clock, is measured here in the run's time, from the first attempt to
// the end of the wait. Every failure is retried, a 400 too, unless the operation
// marks it Permanent, which only its author can.
type cenkalti struct {
	spread float64 // randomization factor
	header bool    // the operation returns backoff.RetryAfter
	calls  memory[*backoff.ExponentialBackOff]
}

func newCenkalti(name scenario.Library) *cenkalti {
	c := &cenkalti{spread: backoff.DefaultRandomizationFactor, header: name == scenario.CenkaltiRetryAfter}
	if name == scenario.CenkaltiNoJitter {
		c.spread = 0
	}
	return c
}

// Next asks the call's own backoff.
func (l *cenkalti) Next(now time.Duration, c *load.Call, s *load.RetryState, a *load.Attempt, _ *rand.Rand) (time.Duration, bool) {
	if refused(&a.Response) {
		return 0, false
	}
	b := l.calls.of(c)
	if *b == nil {
		*b = backoff.NewExponentialBackOff()
		(*b).RandomizationFactor = l.spread
	}
	if s.Failures <= 1 {
		(*b).Reset()
	}
	wait := (*b).NextBackOff()
	if wait == backoff.Stop {
		return 0, false
	}
	if told, ok := l.told(&a.Response); ok {
		wait = told
		(*b).Reset()
	}
	return wait, wait <= backoff.DefaultMaxElapsedTime-(now-s.Since)
}

// told is the wait the operation's own error asks for.
func (l *cenkalti) told(r *load.Response) (time.Duration, bool) {
	if !l.header || !r.HasRetryAfter {
		return 0, false
	}
	var asked *backoff.RetryAfterError
	if !errors.As(backoff.RetryAfter(int(seconds(r.RetryAfter))), &asked) {
		return 0, false
	}
	return max(asked.Duration, 0), true
}
