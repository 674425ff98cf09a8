package library

import (
	"errors"
	"time"

	"github.com/sony/gobreaker/v2"

	"ratecliff/load"
	"ratecliff/scenario"
)

// breaker is gobreaker's two-step breaker as a gate. It fails a call at once
// while it is open, as the library does. Which calls count is what its user says:
// 529, 5xx, a broken or missing answer and a timeout are failures, and 429 unless
// it is excluded; the other 4xx and attempts that were given up are excluded.
type breaker struct {
	cb    *gobreaker.TwoStepCircuitBreaker[struct{}]
	calls memory[func(error)]
}

func newBreaker(name scenario.Library) *breaker {
	excludes := name == scenario.GobreakerUnthrottled
	s := gobreaker.Settings{Name: string(name), IsExcluded: func(err error) bool {
		return errors.Is(err, errNoEvidence) || excludes && throttled(err)
	}}
	return &breaker{cb: gobreaker.NewTwoStepCircuitBreaker[struct{}](s)}
}

// Ready looks at the breaker's state. Nothing but Allow says whether a trial is
// free, and Allow takes it, so the count of trials is compared with the default
// maximum of 1.
func (b *breaker) Ready(time.Duration, *load.Call) load.Permit {
	switch b.cb.State() {
	case gobreaker.StateOpen:
		return load.Permit{State: load.Refused, By: string(scenario.Gobreaker)}
	case gobreaker.StateHalfOpen:
		if n := b.cb.Counts(); n.Requests-n.TotalExclusions >= trials {
			return load.Permit{State: load.Refused, By: string(scenario.Gobreaker)}
		}
	}
	return load.Permit{}
}

// trials is what MaxRequests 0 means (gobreaker v2.4.0 gobreaker.go).
const trials = 1

// Take starts the request.
func (b *breaker) Take(_ time.Duration, c *load.Call) {
	done, err := b.cb.Allow()
	if err != nil {
		done = nil // the clock moved on between looking and taking: the call goes unseen
	}
	*b.calls.of(c) = done
}

// Done reports what became of it.
func (b *breaker) Done(_ time.Duration, c *load.Call, a *load.Attempt) {
	done := b.calls.of(c)
	if *done != nil {
		(*done)(evidence(&a.Response))
		*done = nil
	}
}
