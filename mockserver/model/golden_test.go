package model

import (
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/ratelimit"
)

// recorded builds a service in the state that a recording started from: the
// given amounts are missing from its input and output buckets at the instant at.
func recorded(t *testing.T, cfg Config, at time.Duration, input, output int64) *Model {
	t.Helper()
	m, err := New(cfg, 1)
	if err != nil {
		t.Fatal(err)
	}
	m.advance(at)
	set := &m.holders[m.organisationOf(0)].sets[0]
	set.Advance(at)
	set.Bucket(load.ITPM).Charge(input)
	set.Bucket(load.OTPM).Charge(output)
	return m
}

// The only complete 429 on record (2025-06-02 15:14:45): input 200000, nothing
// remaining, full in 63 s, yet retry-after 16; output and requests untouched. A
// full bucket 63 s away at 200000 a minute is a debt of 10,000 tokens, and 16 s
// is when a request of about 43,000 tokens fits.
func TestRecordedRefusal(t *testing.T) {
	t.Parallel()
	at := 100 * time.Second
	m := recorded(t, Config{RPM: 4000, ITPM: 200_000, OTPM: 80_000}, at, 210_000, 0)
	var reply Reply
	m.Handle(at, &Request{Attempt: 1, Tokens: load.Tokens{Input: 43_000, Output: 500}, MaxTokens: 1000}, &reply)
	r := &reply.Response
	if r.Outcome != load.Throttled || r.Status != 429 || r.Dimension != load.ITPM || r.ErrorType != "rate_limit_error" || r.Advice != load.DoRetry || reply.Limit != 200_000 {
		t.Errorf("answer %+v", r)
	}
	if !r.HasRetryAfter || r.RetryAfter != 16*time.Second {
		t.Errorf("retry-after %v, recorded 16 s", r.RetryAfter)
	}
	want := load.LimitStatuses{
		{Known: true, Limit: 4000, Remaining: 4000, Reset: at},
		{Known: true, Limit: 200_000, Remaining: 0, Reset: at + 63*time.Second},
		{Known: true, Limit: 80_000, Remaining: 80_000, Reset: at},
	}
	if r.Limits != want {
		t.Errorf("limits %+v\nrecorded %+v", r.Limits, want)
	}
}

// Recorded 200s. A reset is recorded in whole seconds against a Date in whole
// seconds about a second after admission, and the remaining tokens are rounded,
// so instants are compared within 1.3 s; remaining tokens exactly.
func TestRecordedAnswers(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name               string
		limit, reserve     int64 // input limit; max_tokens where they were reserved, else 0
		input              int64
		missIn, missOut    int64 // missing before the request
		remainIn           int64
		remainOut          int64
		resetIn, resetOut  time.Duration // after Date
		dateAfterAdmission time.Duration
	}{
		{"2025-03-15 12:57:59", 200_000, 2048, 2000, 72_000, 18_952, 126_000, 59_000, 21 * time.Second, 14 * time.Second, time.Second},
		{"2025-03-15 13:07:26", 200_000, 1024, 2000, 57_000, 12_976, 141_000, 66_000, 18 * time.Second, 10 * time.Second, 0},
		{"2025-03-15 09:38:28", 400_000, 1024, 1169, 0, 0, 399_000, 79_000, 0, 0, 0},
		{"2025-07-29 09:59:34, no reservation", 400_000, 0, 450, 0, 0, 400_000, 80_000, 0, 0, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			cfg, most := Config{RPM: 4000, ITPM: 0, OTPM: 80_000, Output: Reserve}, row.reserve
			cfg.ITPM = ratelimit.PerMinute(row.limit)
			if row.reserve == 0 {
				cfg.Output, most = AsProduced, 1024
			}
			at := 500 * time.Second
			m := recorded(t, cfg, at, row.missIn, row.missOut)
			var reply Reply
			m.Handle(at, &Request{Attempt: 1, Tokens: load.Tokens{Input: row.input, Output: 100}, MaxTokens: most, Stream: true}, &reply)
			limits := &reply.Response.Limits
			in, out, req := limits.At(load.ITPM), limits.At(load.OTPM), limits.At(load.RPM)
			if in.Remaining != row.remainIn || out.Remaining != row.remainOut || req.Remaining != 3999 {
				t.Errorf("remaining %d, %d, %d", req.Remaining, in.Remaining, out.Remaining)
			}
			date := at + row.dateAfterAdmission
			near(t, "input", in.Reset-date, row.resetIn)
			near(t, "output", out.Reset-date, row.resetOut)
			near(t, "requests", req.Reset-at, 15*time.Millisecond)
		})
	}
}

func near(t *testing.T, what string, got, recorded time.Duration) {
	t.Helper()
	if diff := (got - recorded).Abs(); diff > 1300*time.Millisecond {
		t.Errorf("%s reset %v, recorded %v", what, got, recorded)
	}
}
