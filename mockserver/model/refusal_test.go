package model_test

import (
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver/model"
)

func TestRetryAfterPromises(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		promise model.RetryAfter
		has     bool
		want    time.Duration
	}{
		{"", true, 2 * second},         // 1,100 ms until 11 tokens are there
		{model.Fits, true, 2 * second}, //
		{model.Full, true, 60 * second},
		{model.Omit, false, 0},
		{"2500ms", true, 3 * second},
		{"1ns", true, second},
	} {
		m := build(t, model.Config{RPM: 600, ITPM: 600, RetryAfter: row.promise, StartLevel: share(0), Latency: speed})
		m.Levels(0)
		r := ask(m, 0, 1, 11, 1)
		if r.Response.HasRetryAfter != row.has || r.Response.RetryAfter != row.want || r.Response.Dimension != load.ITPM {
			t.Errorf("%q: %+v", row.promise, r.Response)
		}
	}
}

// A refusal that is charged digs down to one bucket of debt and no further.
func TestRefusalsCharged(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{RPM: 60, Burst: 3, RefusalsCharged: true, Latency: speed})
	for id := range uint64(3) {
		ask(m, 0, id, 1, 1)
	}
	for i, retry := range []time.Duration{2, 3, 4, 4, 4} {
		if r := ask(m, 0, uint64(10+i), 1, 1); r.Response.RetryAfter != retry*second {
			t.Errorf("refusal %d: retry-after %v, want %v", i, r.Response.RetryAfter, retry*second)
		}
	}
	same(t, "deepest", level(t, m, 0, load.RPM), -3)
	free := build(t, model.Config{RPM: 60, Burst: 1, Latency: speed})
	ask(free, 0, 1, 1, 1)
	ask(free, 0, 2, 1, 1)
	same(t, "not charged by default", level(t, free, 0, load.RPM), 0)
}

func TestRefusedConnectionsAreChargedToo(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{RPM: 60, Concurrency: 1, RefusalsCharged: true, Latency: speed})
	ask(m, 0, 1, 1, 1)
	r := ask(m, 0, 2, 1, 1)
	if r.Response.Dimension != load.Concurrency || r.Response.Limits.At(load.RPM).Remaining != 58 {
		t.Errorf("got %+v", r.Response)
	}
}

func TestSmallBucketsAreShownExactly(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{ITPM: 999, OTPM: 1_500, Latency: speed})
	limits := ask(m, 0, 1, 1, 1).Response.Limits
	if in, out := limits.At(load.ITPM), limits.At(load.OTPM); in.Remaining != 998 || out.Remaining != 1500 {
		t.Errorf("input %d, output %d: want 998 and never above the capacity of 1500", in.Remaining, out.Remaining)
	}
}
