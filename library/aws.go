package library

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"ratecliff/load"
)

// failure is a failed answer as the AWS SDK's classifiers want to see it: by
// interfaces. A 429 carries the code of a throttled AWS service, since the SDK
// does not retry 429 by its status, nor 529.
type failure struct{ response load.Response }

// failureOf is nil for an attempt that did not fail.
func failureOf(r *load.Response) error {
	if r.Outcome == load.OK {
		return nil
	}
	return &failure{*r}
}

func throttled(err error) bool {
	var f *failure
	return errors.As(err, &f) && f.response.Outcome == load.Throttled
}

// Error names the failure.
func (f *failure) Error() string {
	if f.response.ErrorType != "" {
		return f.response.ErrorType
	}
	return f.response.Outcome.String()
}

// HTTPStatusCode is the status, 0 without an answer.
func (f *failure) HTTPStatusCode() int { return f.response.Status }

// ErrorCode is an AWS service's word for a 429.
func (f *failure) ErrorCode() string {
	if f.response.Outcome == load.Throttled {
		return "TooManyRequestsException"
	}
	return ""
}

// ConnectionError says that no answer came.
func (f *failure) ConnectionError() bool {
	return f.response.Outcome == load.Failed && f.response.Status == 0
}

// Timeout says that the answer did not come in time.
func (f *failure) Timeout() bool { return f.response.Outcome == load.TimedOut }

// awsRetrier does what the SDK's retry middleware does (aws/retry/middleware.go,
// v1.47.7) with a retryer of the SDK: attempts, quota and delay are the
// retryer's. The quota is per client process. The delay's jitter comes from
// crypto/rand.
type awsRetrier struct {
	retryer aws.RetryerV2
	mode    AWSMode
	gated   bool // a gate hands out the attempts, and hears of their end
	calls   memory[func(error) error]
}

// AWSMode says how the process runs the AWS SDK, which asks the environment for
// AWS_NEW_RETRIES_2026 at every decision.
type AWSMode bool

// The modes: what the SDK does without and with AWS_NEW_RETRIES_2026=true.
const (
	AWSLegacy AWSMode = false
	AWS2026   AWSMode = true
)

func newAWSStandard(mode AWSMode) *awsRetrier {
	return &awsRetrier{retryer: retry.NewStandard(), mode: mode}
}

// Observe gives tokens back after an attempt: the retry's to the quota when it
// succeeded, and one more for a success; the 2026 mode gives that only for
// a first attempt.
func (l *awsRetrier) Observe(_ time.Duration, c *load.Call, a *load.Attempt) {
	err := failureOf(&a.Response)
	if release := l.calls.of(c); *release != nil {
		_ = (*release)(err)
		*release = nil
	}
	if l.gated || l.mode == AWS2026 && a.N > 1 {
		return
	}
	if release, tokenErr := l.retryer.GetAttemptToken(context.Background()); tokenErr == nil {
		_ = release(err)
	}
}

// Next asks in the order of the middleware: retryable, attempts, quota, delay.
func (l *awsRetrier) Next(_ time.Duration, c *load.Call, s *load.RetryState, a *load.Attempt, _ *rand.Rand) (time.Duration, bool) {
	err := failureOf(&a.Response)
	if refused(&a.Response) || !l.retryer.IsErrorRetryable(err) || s.Failures >= l.retryer.MaxAttempts() {
		return 0, false
	}
	release, quotaErr := l.retryer.GetRetryToken(context.Background(), err)
	if quotaErr != nil {
		return 0, false
	}
	*l.calls.of(c) = release
	n := s.Failures
	if l.mode == AWS2026 {
		n--
	}
	wait, delayErr := l.retryer.RetryDelay(n, err)
	if delayErr != nil {
		return 0, false
	}
	if l.mode == AWS2026 && a.Response.HasRetryAfter {
		wait = min(max(wait, a.Response.RetryAfter), wait+headerWindow)
	}
	return wait, true
}

// headerWindow is how far the 2026 mode lets a header lengthen its own delay
// (adjustForRetryAfterHeader in aws/retry/middleware.go; the header is
// x-amz-retry-after there, and retry-after stands in for it here).
const headerWindow = 5 * time.Second

// awsAdaptive is the adaptive mode's bucket as a gate. The SDK sleeps until
// a token is there; here it is told to fail instead, and asked again every
// poll. A token that was had while another gate said no stays at hand.
type awsAdaptive struct {
	mode  *retry.AdaptiveMode
	spare func(error) error
	calls memory[func(error) error]
}

// poll is how often a gate is asked again that does not say when to.
const poll = 10 * time.Millisecond

func newAWSAdaptive(mode AWSMode) (*awsAdaptive, *awsRetrier) {
	m := retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) { o.FailOnNoAttemptTokens = true })
	return &awsAdaptive{mode: m}, &awsRetrier{retryer: m, mode: mode, gated: true}
}

// Ready tries to have a token at hand.
func (g *awsAdaptive) Ready(now time.Duration, _ *load.Call) load.Permit {
	if g.spare == nil {
		release, err := g.mode.GetAttemptToken(context.Background())
		if err != nil {
			return load.Permit{State: load.WaitUntil, At: now + poll, By: "aws-adaptive"}
		}
		g.spare = release
	}
	return load.Permit{}
}

// Take spends the token at hand.
func (g *awsAdaptive) Take(_ time.Duration, c *load.Call) {
	*g.calls.of(c), g.spare = g.spare, nil
}

// Done lets the rate learn from the attempt.
func (g *awsAdaptive) Done(_ time.Duration, c *load.Call, a *load.Attempt) {
	if release := g.calls.of(c); *release != nil {
		_ = (*release)(failureOf(&a.Response))
		*release = nil
	}
}
