package concurrency

import (
	"math"
	"testing"
)

// The thresholds of failsafe-go v0.9.8, computeChange.
func TestFailsafeChange(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		queue                 float64
		full                  bool
		through, varies, late float64
		want                  int
	}{
		{queue: 7, want: -1},
		{queue: 6, want: 0},
		{queue: 3, want: 0},
		{queue: 2, want: 1},
		{queue: 2, full: true, through: 0.9, varies: 0.5, want: 1},
		{queue: 2, full: true, through: -0.1, varies: 0.5, want: -1},
		{queue: 2, through: -0.1, varies: 0.5, want: 1},
		{queue: 2, full: true, through: 0.29, varies: 0.5, late: 0.51, want: -1},
		{queue: 2, full: true, through: 0.31, varies: 0.5, late: 0.51, want: 1},
		{queue: 2, full: true, through: 0.29, varies: 0.5, late: 0.49, want: 1},
		{queue: 2, through: 0.29, varies: 0.5, late: 0.51, want: 1},
		{queue: 2, full: true, through: 0.9, varies: 0.19, late: 0.51, want: -1},
		{queue: 2, full: true, through: 0.9, varies: 0.19, late: 0.49, want: 1},
		{queue: 2, through: 0.9, varies: 0.19, late: 0.51, want: 1},
	} {
		if got := change(row.queue, row.full, row.through, row.varies, row.late); got != row.want {
			t.Errorf("%+v: %d", row, got)
		}
	}
}

func TestCorrelation(t *testing.T) {
	t.Parallel()
	r := newCorrelation()
	for i := range 9 {
		if c, x, y := r.add(float64(i+1), float64(20-i)); c != 0 || x != 0 || y != 0 {
			t.Errorf("pair %d: %v %v %v, want nothing yet", i+1, c, x, y)
		}
	}
	c, x, _ := r.add(10, 11) // 1 to 10 against 20 to 11
	if math.Abs(c+1) > 1e-9 || math.Abs(x-math.Sqrt(8.25)/5.5) > 1e-9 {
		t.Errorf("correlation %v, variation %v; want -1 and %v", c, x, math.Sqrt(8.25)/5.5)
	}
	for range 50 { // only the last fifty count, and they vary by less than 1 %
		c, x, _ = r.add(100, 100)
	}
	if c != 0 || x != 0 {
		t.Errorf("constant: %v %v", c, x)
	}
	for i := range 50 {
		c, _, _ = r.add(100+float64(i%2)*0.5, float64(i))
	}
	if c != 0 {
		t.Errorf("varies by a quarter of a percent: %v", c)
	}
}
