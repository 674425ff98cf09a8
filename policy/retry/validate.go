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
	c.validateErrorDelay(&ps)
	c.validateRecursion(&ps)
	return ps
}

func (c Config) validateAttempts(ps *problems) {
	ps.unless(c.Attempts >= 0, "attempts", "must not be negative")
	ps.unless(!c.Unlimited || c.Attempts == 0, "unlimited", "contradicts attempts: say one of them")
	ps.unless(c.Unlimited || c.Attempts != 0, "attempts", "is required, the first attempt included (1 never retries), or say unlimited: true")
	ps.unless(!c.SleepAfterLast || !c.Unlimited, "sleep_after_last", "has no meaning without an end: set attempts")
	ps.unless(c.MaxElapsed >= 0, "max_elapsed", "must not be negative")
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

func failures() []Failure {
	return []Failure{Throttled, Overloaded, ServerError, ClientError, Timeout, Network, Stream, Any, Refused}
}

func (d Delay) validate(ps *problems, once bool) {
	kinds := []Kind{None, Immediate, Fixed, Linear, Exponential, FullJitter, EqualJitter, Decorrelated, SDK}
	switch {
	case d.Kind == "":
		ps.unless(once, "delay.kind", "is required when there is more than one attempt")
	case !slices.Contains(kinds, d.Kind):
		ps.add("delay.kind", "must be one of none, immediate, fixed, linear, exponential, full-jitter, equal-jitter, decorrelated, sdk")
	default:
		ps.unless(d.Kind != None || once, "delay.kind", "none contradicts more than one attempt")
	}
	d.validateTimes(ps)
	d.validateShares(ps)
}

func (d Delay) validateTimes(ps *problems) {
	for _, f := range []struct {
		path string
		v    time.Duration
	}{{"delay.base", d.Base}, {"delay.cap", d.Cap}, {"delay.jitter", d.Jitter}} {
		ps.unless(f.v >= 0, f.path, "must not be negative")
	}
	base := d.Base
	switch d.Kind {
	case "", None, Immediate:
		ps.unless(base == 0, "delay.base", fmt.Sprintf("has no meaning for kind %q", d.Kind))
		ps.unless(d.Cap == 0, "delay.cap", fmt.Sprintf("has no meaning for kind %q", d.Kind))
	case SDK:
		base = max(base, 0)
		if base == 0 {
			base = sdkBase
		}
	default:
		ps.unless(base != 0, "delay.base", "is required")
	}
	ps.unless(d.Cap <= 0 || d.Cap >= base, "delay.cap", fmt.Sprintf("is below the base %v", base))
}

func (d Delay) validateShares(ps *problems) {
	ps.unless(finite(d.Factor) && (d.Factor == 0 || d.Factor >= 1), "delay.factor", "must be 1 or more")
	switch d.Kind {
	case Exponential, FullJitter, EqualJitter, SDK:
	default:
		ps.unless(d.Factor == 0, "delay.factor", fmt.Sprintf("has no meaning for kind %q", d.Kind))
	}
	ps.unless(finite(d.JitterAdd) && d.JitterAdd >= 0, "delay.jitter_add", "must be a finite share of 0 or more")
	ps.unless(d.JitterSpread >= 0 && d.JitterSpread <= 1, "delay.jitter_spread", "must be a share from 0 to 1")
	ps.unless(d.JitterCut >= 0 && d.JitterCut <= 1, "delay.jitter_cut", "must be a share from 0 to 1")
}

func (r RetryAfter) validate(ps *problems) {
	uses := []Use{"", Ignore, Verbatim, Floor, AddJitter, AddDelay, Clamp}
	ps.unless(slices.Contains(uses, r.Use), "retry_after.use", "must be one of ignore, verbatim, floor, add-jitter, add-delay, clamp")
	for _, f := range []struct {
		path string
		v    time.Duration
	}{{"retry_after.min", r.Min}, {"retry_after.max", r.Max}, {"retry_after.jitter", r.Jitter}, {"retry_after.window", r.Window}} {
		ps.unless(f.v >= 0, f.path, "must not be negative")
		ps.unless(f.v == 0 || r.Use != "" && r.Use != Ignore, f.path, "has no meaning while the header is ignored: set use")
	}
	ps.unless(r.Max <= 0 || r.Max >= r.Min, "retry_after.max", fmt.Sprintf("is below min %v", r.Min))
	ps.unless(slices.Contains([]Above{"", UseDelay, GiveUp, Clip}, r.Above), "retry_after.above", "must be one of delay, give-up, clip")
	ps.unless(r.Above == "" || r.Max != 0, "retry_after.above", "has no meaning without max")
	ps.unless(r.Use != AddJitter || r.Jitter != 0, "retry_after.jitter", "is required for add-jitter")
	ps.unless(r.Use == AddJitter || r.Jitter == 0, "retry_after.jitter", "is only for use: add-jitter")
	ps.unless(slices.Contains([]Dates{"", ReadDates, NoDates, CrashDate, DateAsNow}, r.Dates), "retry_after.dates", "must be one of read, ignore, crash, at-once")
	read := r.Use != "" && r.Use != Ignore
	ps.unless(r.Dates == "" || read, "retry_after.dates", "has no meaning while the header is ignored: set use")
	ps.unless(!r.WholeSeconds || read, "retry_after.whole_seconds", "has no meaning while the header is ignored: set use")
	ps.unless(r.Use == Clamp || r.Window == 0, "retry_after.window", "is only for use: clamp")
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

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
