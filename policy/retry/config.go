package retry

import "time"

// Failure names a kind of failed attempt a layer may retry.
type Failure string

// The kinds of failure. An attempt is of exactly one of the first seven; Any is
// all of them.
const (
	Throttled   Failure = "throttled"    // 429
	Overloaded  Failure = "overloaded"   // 529
	ServerError Failure = "server_error" // any other status of 500 and above
	ClientError Failure = "client_error" // any other status from 400 to 499
	Timeout     Failure = "timeout"      // no answer within the attempt's time limit
	Network     Failure = "network"      // no response at all: connection refused, reset, name not found
	Stream      Failure = "stream"       // the answer began (status below 400) and broke off or reported an error
	Any         Failure = "any"          // all of the above
	Refused     Failure = "refused"      // the strategy's own gate said no (an open breaker that fails); not part of Any
)

// Stop names a condition that ends the retries of a layer, whatever On says.
type Stop string

// The stop conditions.
const (
	SpendCap     Stop = "spend_cap"      // 429 of the monthly spend cap (error.details.error_code enforced_spend_limit_reached): hopeless until next month
	NoRetryAfter Stop = "no_retry_after" // 429 without retry-after: documented for the spend cap only, so waiting is pointless
)

// Kind names a delay function. n counts from 0 at the first retry, b is Base,
// f is Factor, C is Cap, U(x, y) is uniform.
type Kind string

// The delay functions and their formulas (AWS architecture blog, "Exponential
// backoff and jitter", 2015, for the jittered ones).
const (
	None         Kind = "none"         // give up: only with attempts 1
	Immediate    Kind = "immediate"    // 0
	Fixed        Kind = "fixed"        // b
	Linear       Kind = "linear"       // min(C, b·(n+1))
	Exponential  Kind = "exponential"  // min(C, b·fⁿ)
	FullJitter   Kind = "full-jitter"  // U(0, min(C, b·fⁿ))
	EqualJitter  Kind = "equal-jitter" // v/2 + U(0, v/2), v = min(C, b·fⁿ)
	Decorrelated Kind = "decorrelated" // min(C, U(b, 3·previous)), previous starts at b
	SDK          Kind = "sdk"          // v − U(0, jitter_cut·v), v = min(C, b·fⁿ): the official SDKs
)

// Use says what a retry-after header does to the delay.
type Use string

// The uses of a retry-after header; ra is its value, d the layer's own delay.
const (
	Ignore    Use = "ignore"     // d
	Verbatim  Use = "verbatim"   // ra
	Floor     Use = "floor"      // max(ra, d)
	AddJitter Use = "add-jitter" // ra + U(0, jitter)
	AddDelay  Use = "add-delay"  // ra + d
	Clamp     Use = "clamp"      // d ≤ ra ≤ d + window: aws-sdk-go-v2's 2026 retry mode
)

// Above says what a retry-after above Max means.
type Above string

// The ways to treat a retry-after that is too long.
const (
	UseDelay Above = "delay"   // as if the header were absent: the Python SDK
	GiveUp   Above = "give-up" // no further retry: Claude Code
	Clip     Above = "clip"    // as if it were Max
)

