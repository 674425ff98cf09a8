package retry

import (
	"fmt"
	"math"
	"slices"
	"time"

	"ratecliff/load"
)

// Validate reports everything wrong with c, paths relative to the layer.
func (c Config) Validate() []load.Problem {
	var ps problems
	c.validateAttempts(&ps)
	c.validateFailures(&ps)
	c.Delay.validate(&ps, c.Attempts == 1 && !c.Unlimited)
	c.RetryAfter.validate(&ps)
	c.Budget.validate(&ps)
	ps.unless(!c.RetryAfter.Restart || len(c.RecurseOn) == 0, "retry_after.restart", "contradicts recurse_on, whose delay follows the depth")
	c.validateErrorDelay(&ps)
	c.validateRecursion(&ps)
	return ps
}

func (c Config) validateAttempts(ps *problems) {
	ps.unless(c.Attempts >= 0, "attempts", "must not be negative")
	ps.unless(!c.Unlimited || c.Attempts == 0, "unlimited", "contradicts attempts: say one of them")
	switch {
	case c.Unlimited || c.Attempts != 0:
	case c.Delay.Kind != "" && c.Delay.Kind != None:
		ps.add("attempts", "is 0, which contradicts a delay: say how many there are, the first included (1 never retries), or unlimited: true")
	default:
		ps.add("attempts", "is required, the first attempt included (1 never retries), or say unlimited: true")
	}
	ps.unless(c.Attempts <= maxAttempts, "attempts", fmt.Sprintf("must be at most %d, or say unlimited: true", maxAttempts))
	ps.unless(!c.SleepAfterLast || !c.Unlimited, "sleep_after_last", "has no meaning without an end: set attempts")
	ps.duration("max_elapsed", c.MaxElapsed)
}

func (c Config) validateFailures(ps *problems) {
	kinds := failures()
	for i, f := range c.On {
		ps.unless(slices.Contains(kinds, f), fmt.Sprintf("on[%d]", i), "must be one of throttled, overloaded, server_error, client_error, timeout, network, stream, any, refused")
	}
	for i, s := range c.Statuses {
		ps.unless(s >= 100 && s <= 599, fmt.Sprintf("statuses[%d]", i), "must be an HTTP status from 100 to 599")
	}
	for i, s := range c.StopOn {
		ps.unless(s == SpendCap || s == NoRetryAfter, fmt.Sprintf("stop_on[%d]", i), "must be one of spend_cap, no_retry_after")
	}
}

func (c Config) validateErrorDelay(ps *problems) {
	if c.ErrorDelay == (Delay{}) {
		return
	}
	var own problems
	c.ErrorDelay.validate(&own, false)
	ps.unless(!c.ErrorDelay.ByCost, "error_delay.by_cost", "has no meaning: only a 429 names the limit that cost is counted in")
	ps.unless(c.ErrorDelay.Kind != None, "error_delay.kind", "none has no meaning here: leave the failures out of on")
	for _, p := range own {
		ps.add("error_"+p.Path, p.Message)
	}
}

func (c Config) validateRecursion(ps *problems) {
	for i, f := range c.RecurseOn {
		ps.unless(slices.Contains(failures(), f) && f != Any && f != Refused, fmt.Sprintf("recurse_on[%d]", i), "must be one of throttled, overloaded, server_error, client_error, timeout, network, stream")
	}
	if len(c.RecurseOn) == 0 {
		return
	}
	ps.unless(!c.Unlimited && c.Attempts <= maxDepth, "recurse_on", fmt.Sprintf("needs attempts of at most %d", maxDepth))
	ps.unless(!c.SleepAfterLast, "recurse_on", "contradicts sleep_after_last: only a loop sleeps after its last failure")
}

// The largest values that are taken for meant.
const (
	maxAttempts = 1_000_000
	maxWait     = 365 * 24 * time.Hour
	maxFactor   = 1e6
	maxTokens   = 1e12
)

func failures() []Failure {
	return []Failure{Throttled, Overloaded, ServerError, ClientError, Timeout, Network, Stream, Any, Refused}
}

type problems []load.Problem

func (ps *problems) add(path, message string) {
	*ps = append(*ps, load.Problem{Path: path, Message: message})
}

func (ps *problems) unless(ok bool, path, message string) {
	if !ok {
		ps.add(path, message)
	}
}

// duration checks a duration of which 0 means something.
func (ps *problems) duration(path string, d time.Duration) {
	ps.unless(d >= 0, path, "must not be negative")
	ps.unless(d <= maxWait, path, "must be at most a year (8760h)")
}

// share checks a share from 0 to 1.
func (ps *problems) share(path string, x float64) {
	ps.unless(x >= 0 && x <= 1, path, "must be a share from 0 to 1")
}

// amount checks a finite number of 0 or more.
func (ps *problems) amount(path string, x, most float64) {
	ps.unless(finite(x) && x >= 0 && x <= most, path, fmt.Sprintf("must be a finite number from 0 to %g", most))
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
