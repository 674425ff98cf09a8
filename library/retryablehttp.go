package library

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"ratecliff/load"
	"ratecliff/scenario"
)

// retryableHTTP asks hashicorp/go-retryablehttp what its client would do: whether
// to retry (CheckRetry), how often (RetryMax) and after how long (Backoff), each
// as NewClient sets them.
type retryableHTTP struct{ client *retryablehttp.Client }

func newRetryableHTTP(name scenario.Library) *retryableHTTP {
	c := retryablehttp.NewClient()
	switch name {
	case scenario.RetryableHTTPLinear:
		c.Backoff = retryablehttp.LinearJitterBackoff
	case scenario.RetryableHTTPUniform:
		c.Backoff, c.RetryWaitMax = retryablehttp.LinearJitterBackoff, c.RetryWaitMin
	}
	return &retryableHTTP{client: c}
}

// Next asks the client's functions in the order of its Do.
func (l *retryableHTTP) Next(_ time.Duration, _ *load.Call, s *load.RetryState, a *load.Attempt, _ *rand.Rand) (time.Duration, bool) {
	if refused(&a.Response) {
		return 0, false
	}
	resp, failure := response(&a.Response)
	if resp != nil {
		defer resp.Body.Close()
	}
	again, err := l.client.CheckRetry(context.Background(), resp, failure)
	n := s.Failures - 1
	if !again || err != nil || n >= l.client.RetryMax {
		return 0, false
	}
	return max(l.client.Backoff(l.client.RetryWaitMin, l.client.RetryWaitMax, n, resp), 0), true
}

// retryableClient is the standard client around a transport. As shipped it turns
// the last refusal into an error that hides the answer; the handler the library
// offers for that passes it on, so that the report can say what was refused.
func retryableClient(under http.RoundTripper) http.RoundTripper {
	c := retryablehttp.NewClient()
	c.HTTPClient = &http.Client{Transport: under}
	c.Logger = nil
	c.ErrorHandler = retryablehttp.PassthroughErrorHandler
	return &retryablehttp.RoundTripper{Client: c}
}
