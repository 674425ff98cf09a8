package limiter_test

import (
	"slices"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/limiter"
)

// 1 request, 100 input and 10 output tokens a second: each call is followed by
// what it cost, whatever went before.
func TestPace(t *testing.T) {
	t.Parallel()
	l := limiter.New(limiter.Config{RPM: 60, ITPM: 6000, OTPM: 600, Pace: true}, nil)
	for _, row := range []struct {
		at           time.Duration
		input, most  int64
		want         load.Permit
		used         [2]int64
		refused, end bool
	}{
		{0, 50, 1, load.Permit{}, [2]int64{}, false, false},
		{0, 50, 1, until(s, "limiter.rpm"), [2]int64{}, false, false},
		{s, 300, 1, load.Permit{}, [2]int64{}, false, false},
		{s, 1, 1, until(4*s, "limiter.itpm"), [2]int64{}, false, false},
		{100 * s, 1_000_000, 50_000, load.Permit{}, [2]int64{500, 20}, false, true}, // 5 s and 2 s as it turned out
		{100 * s, 1, 1, until(105*s, "limiter.itpm"), [2]int64{}, false, false},
		{200 * s, 300, 500, load.Permit{}, [2]int64{}, true, true}, // only the request counts
		{200 * s, 1, 1, until(201*s, "limiter.rpm"), [2]int64{}, false, false},
	} {
		c := call(0, row.input, row.most)
		ready(t, l, row.at, c, row.want)
		if row.want.State != load.Granted {
			continue
		}
		l.Take(row.at, c)
		switch {
		case row.refused:
			l.Done(row.at, c, failed(load.Throttled, 429))
		case row.end:
			l.Done(row.at, c, ok(row.used[0], row.used[1]))
		}
	}
	if in, out := (limiter.Config{Share: 1, Pace: true}).MaxRequest(limiter.Limits{ITPM: 60, OTPM: 60}); in < 1e12 || out < 1e12 {
		t.Errorf("largest request %d and %d", in, out)
	}
	var got []string
	for _, p := range (limiter.Config{
		Share: 1, Pace: true, Burst: 1, BurstWindow: s, Output: limiter.Flow, Resync: true,
		Reserve: limiter.ReserveConfig{Low: 0.1}, ReserveRate: limiter.ReserveRateConfig{Low: 0.1},
	}).Validate() {
		got = append(got, p.Path)
	}
	if want := []string{"burst", "burst_window", "output", "resync", "reserve", "reserve_rate"}; !slices.Equal(got, want) {
		t.Errorf("problems at %v, want %v", got, want)
	}
}
