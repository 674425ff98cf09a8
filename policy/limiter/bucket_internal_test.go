package limiter

import (
	"math"
	"testing"
	"time"

	"golang.org/x/time/rate"
	"pgregory.net/rapid"
)

const s = time.Second

// What the bucket builds on and package rate does not promise: a negative n
// gives tokens back, a reservation goes into debt, and in debt only ReserveN,
// not AllowN, gives back. A new version of the library that differs shows here.
func TestPackageRateGivesBackAndLends(t *testing.T) {
	t.Parallel()
	lim := rate.NewLimiter(1, 10)
	level := func(now time.Duration, want float64) {
		t.Helper()
		if got := lim.TokensAt(at(now)); math.Abs(got-want) > 1e-9 {
			t.Fatalf("at %v: level %v, want %v", now, got, want)
		}
	}
	level(0, 10) // full at the epoch
	if !lim.AllowN(at(0), 8) {
		t.Fatal("8 of 10 refused")
	}
	level(0, 2)
	if !lim.AllowN(at(0), -5) {
		t.Fatal("AllowN(-5) refused")
	}
	level(0, 7)
	lim.AllowN(at(0), -5)
	level(0, 10) // cut to the burst
	for range 3 {
		if !lim.ReserveN(at(0), 10).OK() {
			t.Fatal("a reservation within the burst refused")
		}
	}
	level(0, -20)
	level(5*s, -15)
	if lim.ReserveN(at(5*s), 11).OK() {
		t.Fatal("a reservation above the burst granted")
	}
	if lim.AllowN(at(5*s), -1) {
		t.Fatal("AllowN gives back in debt after all: refund may be simplified")
	}
	if !lim.ReserveN(at(5*s), -5).OK() {
		t.Fatal("ReserveN(-5) refused in debt")
	}
	level(5*s, -10)
	level(15*s, 0)
	level(30*s, 10)
}

func TestBucketTimeline(t *testing.T) {
	t.Parallel()
	b := newBucket(size{perMinute: 60, holds: 10}) // 1 a second
	for i, row := range []struct {
		at             time.Duration
		charge, refund int64
		level          float64
		want           int64         // so many ...
		wait           time.Duration // ... fit after this long
	}{
		{0, 0, 0, 10, 10, 0},
		{0, 7, 0, 3, 4, 1 * s},
		{500 * time.Millisecond, 0, 0, 3.5, 4, 500 * time.Millisecond},
		{1 * s, 0, 0, 4, 4, 0},
		{1 * s, 34, 0, -30, 1, 31 * s}, // a debt larger than the bucket
		{11 * s, 0, 5, -15, 10, 25 * s},
		{26 * s, 0, 0, 0, 1, 1 * s},
		{26 * s, 0, 100, 10, 10, 0},
		{3600 * s, 0, 0, 10, 10, 0},
	} {
		b.charge(row.at, row.charge)
		b.refund(row.at, row.refund)
		if got := b.level(row.at); math.Abs(got-row.level) > 1e-6 {
			t.Errorf("line %d: level %v, want %v", i, got, row.level)
		}
		if got := b.wait(row.at, row.want); (got - row.wait).Abs() > 1 {
			t.Errorf("line %d: %d fit after %v, want %v", i, row.want, got, row.wait)
		}
	}
}

// A wait is over when it says so, and not a microsecond earlier.
func TestWaitIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		holds := rapid.Int64Range(1, 1e7).Draw(t, "holds")
		b := newBucket(size{perMinute: rapid.Float64Range(1, 1e7).Draw(t, "per minute"), holds: holds})
		now := time.Duration(rapid.Int64Range(0, int64(100*time.Hour)).Draw(t, "now"))
		b.charge(now, rapid.Int64Range(1, 3*holds).Draw(t, "charge"))
		n := rapid.Int64Range(1, holds).Draw(t, "n")
		wait := b.wait(now, n)
		if left := b.wait(now+wait, n); left > 1 {
			t.Fatalf("after %v still %v to wait", wait, left)
		}
		if early := wait - time.Microsecond - wait/1e6; early > 0 && b.wait(now+early, n) == 0 {
			t.Fatalf("wait %v, but %v was enough", wait, early)
		}
	})
}

// A server may claim any usage; charging for it takes no time worth speaking of.
func TestAnAbsurdUsageIsBounded(t *testing.T) {
	t.Parallel()
	b := newBucket(size{perMinute: 6000, holds: 6000})
	b.settle(0, 100, math.MaxInt64)
	if debt := -b.level(0); debt != mostCharged-6000 {
		t.Errorf("%v in debt", debt)
	}
}
