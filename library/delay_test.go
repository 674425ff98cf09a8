package library_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/scenario"
)

func TestDelaysWithoutJitter(t *testing.T) {
	t.Parallel()
	s := func(list ...float64) []time.Duration {
		var out []time.Duration
		for _, v := range list {
			out = append(out, time.Duration(math.Round(v*1e9)))
		}
		return out
	}
	for _, c := range []struct {
		what    string
		library scenario.Library
		answer  load.Response
		want    []time.Duration // all of them
	}{
		{"doubling from 1 s, four times", scenario.RetryableHTTP, throttled(), s(1, 2, 4, 8)},
		{"the header as it stands, without a bound", scenario.RetryableHTTP, told(70 * second), s(70, 70, 70, 70)},
		{"half a second of a header is a whole one on the wire", scenario.RetryableHTTP, told(1500 * ms), s(2, 2, 2, 2)},
		{"a negative header is not believed", scenario.RetryableHTTP, told(-3 * second), s(1, 2, 4, 8)},
		{"at once if the header says so", scenario.RetryableHTTP, told(0), s(0, 0, 0, 0)},
		{"529 is of the 500s", scenario.RetryableHTTP, status(529), s(1, 2, 4, 8)},
		{"a 500", scenario.RetryableHTTP, status(500), s(1, 2, 4, 8)},
		{"501 is final", scenario.RetryableHTTP, status(501), nil},
		{"408 is final", scenario.RetryableHTTP, status(408), nil},
		{"400 is final", scenario.RetryableHTTP, status(400), nil},
		{"a stream that broke off came with 200", scenario.RetryableHTTP, status(200), nil},
		{"no answer", scenario.RetryableHTTP, unreachable(), s(1, 2, 4, 8)},
		{"no answer in time", scenario.RetryableHTTP, late(), s(1, 2, 4, 8)},
		{"our own refusal", scenario.RetryableHTTP, shed(), nil},
		{"one second more each time", scenario.RetryableHTTPUniform, status(503), s(1, 2, 3, 4)},
		{"blind to the header", scenario.RetryableHTTPUniform, told(7 * second), s(1, 2, 3, 4)},
		{"our own refusal is not its business", scenario.CenkaltiNoJitter, shed(), nil},
		{"400 is final", scenario.AWSStandard, status(400), nil},
		{"the SDK does not know 529", scenario.AWSStandard, status(529), nil},
		{"a stream that broke off came with 200", scenario.AWSStandard, status(200), nil},
		{"our own refusal is no failure of the service", scenario.AWSStandard, shed(), nil},
	} {
		if got := waits(layer(t, c.library), c.answer, 20); !slices.Equal(got, c.want) {
			t.Errorf("%s: %s waits %v, want %v", c.what, c.library, got, c.want)
		}
	}
}

// b·1.5ⁿ to 60 s, until 15 minutes are over (exponential.go and retry.go of
// cenkalti/backoff v5.0.3).
func TestCenkaltiWithoutJitter(t *testing.T) {
	t.Parallel()
	got := waits(layer(t, scenario.CenkaltiNoJitter), told(second), 100)
	total := time.Duration(0)
	for n, wait := range got {
		want := time.Duration(min(0.5*math.Pow(1.5, float64(n)), 60) * 1e9)
		if !near(wait, want) {
			t.Errorf("wait %d is %v, want %v", n, wait, want)
		}
		total += wait
	}
	if total > 15*minute || total+minute <= 15*minute {
		t.Errorf("gives up after %v of waiting", total)
	}
}

func TestCenkaltiSpreadsByHalf(t *testing.T) {
	t.Parallel()
	l := layer(t, scenario.Cenkalti)
	sum, lowest, highest := time.Duration(0), time.Hour, time.Duration(0)
	const draws = 4000
	for i := range int32(draws) {
		wait, _ := newCall(l, i, 1).fails(told(70 * second))
		sum, lowest, highest = sum+wait, min(lowest, wait), max(highest, wait)
	}
	if lowest < 250*ms || highest > 750*ms+1 || lowest > 260*ms || highest < 740*ms {
		t.Errorf("first waits from %v to %v, want 250 to 750 ms", lowest, highest)
	}
	if mean := sum / draws; mean < 490*ms || mean > 510*ms {
		t.Errorf("mean first wait %v, want 500 ms", mean)
	}
}

// A header is waited for, and the backoff starts anew after it.
func TestCenkaltiRetryAfter(t *testing.T) {
	t.Parallel()
	c := newCall(layer(t, scenario.CenkaltiRetryAfter), 0, 1)
	for range 6 {
		if wait, again := c.fails(status(500)); !again || wait <= 0 {
			t.Fatalf("%v, %v after a 500", wait, again)
		}
	}
	if wait, again := c.fails(told(1500 * ms)); !again || wait != 2*second {
		t.Errorf("waits %v, %v; the header said 2 s", wait, again)
	}
	if wait, _ := c.fails(status(500)); wait > 750*ms+1 {
		t.Errorf("waits %v after a header: the backoff did not start anew", wait)
	}
	if _, again := c.fails(told(15 * minute)); again {
		t.Error("a header beyond 15 minutes is waited for")
	}
}

// Calls do not share a backoff, and a place that is used again starts anew.
func TestCenkaltiKeepsOneBackoffToACall(t *testing.T) {
	t.Parallel()
	l := layer(t, scenario.CenkaltiNoJitter)
	a, b := newCall(l, 3, 1), newCall(l, 900, 1)
	for range 4 {
		a.fails(throttled())
	}
	if wait, _ := b.fails(throttled()); wait != 500*ms {
		t.Errorf("a second call waits %v", wait)
	}
	// An outer layer that starts the loop again starts the backoff again.
	a.state = load.RetryState{Since: a.now}
	if wait, _ := a.fails(throttled()); wait != 500*ms {
		t.Errorf("a loop started anew waits %v", wait)
	}
	a.fails(throttled())
	next := newCall(l, 3, 1)
	next.Epoch = 2
	next.state.Failures = 1 // so that only the place tells
	if wait, _ := next.fails(throttled()); wait != 500*ms {
		t.Errorf("the next call of the place waits %v", wait)
	}
}

// Between 1 and 30 s a step.
func TestLinearJitter(t *testing.T) {
	t.Parallel()
	for range 50 {
		got := waits(layer(t, scenario.RetryableHTTPLinear), throttled(), 20)
		if len(got) != 4 {
			t.Fatalf("waits %v", got)
		}
		for n, wait := range got {
			if steps := time.Duration(n + 1); wait < steps*second || wait > steps*30*second {
				t.Errorf("wait %d is %v", n, wait)
			}
		}
	}
}
