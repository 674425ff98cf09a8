package fault

import (
	"math"
	"strconv"
	"strings"
	"time"

	"ratecliff/load"
)

// Wait is what a client makes of RetryAfterMS, else of RetryAfter: the order of
// the official SDKs. It is false where neither can be read. A date counts from
// the answer's own date header.
func (e *Effect) Wait() (wait time.Duration, ok bool) {
	if ms, ok := decimal(e.RetryAfterMS); ok {
		return nanoseconds(ms * float64(time.Millisecond)), true
	}
	if off, ok := dated(e.RetryAfter); ok {
		return off, true
	}
	if seconds, ok := decimal(e.RetryAfter); ok {
		return nanoseconds(seconds * float64(time.Second)), true
	}
	return 0, false
}

// Date says how far from now the HTTP date of RetryAfter lies; false when it is
// no date.
func (e *Effect) Date() (off time.Duration, ok bool) { return dated(e.RetryAfter) }

// Seconds is RetryAfter as a number of seconds, and whether it is one; whole
// says that it has no fraction.
func (e *Effect) Seconds() (seconds float64, whole, ok bool) {
	seconds, ok = decimal(e.RetryAfter)
	return seconds, !strings.Contains(e.RetryAfter, "."), ok
}

// Milliseconds is RetryAfterMS as a number, and whether it is one.
func (e *Effect) Milliseconds() (ms float64, ok bool) { return decimal(e.RetryAfterMS) }

// dated reads "date+30s".
func dated(text string) (time.Duration, bool) {
	offset, ok := strings.CutPrefix(text, "date")
	if !ok || offset == "" || offset[0] != '+' && offset[0] != '-' {
		return 0, false
	}
	d, err := time.ParseDuration(offset)
	return d.Truncate(time.Second), err == nil
}

// decimal reads a plain decimal number, without exponents and words.
func decimal(text string) (float64, bool) {
	text = strings.TrimSpace(text)
	if text == "" || strings.Trim(text, "+-.0123456789") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil || math.IsInf(f, 0)
}

// nanoseconds rounds, and stops short of [load.Never] so that an instant can be
// added.
func nanoseconds(f float64) time.Duration {
	const most = float64(load.Never / 2)
	return time.Duration(math.Round(max(-most, min(most, f))))
}
