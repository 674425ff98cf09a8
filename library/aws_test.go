package library_test

import (
	"testing"
	"time"

	"ratecliff/engine"
	"ratecliff/library"
	"ratecliff/load"
	"ratecliff/scenario"
)

// U(0, 2ⁿ) s, n from 1: the SDK's attempt counts from 1 (jitter_backoff.go).
func TestAWSStandardDelay(t *testing.T) {
	t.Parallel()
	var sums [2]time.Duration
	const draws = 2000
	l := layer(t, scenario.AWSStandard)
	for i := range int32(draws) {
		c := newCall(l, i, 1)
		for n := range sums {
			wait, again := c.fails(throttled())
			if !again || wait < 0 || wait > 2<<n*second {
				t.Fatalf("wait %d: %v %v", n, wait, again)
			}
			sums[n] += wait
		}
		if _, again := c.fails(throttled()); again {
			t.Fatal("a fourth attempt")
		}
		for range 20 { // successes fill the quota up again
			newCall(l, i, 1).fails(ok())
		}
	}
	for n, sum := range sums {
		if mean, want := sum/draws, time.Second<<n; mean < want*94/100 || mean > want*106/100 {
			t.Errorf("mean wait %d is %v, want %v", n, mean, want)
		}
	}
}

// spent is how many retries the quota allows, of calls that all fail, each of
// them on its first retry only.
func spent(l engine.Retrier, r load.Response) int {
	for i := range int32(1000) {
		if _, again := newCall(l, i, 1).fails(r); !again {
			return int(i)
		}
	}
	return -1
}

// 500 tokens, 5 a retry, 10 after a timeout (standard.go).
func TestAWSQuota(t *testing.T) {
	t.Parallel()
	if n := spent(layer(t, scenario.AWSStandard), throttled()); n != 100 {
		t.Errorf("%d retries, want 500 / 5", n)
	}
	if n := spent(layer(t, scenario.AWSStandard), late()); n != 50 {
		t.Errorf("%d retries after timeouts, want 500 / 10", n)
	}
	l := layer(t, scenario.AWSStandard)
	spent(l, throttled())
	for i := range int32(5) {
		newCall(l, 2000+i, 1).fails(ok()) // a first attempt that succeeds adds 1
	}
	if n := spent(l, throttled()); n != 1 {
		t.Errorf("%d retries after five successes, want 1", n)
	}
	c := newCall(l, 3000, 1)
	for range 5 {
		newCall(l, 2000, 1).fails(ok())
	}
	c.fails(throttled())
	c.fails(ok()) // a retry that succeeds gives its 5 back, and adds 1
	if n := spent(l, throttled()); n != 1 {
		t.Errorf("%d retries after a retry that succeeded, want 1", n)
	}
}

// The mode of 2026: 14 a retry, 5 after a throttle; 50 ms to begin with, 1 s
// after a throttle; a header up to 5 s beyond.
func TestAWS2026(t *testing.T) {
	t.Setenv("AWS_NEW_RETRIES_2026", "true")
	build := func() engine.Retrier {
		return library.Build([]scenario.Library{scenario.AWSStandard}, library.AWS2026, nil).Retry[0]
	}
	if n := spent(build(), status(500)); n != 500/14 {
		t.Errorf("%d retries after errors, want 500 / 14", n)
	}
	if n := spent(build(), throttled()); n != 100 {
		t.Errorf("%d retries after throttles, want 500 / 5", n)
	}
	for range 200 {
		l := build()
		if wait, _ := newCall(l, 0, 1).fails(status(500)); wait > 50*ms {
			t.Fatalf("first wait after an error %v", wait)
		}
		if wait, _ := newCall(l, 1, 1).fails(throttled()); wait > second {
			t.Fatalf("first wait after a throttle %v", wait)
		}
		if wait, _ := newCall(l, 2, 1).fails(told(3 * second)); wait != 3*second {
			t.Fatalf("%v for a header of 3 s", wait)
		}
		if wait, _ := newCall(l, 3, 1).fails(told(70 * second)); wait < 5*second || wait > 6*second {
			t.Fatalf("%v for a header of 70 s", wait)
		}
	}
}
