package retry_test

import (
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/retry"
)

// sdk is what the three official SDKs have in common: anthropic-sdk-go
// 1.60.0 requestconfig.go, anthropic-sdk-python 0.121.0 _base_client.py,
// anthropic-sdk-typescript 0.120.0 client.ts.
func sdk(ra retry.RetryAfter) *retry.Layer {
	return retry.New(retry.Config{
		Attempts: 3, Statuses: []int{408, 409}, ObeyShouldRetry: true,
		Delay: retry.Delay{Kind: retry.SDK, Base: 500 * ms, Cap: 8 * s, JitterCut: 0.25}, RetryAfter: ra,
	})
}

// The first and the second wait of each SDK for every kind of retry-after. Own
// delays are min(0.5·2ⁿ, 8) s less up to a quarter: written here for the draws
// 0 (the longest) and one half.
func TestSDKWaits(t *testing.T) {
	t.Parallel()
	const absent = -1 << 62
	python := sdk(retry.RetryAfter{Use: retry.Verbatim, Min: 1, Max: 60 * s})
	typescript := sdk(retry.RetryAfter{Use: retry.Verbatim})
	golang := sdk(retry.RetryAfter{Use: retry.Verbatim})
	own := [2]time.Duration{500 * ms, s}
	same := func(d time.Duration) [2]time.Duration { return [2]time.Duration{d, d} }
	for _, row := range []struct {
		header                     time.Duration
		python, typescript, golang [2]time.Duration
	}{
		{absent, own, own, own},
		{-1 * s, own, same(0), same(0)},
		{0, own, same(0), same(0)},
		{500 * ms, same(500 * ms), same(500 * ms), same(500 * ms)},
		{1, same(1), same(1), same(1)},
		{59 * s, same(59 * s), same(59 * s), same(59 * s)},
		{60 * s, same(60 * s), same(60 * s), same(60 * s)},
		{60*s + 1, own, same(60*s + 1), same(60*s + 1)},
		{61 * s, own, same(61 * s), same(61 * s)},
		{120 * s, own, same(120 * s), same(120 * s)},
		{287441 * s, own, same(287441 * s), same(287441 * s)},
	} {
		for name, sut := range map[string]struct {
			layer *retry.Layer
			want  [2]time.Duration
		}{"python": {python, row.python}, "typescript": {typescript, row.typescript}, "go": {golang, row.golang}} {
			a := throttled
			if row.header != absent {
				a.Response.HasRetryAfter, a.Response.RetryAfter = true, row.header
			}
			for n, want := range sut.want {
				for _, u := range []float64{0, 0.5} {
					state := load.RetryState{Failures: n + 1}
					got, again := sut.layer.Next(0, &load.Call{}, &state, &a, share(u))
					exact := want
					if want == own[n] && sut.want == own {
						exact = want - time.Duration(u*0.25*float64(want))
					}
					if got != exact || !again {
						t.Errorf("%s, retry-after %v, retry %d, draw %v: %v again %v, want %v", name, row.header, n+1, u, got, again, exact)
					}
				}
			}
			state := load.RetryState{Failures: 3}
			if _, again := sut.layer.Next(0, &load.Call{}, &state, &a, share(0)); again {
				t.Errorf("%s: a fourth attempt", name)
			}
		}
	}
}

// What the SDKs retry: connection errors, timeouts, 408, 409, 429 and from 500
// on, unless x-should-retry says otherwise; nothing once the body has begun.
func TestSDKStatuses(t *testing.T) {
	t.Parallel()
	layer := sdk(retry.RetryAfter{Use: retry.Verbatim})
	for _, row := range []struct {
		outcome load.Outcome
		status  int
		advice  load.Advice
		want    bool
	}{
		{load.OK, 200, load.NoAdvice, false},
		{load.OK, 200, load.DoRetry, false},
		{load.Failed, 200, load.NoAdvice, false},
		{load.Failed, 0, load.NoAdvice, true},
		{load.TimedOut, 0, load.NoAdvice, true},
		{load.Failed, 400, load.NoAdvice, false},
		{load.Failed, 400, load.DoRetry, true},
		{load.Failed, 401, load.NoAdvice, false},
		{load.Failed, 403, load.NoAdvice, false},
		{load.Failed, 404, load.NoAdvice, false},
		{load.Failed, 408, load.NoAdvice, true},
		{load.Failed, 409, load.NoAdvice, true},
		{load.Failed, 413, load.NoAdvice, false},
		{load.Throttled, 429, load.NoAdvice, true},
		{load.Throttled, 429, load.DoNotRetry, false},
		{load.Failed, 500, load.NoAdvice, true},
		{load.Failed, 504, load.NoAdvice, true},
		{load.Overloaded, 529, load.NoAdvice, true},
		{load.Overloaded, 529, load.DoNotRetry, false},
		{load.Shed, 0, load.NoAdvice, false},
		{load.Unfinished, 0, load.NoAdvice, false},
	} {
		a := load.Attempt{Response: load.Response{Outcome: row.outcome, Status: row.status, Advice: row.advice}}
		if _, again := layer.Next(0, &load.Call{}, &load.RetryState{Failures: 1}, &a, share(0)); again != row.want {
			t.Errorf("%v %d, advice %d: again %v, want %v", row.outcome, row.status, row.advice, again, row.want)
		}
	}
}