// Config is one retry layer. The zero value is not valid: a layer says how many
// attempts it makes.
type Config struct {
	// Name shows in reports, such as "sdk" or "application". May be empty.
	Name string `yaml:"name"`
	// Attempts is how many attempts the layer makes in all, the first included:
	// 1 never retries. 0 is only valid with Unlimited.
	Attempts int `yaml:"attempts"`
	// Unlimited makes attempts without bound; then Attempts must be 0.
	Unlimited bool `yaml:"unlimited"`
	// MaxElapsed ends the retries when the next attempt would start later than
	// this after the layer's first. 0 is no bound.
	MaxElapsed time.Duration `yaml:"max_elapsed"`
	// On lists the failures that are retried. Absent means throttled,
	// overloaded, server_error, timeout and network: what the official SDKs
	// retry besides 408 and 409. An empty list leaves only Statuses.
	On []Failure `yaml:"on"`
	// Statuses lists further HTTP statuses (100–599) that are retried, such as
	// 408 and 409. Absent means none.
	Statuses []int `yaml:"statuses"`
	// StopOn lists what ends the retries even when On or Statuses say yes.
	// Absent means nothing does.
	StopOn []Stop `yaml:"stop_on"`
	// ObeyShouldRetry lets x-should-retry: true or false overrule On, Statuses
	// and StopOn, as the official SDKs do. False ignores the header.
	ObeyShouldRetry bool `yaml:"obey_should_retry"`
	// Delay is the layer's own wait before the next attempt.
	Delay Delay `yaml:"delay"`
	// RetryAfter says how a retry-after header changes that wait. The zero
	// value ignores the header.
	RetryAfter RetryAfter `yaml:"retry_after"`
	// ErrorDelay is the wait after any failure but a 429, in place of Delay; no
	// header changes it. The zero value leaves it to Delay.
	ErrorDelay Delay `yaml:"error_delay"`
	// SleepAfterLast sleeps once more after the last failure, and only then gives
	// up: a loop that waits at its end without asking whether there is a next
	// time. A cautionary setting.
	SleepAfterLast bool `yaml:"sleep_after_last"`
	// RecurseOn lists failures after which the next attempt is made inside the
	// error handling of the failed one: a function that calls itself within its
	// own try. Any other failure at the bottom is then retried once more at every
	// such level on the way out, and Attempts, at most 32, counts levels: n of them
	// are at worst 2ⁿ − 1 requests. One of these failures at the bottom ends the
	// call. A cautionary setting; absent means a loop.
	RecurseOn []Failure `yaml:"recurse_on"`
}

// Dates says what a layer makes of a retry-after that is an HTTP date.
type Dates string

// The ways to read an HTTP date.
const (
	ReadDates Dates = "read"    // as the wait it means
	NoDates   Dates = "ignore"  // as if the header were absent
	CrashDate Dates = "crash"   // the call fails: Python's float() of a date raises an error nobody catches
	DateAsNow Dates = "at-once" // the next attempt follows at once: JavaScript's parseInt of a date is NaN, and a timer takes that for 1 ms
)

// Delay is a delay function. After it, in this order, JitterCut, JitterSpread,
// JitterAdd and Jitter apply to the capped value, so the last three may exceed
// Cap.
type Delay struct {
	// Kind is the function. Required unless Attempts is 1.
	Kind Kind `yaml:"kind"`
	// Base is b. Required but for none, immediate and sdk (0 there: 500 ms).
	Base time.Duration `yaml:"base"`
	// Factor is f, at least 1. 0 means 2.
	Factor float64 `yaml:"factor"`
	// Cap is C. 0 means no cap (sdk: 8 s).
	Cap time.Duration `yaml:"cap"`
	// Jitter adds U(0, Jitter). 0 adds nothing.
	Jitter time.Duration `yaml:"jitter"`
	// JitterAdd adds U(0, JitterAdd·delay): a share, 0.1 is 10 %. 0 adds nothing.
	JitterAdd float64 `yaml:"jitter_add"`
	// JitterSpread multiplies by U(1−JitterSpread, 1+JitterSpread), from 0 to 1
	// (cenkalti/backoff 0.5, grpc-go 0.2). 0 does nothing.
	JitterSpread float64 `yaml:"jitter_spread"`
	// JitterCut subtracts U(0, JitterCut·delay), from 0 to 1. 0 does nothing
	// (sdk: 0.25).
	JitterCut float64 `yaml:"jitter_cut"`
}

// RetryAfter says how a retry-after header (or retry-after-ms) is treated. A
// negative value counts as 0, as it does in the Go and TypeScript SDKs.
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
	// Jitter adds U(0, Jitter) for add-jitter, where it is required.
	Jitter time.Duration `yaml:"jitter"`
	// Window is the width of clamp. 0 means 5 s (aws-sdk-go-v2 v1.47.7).
	Window time.Duration `yaml:"window"`
	// Dates is what an HTTP date does. Absent means read.
	Dates Dates `yaml:"dates"`
	// WholeSeconds cuts the value to whole seconds, as JavaScript's parseInt
	// does, and so wakes up to a second early. False keeps fractions.
	WholeSeconds bool `yaml:"whole_seconds"`
}
