package retry

import (
	"fmt"
	"slices"
	"time"
)

func (d Delay) validate(ps *problems, once bool) {
	kinds := []Kind{None, Immediate, Fixed, Linear, Exponential, FullJitter, EqualJitter, Decorrelated, SDK, LinearJitter, Polly, JitterBelowCap, Windowed}
	switch {
	case d.Kind == "":
		ps.unless(once, "delay.kind", "is required when there is more than one attempt")
	case !slices.Contains(kinds, d.Kind):
		ps.add("delay.kind", "must be one of none, immediate, fixed, linear, exponential, full-jitter, equal-jitter, decorrelated, sdk, linear-jitter, polly, jitter-below-cap, windowed")
	default:
		ps.unless(d.Kind != None || once, "delay.kind", "none contradicts more than one attempt")
	}
	d.validateTimes(ps)
	d.validateCap(ps)
	d.validateShares(ps)
}

func (d Delay) validateTimes(ps *problems) {
	ps.duration("delay.base", d.Base)
	ps.duration("delay.cap", d.Cap)
	ps.duration("delay.jitter", d.Jitter)
	ps.duration("delay.floor", d.Floor)
	switch d.Kind {
	case "", None, Immediate:
		ps.unless(d.Base == 0, "delay.base", fmt.Sprintf("has no meaning for kind %q", d.Kind))
		ps.unless(d.Cap == 0, "delay.cap", fmt.Sprintf("has no meaning for kind %q", d.Kind))
	case SDK:
	default:
		ps.unless(d.Base != 0, "delay.base", "is required")
	}
}

func (d Delay) validateCap(ps *problems) {
	base := max(d.Base, 0)
	if d.Kind == SDK && base == 0 {
		base = sdkBase
	}
	ps.unless(d.Cap <= 0 || d.Cap >= base, "delay.cap", fmt.Sprintf("is below the base %v", base))
	switch d.Kind {
	case LinearJitter:
		ps.unless(d.Cap != 0, "delay.cap", "is required: what is drawn lies between base and cap")
		ps.unless(!d.CapAfter, "delay.cap_after", "contradicts linear-jitter, whose cap bounds the draw")
	case Windowed:
		ps.unless(d.Cap == 0, "delay.cap", "has no meaning for windowed: a wait is at most two windows")
	default:
		ps.unless(!d.CapAfter || d.Cap != 0 || d.Kind == SDK, "delay.cap_after", "has no meaning without a cap")
	}
	ps.unless(d.Floor == 0 || d.Kind == FullJitter, "delay.floor", "is only for full-jitter")
	ps.unless(d.Cap <= 0 || d.Floor <= d.Cap, "delay.floor", fmt.Sprintf("is above the cap %v", d.Cap))
}

func (d Delay) validateShares(ps *problems) {
	ps.unless(finite(d.Factor) && (d.Factor == 0 || d.Factor >= 1), "delay.factor", "must be 1 or more")
	ps.unless(!(d.Factor > maxFactor), "delay.factor", fmt.Sprintf("must be at most %g", maxFactor))
	switch d.Kind {
	case Exponential, FullJitter, EqualJitter, SDK, JitterBelowCap:
	default:
		ps.unless(d.Factor == 0, "delay.factor", fmt.Sprintf("has no meaning for kind %q", d.Kind))
	}
	ps.unless(finite(d.JitterAdd) && d.JitterAdd >= 0 && d.JitterAdd <= maxFactor, "delay.jitter_add", fmt.Sprintf("must be a finite share from 0 to %g", maxFactor))
	ps.share("delay.jitter_spread", d.JitterSpread)
	ps.share("delay.jitter_cut", d.JitterCut)
}

func (r RetryAfter) validate(ps *problems) {
	uses := []Use{"", Ignore, Verbatim, Floor, AddJitter, AddDelay, Clamp, Spread}
	ps.unless(slices.Contains(uses, r.Use), "retry_after.use", "must be one of ignore, verbatim, floor, add-jitter, add-delay, clamp, spread")
	read := r.Use != "" && r.Use != Ignore
	for _, f := range []struct {
		path string
		v    time.Duration
	}{{"retry_after.min", r.Min}, {"retry_after.max", r.Max}, {"retry_after.jitter", r.Jitter}, {"retry_after.window", r.Window}} {
		ps.duration(f.path, f.v)
		ps.unless(f.v == 0 || read, f.path, "has no meaning while the header is ignored: set use")
	}
	ps.unless(r.Max <= 0 || r.Max >= r.Min, "retry_after.max", fmt.Sprintf("is below min %v", r.Min))
	ps.unless(slices.Contains([]Above{"", UseDelay, GiveUp, Clip, Shorter}, r.Above), "retry_after.above", "must be one of delay, give-up, clip, shorter")
	ps.unless(r.Above == "" || r.Max != 0, "retry_after.above", "has no meaning without max")
	ps.unless(r.Use != AddJitter || r.Jitter != 0 || r.JitterShare != 0, "retry_after.jitter", "is required for add-jitter")
	ps.amount("retry_after.jitter_share", r.JitterShare, maxFactor)
	ps.unless(r.Use == AddJitter || r.JitterShare == 0, "retry_after.jitter_share", "is only for use: add-jitter")
	ps.unless(r.Use == AddJitter || r.Use == Spread || r.Jitter == 0, "retry_after.jitter", "is only for use: add-jitter and spread")
	ps.unless(r.Use == Clamp || r.Window == 0, "retry_after.window", "is only for use: clamp")
	r.validateForms(ps, read)
}

// validateForms checks what says how the header is read.
func (r RetryAfter) validateForms(ps *problems, read bool) {
	const unread = "has no meaning while the header is ignored: set use"
	ps.unless(slices.Contains([]Dates{"", ReadDates, NoDates, CrashDate, DateAsNow}, r.Dates), "retry_after.dates", "must be one of read, ignore, crash, at-once")
	ps.unless(r.Dates == "" || read, "retry_after.dates", unread)
	ps.unless(!r.WholeSeconds || read, "retry_after.whole_seconds", unread)
	ps.unless(slices.Contains([]Negative{"", AsZero, AsAbsent, AsStop}, r.Negative), "retry_after.negative", "must be one of zero, delay, give-up")
	ps.unless(r.Negative == "" || read, "retry_after.negative", unread)
	ps.unless(!r.Restart || read, "retry_after.restart", unread)
	ps.unless(len(r.Statuses) == 0 || read, "retry_after.statuses", unread)
	for i, status := range r.Statuses {
		ps.unless(status >= 100 && status <= 599, fmt.Sprintf("retry_after.statuses[%d]", i), "must be an HTTP status from 100 to 599")
	}
}
