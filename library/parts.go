package library

import (
	"net/http"

	"ratecliff/engine"
	"ratecliff/scenario"
)

// Published is what a client may know of the service's limits: the pool a model
// is counted in and its requests per minute, 0 where nothing is said.
type Published func(model string) (pool string, perMinute int64)

// Parts is what the libraries of a strategy add to the stack of one client
// process.
type Parts struct {
	Gates []engine.Gate
	Retry []engine.Retrier // inner to outer
}

// Build makes fresh parts of the libraries named; executors have none, see
// [Transport]. Names must be valid. published may be nil: nothing is known.
func Build(names []scenario.Library, mode AWSMode, published Published) Parts {
	var out Parts
	for _, name := range names {
		switch name {
		case scenario.Cenkalti, scenario.CenkaltiNoJitter, scenario.CenkaltiRetryAfter:
			out.Retry = append(out.Retry, newCenkalti(name))
		case scenario.RetryableHTTP, scenario.RetryableHTTPLinear, scenario.RetryableHTTPUniform:
			out.Retry = append(out.Retry, newRetryableHTTP(name))
		case scenario.AWSStandard:
			out.Retry = append(out.Retry, newAWSStandard(mode))
		case scenario.AWSAdaptive:
			gate, layer := newAWSAdaptive(mode)
			out.Gates, out.Retry = append(out.Gates, gate), append(out.Retry, layer)
		case scenario.FailsafeLimiter:
			out.Gates = append(out.Gates, newFailsafeLimiter())
		case scenario.FailsafeThrottler:
			out.Gates = append(out.Gates, newFailsafeThrottler())
		case scenario.FailsafeRateLimiter:
			out.Gates = append(out.Gates, &failsafeRateLimiter{published: published})
		case scenario.Gobreaker, scenario.GobreakerUnthrottled:
			out.Gates = append(out.Gates, newBreaker(name))
		}
	}
	return out
}

// Transport puts the executor among the libraries around a transport, or is nil
// when none makes its own requests. What it returns may be used by any number
// of goroutines.
func Transport(names []scenario.Library) func(http.RoundTripper) http.RoundTripper {
	for _, name := range names {
		switch name {
		case scenario.RetryableHTTPClient:
			return retryableClient
		case scenario.FailsafeRetry:
			return failsafeRetry
		}
	}
	return nil
}

// UsesAWS says whether a library among them obeys AWS_NEW_RETRIES_2026.
func UsesAWS(names []scenario.Library) bool {
	for _, name := range names {
		if name == scenario.AWSStandard || name == scenario.AWSAdaptive {
			return true
		}
	}
	return false
}
