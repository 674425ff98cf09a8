package retry

import "time"

// Use says what a retry-after header does to the delay.
type Use string

// The uses of a retry-after header; ra is its value, d the layer's own delay.
const (
	Ignore    Use = "ignore"     // d
	Verbatim  Use = "verbatim"   // ra
	Floor     Use = "floor"      // max(ra, d)
	AddJitter Use = "add-jitter" // ra + U(0, max(jitter, jitter_share·ra))
	AddDelay  Use = "add-delay"  // ra + d
	Clamp     Use = "clamp"      // d ≤ ra ≤ d + window: aws-sdk-go-v2's 2026 retry mode

	// Spread is ra + U(0, Σc/r̂): the server says when one unit is free, not when
	// those are that the client's other calls ask for, so they share out the time
	// all of them need. Σc is the cost, in the dimension the 429 names, of this
	// call and of those the layer has put to sleep in this client process; r̂ is
	// that dimension's limit as the answers' headers last gave it, else what
	// succeeded in the last minute. While neither is known it is ra + U(0,
	// jitter). A dimension that is not named, or has no rate, counts as requests.
	Spread Use = "spread"
)

// Above says what a retry-after above Max means.
type Above string

// The ways to treat a retry-after that is too long.
const (
	UseDelay Above = "delay"   // as if the header were absent: the Python SDK
	GiveUp   Above = "give-up" // no further retry: Claude Code
	Clip     Above = "clip"    // as if it were Max
	Shorter  Above = "shorter" // the shorter of ra and d: Vercel AI SDK
)

// Negative says what a negative retry-after means.
type Negative string

// The ways to read a negative value.
const (
	AsZero   Negative = "zero"    // as 0: the Go and TypeScript SDKs
	AsAbsent Negative = "delay"   // as if the header were absent: go-retryablehttp
	AsStop   Negative = "give-up" // no further retry: a grpc-retry-pushback-ms below 0
)

// Dates says what a layer makes of a retry-after that is an HTTP date.
type Dates string

// The ways to read an HTTP date.
const (
	ReadDates Dates = "read"    // as the wait it means
	NoDates   Dates = "ignore"  // as if the header were absent
	CrashDate Dates = "crash"   // the call fails: Python's float() of a date raises an error nobody catches
	DateAsNow Dates = "at-once" // the next attempt follows at once: JavaScript's parseInt of a date is NaN, and a timer takes that for 1 ms
)

// RetryAfter says how a retry-after header (or retry-after-ms) is treated.
type RetryAfter struct {
	// Use is what the header does. Absent means ignore.
	Use Use `yaml:"use"`
	// Min is the smallest value obeyed; one below counts as absent. 0 means
	// every value is obeyed; 1ns obeys only positive values (Python SDK).
	Min time.Duration `yaml:"min"`
	// Max is the largest value obeyed. 0 means no ceiling.
	Max time.Duration `yaml:"max"`
	// Above is what a value above Max means. Absent means delay.
	Above Above `yaml:"above"`
	// Negative is what a negative value means. Absent means zero.
	Negative Negative `yaml:"negative"`
	// Statuses lists the HTTP statuses whose header is read, such as 429 and 503.
	// Absent means all.
	Statuses []int `yaml:"statuses"`
	// Restart makes the layer's own delay begin anew, with n = 0, after a header
	// that was obeyed: a RetryAfterError of cenkalti/backoff, a pushback of grpc.
	// False goes on counting.
	Restart bool `yaml:"restart"`
	// Jitter adds U(0, Jitter): for add-jitter, where it or JitterShare is required,
	// and for spread while no rate is known, where 0 means 1 s, the header's
	// resolution.
	Jitter time.Duration `yaml:"jitter"`
	// JitterShare widens the jitter of add-jitter to this share of the value, where
	// that is more: 0.5 is half of it. 0 does nothing.
	JitterShare float64 `yaml:"jitter_share"`
	// Window is the width of clamp. 0 means 5 s (aws-sdk-go-v2 v1.47.7).
	Window time.Duration `yaml:"window"`
	// Dates is what an HTTP date does. Absent means read.
	Dates Dates `yaml:"dates"`
	// WholeSeconds cuts the value to whole seconds, as JavaScript's parseInt
	// does, and so wakes up to a second early. False keeps fractions.
	WholeSeconds bool `yaml:"whole_seconds"`
}
