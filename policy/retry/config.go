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
	// Budget says which of the retries that Attempts leaves are permitted. It is
	// one for all calls of a client process. The zero value permits them all.
	Budget Budget `yaml:"budget"`
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
