package library

import (
	"errors"
	"net/http"
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"
	"github.com/failsafe-go/failsafe-go/adaptivethrottler"
	"github.com/failsafe-go/failsafe-go/failsafehttp"
	"github.com/failsafe-go/failsafe-go/ratelimiter"

	"ratecliff/load"
)

// failsafeRetry is failsafe-go's round tripper with the retry policy that
// failsafehttp ships: 2 retries; retry-after in seconds on 429 and 503; at once
// without. ReturnLastFailure, which the library offers, passes the last answer
// on in place of an error that hides it. The library does not close the answers
// it retries; the transport of a live run has read them by then, so that their
// connections can serve again.
func failsafeRetry(under http.RoundTripper) http.RoundTripper {
	policy := failsafehttp.NewRetryPolicyBuilder().ReturnLastFailure().Build() //nolint:bodyclose // a policy has no response
	return failsafehttp.NewRoundTripper(under, policy)
}

// failsafeLimiter is the adaptive limiter as a gate: a call beyond the limit
// waits, as AcquirePermit does. Every attempt that ended is recorded, whatever its
// answer, as the library's executor does; one that was cut off is dropped.
type failsafeLimiter struct {
	limiter adaptivelimiter.AdaptiveLimiter[struct{}]
	calls   memory[adaptivelimiter.Permit]
}

func newFailsafeLimiter() *failsafeLimiter {
	return &failsafeLimiter{limiter: adaptivelimiter.NewWithDefaults[struct{}]()}
}

// Ready says whether the limiter has room.
func (g *failsafeLimiter) Ready(time.Duration, *load.Call) load.Permit {
	if g.limiter.CanAcquirePermit() {
		return load.Permit{}
	}
	return load.Permit{State: load.WaitEvent, By: "failsafe-adaptive-limiter"}
}

// Take acquires the permit.
func (g *failsafeLimiter) Take(_ time.Duration, c *load.Call) {
	permit, _ := g.limiter.TryAcquirePermit()
	*g.calls.of(c) = permit
}

// Done records the attempt's duration, which the limiter measures itself.
func (g *failsafeLimiter) Done(_ time.Duration, c *load.Call, a *load.Attempt) {
	permit := g.calls.of(c)
	if *permit == nil {
		return
	}
	switch a.Response.Outcome {
	case load.Unfinished, load.TimedOut, load.Cancelled:
		(*permit).Drop()
	default:
		(*permit).Record()
	}
	*permit = nil
}

// failsafeThrottler is the adaptive throttler as a gate: it draws at every
// asking, so a permit that was had while another gate said no stays at hand.
type failsafeThrottler struct {
	throttler adaptivethrottler.AdaptiveThrottler[struct{}]
	spare     bool
}

func newFailsafeThrottler() *failsafeThrottler {
	return &failsafeThrottler{throttler: adaptivethrottler.NewWithDefaults[struct{}]()}
}

// Ready draws, unless a permit is at hand.
func (g *failsafeThrottler) Ready(time.Duration, *load.Call) load.Permit {
	if !g.spare && !g.throttler.TryAcquirePermit() {
		return load.Permit{State: load.Refused, By: "failsafe-throttler"}
	}
	g.spare = true
	return load.Permit{}
}

// Take uses the permit.
func (g *failsafeThrottler) Take(time.Duration, *load.Call) { g.spare = false }

// Done records an answer as a failure of the service or as a success. The rate
// of failures is looked at anew only when something is recorded: after a rest the
// library goes on refusing until one call gets through.
func (g *failsafeThrottler) Done(_ time.Duration, _ *load.Call, a *load.Attempt) {
	switch err := evidence(&a.Response); {
	case err == nil:
		g.throttler.RecordSuccess()
	case !errors.Is(err, errNoEvidence):
		g.throttler.RecordFailure()
	case a.Response.Status != 0:
		g.throttler.RecordSuccess()
	}
}

// failsafeRateLimiter is the smooth rate limiter as a gate, one for each pool of
// models, at the published requests per minute. Its reservation cannot be given
// back, so the next one is made ahead and waited for.
type failsafeRateLimiter struct {
	published Published
	pools     []pace
}

// fastest keeps the limiter's whole interval of nanoseconds above 0, which it
// takes for a limiter of another kind.
const fastest = int64(time.Minute) / 100

type pace struct {
	name     string
	limiter  ratelimiter.RateLimiter[struct{}] // nil: nothing is published
	reserved bool
	at       time.Duration // when the reservation may be used
}

// Ready reserves, unless there is a reservation, and waits for it.
func (g *failsafeRateLimiter) Ready(now time.Duration, c *load.Call) load.Permit {
	p := g.pool(c.Target.Model)
	if p.limiter == nil {
		return load.Permit{}
	}
	if !p.reserved {
		p.at, p.reserved = now+p.limiter.ReservePermit(), true
	}
	if p.at > now {
		return load.Permit{State: load.WaitUntil, At: p.at, By: "failsafe-rate-limiter"}
	}
	return load.Permit{}
}

// Take uses the reservation.
func (g *failsafeRateLimiter) Take(_ time.Duration, c *load.Call) {
	g.pool(c.Target.Model).reserved = false
}

// Done has nothing to give back.
func (g *failsafeRateLimiter) Done(time.Duration, *load.Call, *load.Attempt) {}

func (g *failsafeRateLimiter) pool(model string) *pace {
	name, perMinute := model, int64(0)
	if g.published != nil {
		name, perMinute = g.published(model)
	}
	for i := range g.pools {
		if g.pools[i].name == name {
			return &g.pools[i]
		}
	}
	p := pace{name: name}
	if perMinute > 0 {
		p.limiter = ratelimiter.NewSmooth[struct{}](uint(min(perMinute, fastest)), time.Minute)
	}
	g.pools = append(g.pools, p)
	return &g.pools[len(g.pools)-1]
}
