package wire

import (
	"math"
	"strconv"
	"strings"
	"time"

	"ratecliff/load"
)

// AppendRetryAfter appends the value of retry-after for a wait of d: whole
// seconds of the wall, rounded up. A wait that is not positive is "0".
func (t Timebase) AppendRetryAfter(dst []byte, d time.Duration) []byte {
	wall := max(0, t.Shrink(d))
	return strconv.AppendInt(dst, int64((wall+time.Second-1)/time.Second), 10)
}

// AppendRetryAfterMS appends the value of retry-after-ms: milliseconds of the
// wall, rounded up to a microsecond.
func (t Timebase) AppendRetryAfterMS(dst []byte, d time.Duration) []byte {
	us := (max(0, t.Shrink(d)) + time.Microsecond - 1) / time.Microsecond
	return strconv.AppendFloat(dst, float64(us)/1000, 'f', -1, 64)
}

// ReadRetryAfter reads retry-after-ms, else retry-after, in the order of the
// official SDKs. It takes integers, decimal fractions and HTTP dates; a negative
// value or a past date gives a negative wait. A date counts from the answer's
// own date header when there is one, so that a server with a wrong clock is
// still understood, else from now.
func (t Timebase) ReadRetryAfter(now time.Duration, h Header) (wait time.Duration, ok bool) {
	if ms, ok := parseDecimal(h.Get(HeaderRetryAfterMS)); ok {
		return t.Stretch(saturate(ms * float64(time.Millisecond))), true
	}
	value := h.Get(HeaderRetryAfter)
	if value == "" {
		return 0, false
	}
	if sec, ok := parseDecimal(value); ok {
		return t.Stretch(saturate(sec * float64(time.Second))), true
	}
	until, ok := parseDate(value)
	if !ok {
		return 0, false
	}
	from, ok := parseDate(h.Get(HeaderDate))
	if !ok {
		from = t.Wall(now)
	}
	return t.Stretch(until.Sub(from)), true
}

// isDateForm says whether the wait was read from an HTTP date.
func isDateForm(h Header) bool {
	if _, ms := parseDecimal(h.Get(HeaderRetryAfterMS)); ms {
		return false
	}
	_, date := parseDate(h.Get(HeaderRetryAfter))
	return date
}

// parseDecimal reads a plain decimal number: no exponents that hide infinity,
// no "inf", no "nan", no hexadecimal.
func parseDecimal(text string) (float64, bool) {
	text = strings.TrimSpace(text)
	if text == "" || strings.Trim(text, "+-.0123456789") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if math.IsInf(f, 0) {
		return f, true
	}
	return f, err == nil
}

// parseDate reads the three date forms of RFC 9110, section 5.6.7.
func parseDate(text string) (time.Time, bool) {
	if text == "" {
		return time.Time{}, false
	}
	for _, layout := range [...]string{"Mon, 02 Jan 2006 15:04:05 GMT", time.RFC1123Z, time.RFC850, time.ANSIC} {
		if date, err := time.Parse(layout, text); err == nil {
			return date, true
		}
	}
	return time.Time{}, false
}

// ReadAdvice reads x-should-retry.
func ReadAdvice(h Header) load.Advice {
	switch h.Get(HeaderShouldRetry) {
	case "true":
		return load.DoRetry
	case "false":
		return load.DoNotRetry
	}
	return load.NoAdvice
}
