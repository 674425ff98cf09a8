package metrics

import (
	"strconv"
	"testing"
	"time"

	"ratecliff/load"
)

func prepared() (*Recorder, *load.Call, *load.Attempt, *load.Attempt, *load.Result) {
	r := NewRecorder(twoPools())
	call := &load.Call{Arrival: load.Arrival{Model: "b1", Tokens: load.Tokens{Input: 1000, Output: 100}}}
	ok := &load.Attempt{N: 1, Target: load.Target{Model: "b1"}, Started: 1, FirstToken: 2 * sec, Done: 3 * sec}
	ok.Response = load.Response{Outcome: load.OK, Status: 200, Usage: call.Tokens}
	for d := range ok.Response.Limits {
		ok.Response.Limits[d] = load.LimitStatus{Known: true, Limit: 1000, Remaining: 500}
	}
	refused := &load.Attempt{N: 2, Target: ok.Target, Response: load.Response{Outcome: load.Throttled, Status: 429, Dimension: load.RPM, ErrorType: "rate_limit_error"}}
	refused.Response.Limits = ok.Response.Limits
	res := &load.Result{Arrival: call.Arrival, Outcome: load.OK, Attempts: 2, QueueWait: sec, Backoff: sec / 3, Finished: 3 * sec, Last: *ok}
	return r, call, ok, refused, res
}

// script is one call of a run at instant now, through every method.
func script(r *Recorder, call *load.Call, ok, refused *load.Attempt, res *load.Result, now time.Duration) {
	call.Due, res.Arrival.Due, res.Finished = now, now, now+sec
	refused.Response.Limits[0].Remaining, ok.Response.Limits[1].Remaining = int64(now)%7, int64(now)%5
	r.Arrived(now, &call.Arrival)
	r.Sent(now, call)
	r.Attempted(now, refused, call)
	r.Gauge(now, int(now)%3, 1, 1)
	r.Sent(now, call)
	r.Attempted(now, ok, call)
	r.Finished(now, res)
	r.Late(time.Microsecond)
}

func TestRecordingDoesNotAllocate(t *testing.T) {
	r, call, ok, refused, res := prepared()
	const span = 6000 * sec // longer than the bins, so they have grown
	for now := time.Duration(0); now < span; now += sec / 2 {
		script(r, call, ok, refused, res, now)
	}
	r.Reset()
	now := time.Duration(0)
	if n := testing.AllocsPerRun(5000, func() {
		script(r, call, ok, refused, res, now)
		now += sec / 2
	}); n != 0 {
		t.Errorf("%v allocations per call", n)
	}
}

func BenchmarkAttemptedOK(b *testing.B) {
	r, call, ok, _, _ := prepared()
	b.ReportAllocs()
	now := time.Duration(0)
	for b.Loop() {
		now += 10 * time.Microsecond
		ok.Response.Limits[0].Remaining = int64(now) % 999
		r.Attempted(now, ok, call)
	}
}

func BenchmarkAttemptedRefused(b *testing.B) {
	r, call, _, refused, _ := prepared()
	b.ReportAllocs()
	now := time.Duration(0)
	for b.Loop() {
		now += 10 * time.Microsecond
		r.Attempted(now, refused, call)
	}
}

func BenchmarkFinished(b *testing.B) {
	r, _, _, _, res := prepared()
	b.ReportAllocs()
	now := time.Duration(0)
	for b.Loop() {
		now += 10 * time.Microsecond
		res.Finished = now%(10*sec) + 3*sec
		r.Finished(now, res)
	}
}

func BenchmarkGauge(b *testing.B) {
	r, _, _, _, _ := prepared()
	b.ReportAllocs()
	now := time.Duration(0)
	for b.Loop() {
		now += 10 * time.Microsecond
		r.Gauge(now, int(now>>14)&1023, 5, int(now>>15)&31)
	}
}

func BenchmarkSnapshot(b *testing.B) {
	for _, calls := range []int{300, 3000} {
		r, call, ok, refused, res := prepared()
		for i := range calls {
			script(r, call, ok, refused, res, time.Duration(i)*sec/2)
		}
		end := time.Duration(calls) * sec / 2
		b.Run(strconv.Itoa(calls), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Snapshot(end)
			}
		})
	}
}

func BenchmarkValues(b *testing.B) {
	r, call, ok, refused, res := prepared()
	for now := time.Duration(0); now < 600*sec; now += sec / 2 {
		script(r, call, ok, refused, res, now)
	}
	s := r.Snapshot(600 * sec)
	b.ReportAllocs()
	for b.Loop() {
		s.Values()
	}
}
