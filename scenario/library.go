package scenario

import (
	"fmt"
	"slices"
	"strings"

	"ratecliff/load"
)

// Library names a client library of others that runs as it ships, not imitated.
type Library string

// The libraries. A delay function is asked for its wait and runs in virtual
// time too; a gate says whether a call may go, an executor makes its own
// requests and sleeps by itself, and both of these read the wall clock.
const (
	Cenkalti             Library = "cenkalti"                          // delay function: cenkalti/backoff v5.0.3, defaults, bound of 15 minutes; the header is not looked at
	CenkaltiNoJitter     Library = "cenkalti-no-jitter"                // the same with its randomization factor 0
	CenkaltiRetryAfter   Library = "cenkalti-retry-after"              // the same as cenkalti, the operation returns its RetryAfter error for a header, which also starts the backoff anew
	RetryableHTTP        Library = "go-retryablehttp"                  // delay function: hashicorp/go-retryablehttp v0.7.8, DefaultBackoff and DefaultRetryPolicy: 4 retries, 1 to 30 s, no jitter
	RetryableHTTPLinear  Library = "go-retryablehttp-linear"           // the same with LinearJitterBackoff, which is blind to headers
	RetryableHTTPUniform Library = "go-retryablehttp-linear-no-jitter" // the same with the longest wait equal to the shortest, 1 s
	RetryableHTTPClient  Library = "go-retryablehttp-client"           // executor: the standard client of hashicorp/go-retryablehttp v0.7.8
	AWSStandard          Library = "aws-standard"                      // delay function: aws-sdk-go-v2 v1.47.7 retry.Standard with its retry quota of 500; AWS_NEW_RETRIES_2026=true changes it
	AWSAdaptive          Library = "aws-adaptive"                      // gate and delay function: aws-sdk-go-v2 v1.47.7 retry.AdaptiveMode, whose bucket hands out attempts
	FailsafeRetry        Library = "failsafe-retry"                    // executor: failsafe-go v0.9.8 round tripper with failsafehttp's retry policy: 2 retries, at once where no header is
	FailsafeLimiter      Library = "failsafe-adaptive-limiter"         // gate: failsafe-go v0.9.8 adaptive concurrency limiter, 20 at first, 1 to 200
	FailsafeThrottler    Library = "failsafe-throttler"                // gate: failsafe-go v0.9.8 adaptive throttler: refuses above 10 % failures in a minute, at most 90 %
	FailsafeRateLimiter  Library = "failsafe-rate-limiter"             // gate: failsafe-go v0.9.8 smooth rate limiter at the published requests per minute of the model
	Gobreaker            Library = "gobreaker"                         // gate: sony/gobreaker v2.4.0 two-step breaker: more than 5 failures in a row open it for 60 s, 1 trial; 429 counts
	GobreakerUnthrottled Library = "gobreaker-no-throttled"            // the same with 429 excluded
)

// trait is what one has to know of a library before it runs.
type trait uint8

const (
	delays  trait = 1 << iota // a retry layer
	gates                     // a gate
	owns                      // makes requests of its own, below the policy
	clocked                   // reads the wall clock
	random                    // draws from randomness of its own
)

//nolint:gochecknoglobals // a table
var libraries = []struct {
	name Library
	is   trait
}{
	{Cenkalti, delays | random},
	{CenkaltiNoJitter, delays},
	{CenkaltiRetryAfter, delays | random},
	{RetryableHTTP, delays},
	{RetryableHTTPLinear, delays | random},
	{RetryableHTTPUniform, delays},
	{RetryableHTTPClient, owns | clocked},
	{AWSStandard, delays | random},
	{AWSAdaptive, delays | gates | clocked | random},
	{FailsafeRetry, owns | clocked},
	{FailsafeLimiter, gates | clocked},
	{FailsafeThrottler, gates | clocked | random},
	{FailsafeRateLimiter, gates | clocked},
	{Gobreaker, gates | clocked},
	{GobreakerUnthrottled, gates | clocked},
}

// Libraries lists the known libraries.
func Libraries() []Library {
	out := make([]Library, len(libraries))
	for i := range libraries {
		out[i] = libraries[i].name
	}
	return out
}

func (l Library) is(t trait) bool {
	for i := range libraries {
		if libraries[i].name == l {
			return libraries[i].is&t != 0
		}
	}
	return false
}

// ReadsClock says whether the library reads the wall clock or sleeps on it, so
// that it cannot run in virtual time nor on a clock that runs faster.
func (l Library) ReadsClock() bool { return l.is(clocked) }

// Random says whether the library draws from randomness of its own, so that a
// run cannot be repeated.
func (l Library) Random() bool { return l.is(random) }

// Clocked lists the libraries of the strategy that read the wall clock.
func (s *Strategy) Clocked() []Library { return s.only(clocked) }

// Random lists the libraries of the strategy that draw from randomness of their
// own.
func (s *Strategy) Random() []Library { return s.only(random) }

func (s *Strategy) only(t trait) []Library {
	var out []Library
	for _, l := range s.Libraries {
		if l.is(t) {
			out = append(out, l)
		}
	}
	return out
}

// checkLibraries reports unknown names, one named twice, and what does not go
// together.
func (s *Strategy) checkLibraries() []load.Problem {
	var out []load.Problem
	add := func(i int, format string, args ...any) {
		out = append(out, load.Problem{Path: fmt.Sprintf("libraries[%d]", i), Message: fmt.Sprintf(format, args...)})
	}
	layers, owner := len(s.Retry), Library("")
	for i, l := range s.Libraries {
		switch {
		case !slices.Contains(Libraries(), l):
			add(i, "%q is not known; one of %s", l, words(Libraries()))
			continue
		case slices.Contains(s.Libraries[:i], l):
			add(i, "is %q, which is in the list already", l)
			continue
		}
		if l.is(delays) {
			layers++
		}
		if l.is(owns) {
			if owner != "" {
				add(i, "is %q beside %q: only one of them can make the requests", l, owner)
			}
			owner = l
		}
	}
	if layers > load.MaxLayers && layers > len(s.Retry) {
		out = append(out, load.Problem{Path: "libraries", Message: fmt.Sprintf("makes %d retry layers together with retry, at most %d are possible", layers, load.MaxLayers)})
	}
	return out
}

func words(names []Library) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = string(n)
	}
	return strings.Join(list, ", ")
}
