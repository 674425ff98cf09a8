package metrics

import (
	"math"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
)

// A series that grew coarse while it was recorded is the fine one, coarsened.
func TestCoarseningIdentity(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		fine, coarse := &timeline{}, &timeline{}
		fine.reset(1)
		coarse.reset(1)
		coarse.coarsen()
		coarse.coarsen()
		now := time.Duration(0)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			now += time.Duration(rapid.Int64Range(0, int64(7*sec)).Draw(t, "dt"))
			l := level(rapid.IntRange(0, int(levelCount)-1).Draw(t, "level"))
			v := rapid.Int64Range(-3, 1000).Draw(t, "value")
			due := time.Duration(rapid.Int64Range(0, int64(now)).Draw(t, "due"))
			for _, line := range []*timeline{fine, coarse} {
				line.set(now, l, v)
				line.bin(now).Attempts++
				line.serve(0, due, &Costs{1, v, 2})
			}
		}
		fine.flushAll(now)
		coarse.flushAll(now)
		fine.coarsen()
		fine.coarsen()
		if !reflect.DeepEqual(trimmed(fine.bins), trimmed(coarse.bins)) {
			t.Fatalf("bins differ:\n%+v\n%+v", fine.bins, coarse.bins)
		}
		if !reflect.DeepEqual(fine.pools, coarse.pools) {
			t.Fatal("costs differ")
		}
	})
}

func TestSeriesIsBounded(t *testing.T) {
	t.Parallel()
	r := NewRecorder(Config{})
	week := 7 * 24 * time.Hour
	r.Gauge(0, 3, 0, 0)
	for at := time.Duration(0); at < week; at += 10 * time.Minute {
		r.Sent(at, &load.Call{})
	}
	s := r.Snapshot(week)
	if len(s.Series.Bins) > MaxBins || s.Series.Width != 256*time.Second {
		t.Errorf("%d bins of %v", len(s.Series.Bins), s.Series.Width)
	}
	var sent, waited int64
	for i := range s.Series.Bins {
		sent += s.Series.Bins[i].Attempts
		waited += s.Series.Bins[i].Waiting
	}
	if sent != 7*24*6 || waited != 3*week.Milliseconds() {
		t.Errorf("sent %d, waited %d ms", sent, waited)
	}
}

func TestLevels(t *testing.T) {
	t.Parallel()
	r := NewRecorder(Config{})
	call := &load.Call{}
	told := &load.Attempt{N: 1, Response: load.Response{Outcome: load.OK}}
	told.Response.Limits.At(load.ITPM).Known = true
	told.Response.Limits.At(load.ITPM).Remaining = 500
	r.Gauge(0, 4, 0, 1)
	r.Gauge(1500*time.Millisecond, 2, 0, 1)
	r.Attempted(2250*time.Millisecond, told, call)
	s := r.Snapshot(3 * sec)
	want := []Bin{
		{Waiting: 4000, Sleeping: 1000},
		{Waiting: 3000, Sleeping: 1000},
		{Waiting: 2000, Sleeping: 1000, Remaining: [3]int64{0, 375_000, 0}, Known: [3]int64{0, 750, 0}},
	}
	if !reflect.DeepEqual(s.Series.Bins, want) {
		t.Errorf("got  %+v\nwant %+v", s.Series.Bins, want)
	}
}

func TestIntegralsSaturate(t *testing.T) {
	t.Parallel()
	for _, value := range []int64{1, 1 << 20, 1 << 40, math.MaxInt64} {
		line := &timeline{}
		line.reset(0)
		line.set(0, waiting, value)
		end := 10 * 365 * 24 * time.Hour
		line.flushAll(end)
		sum := int64(0)
		for i := range line.bins {
			if line.bins[i].Waiting < 0 {
				t.Fatalf("value %d overflowed", value)
			}
			sum = addSaturated(sum, line.bins[i].Waiting)
		}
		want := int64(math.MaxInt64)
		if value < want/end.Milliseconds() {
			want = value * end.Milliseconds()
		}
		if sum != want {
			t.Errorf("value %d: area %d, want %d", value, sum, want)
		}
	}
}

func TestHerd(t *testing.T) {
	t.Parallel()
	r := NewRecorder(Config{})
	at := []time.Duration{0, 1, 99 * time.Millisecond, 100 * time.Millisecond, sec, sec + 99*time.Millisecond, sec + 100*time.Millisecond}
	for _, now := range at {
		r.Sent(now, &load.Call{})
	}
	h := r.Snapshot(2 * sec).Herd
	if h.Peak != 3 || h.PeakAfterFirstSecond != 2 || h.PeakInFlight != int64(len(at)) {
		t.Errorf("got %+v", h)
	}
}
