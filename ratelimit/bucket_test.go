package ratelimit_test

import (
	"math"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/ratelimit"
	"ratecliff/ratelimit/ratelimittest"
)

var _ ratelimittest.Limiter = (*ratelimit.Bucket)(nil)

func TestBucketKeepsTheContract(t *testing.T) {
	t.Parallel()
	ratelimittest.Run(t, func(limit ratelimit.PerMinute, burst int64) ratelimittest.Limiter {
		b := ratelimit.NewBucket(limit, burst, 1)
		return &b
	})
}

// A timeline: 60 per minute, 10 at once, and what is seen at named instants.
func TestBucketTimeline(t *testing.T) {
	t.Parallel()
	b := ratelimit.NewBucket(60, 10, 1)
	for _, row := range []struct {
		at            time.Duration
		charge, give  int64
		whole, remain int64
		wait10        time.Duration
		fullAt        time.Duration
	}{
		{0, 0, 0, 10, 10, 0, 0},
		{0, 10, 0, 0, 0, 10 * time.Second, 10 * time.Second},
		{500 * time.Millisecond, 0, 0, 0, 0, 9500 * time.Millisecond, 10 * time.Second},
		{time.Second, 1, 0, 0, 0, 10 * time.Second, 11 * time.Second},
		{time.Second, 5, 0, -5, 0, 15 * time.Second, 16 * time.Second},
		{1500 * time.Millisecond, 0, 0, -5, 0, 14500 * time.Millisecond, 16 * time.Second},
		{8 * time.Second, 0, 1, 3, 3, 7 * time.Second, 15 * time.Second},
		{8 * time.Second, 0, 99, 10, 10, 0, 8 * time.Second},
		{time.Hour, 0, 0, 10, 10, 0, time.Hour},
	} {
		b.Advance(row.at)
		b.Charge(row.charge)
		b.Refund(row.give)
		s := b.Status()
		if b.Whole() != row.whole || s.Remaining != row.remain || b.Wait(10) != row.wait10 || s.Reset != row.fullAt {
			t.Errorf("at %v: whole %d, remaining %d, wait %v, full at %v; want %+v", row.at, b.Whole(), s.Remaining, b.Wait(10), s.Reset, row)
		}
	}
}

// Ten hours at the largest limits, in debt and out, against exact big integers.
type reference struct {
	level, capacity *big.Int
	rate, outflow   int64
	at              time.Duration
}

func (m *reference) advance(now time.Duration) {
	if now <= m.at {
		return
	}
	gain := new(big.Int).Mul(big.NewInt(m.rate-m.outflow), big.NewInt(int64(now-m.at)))
	m.at = now
	m.add(gain)
}

func (m *reference) add(gain *big.Int) {
	m.level.Add(m.level, gain)
	if m.level.Cmp(m.capacity) > 0 {
		m.level.Set(m.capacity)
	}
	if least := big.NewInt(math.MinInt64); m.level.Cmp(least) < 0 {
		m.level.Set(least)
	}
}

func tokens(n int64) *big.Int {
	u := new(big.Int).Mul(big.NewInt(n), big.NewInt(ratelimit.Unit))
	if !u.IsInt64() {
		return big.NewInt(math.MaxInt64)
	}
	return u
}

// operate applies one operation to both and compares.
func operate(t interface{ Fatalf(string, ...any) }, b *ratelimit.Bucket, m *reference, kind byte, arg int64) {
	arg = max(arg, 0)
	switch kind % 6 {
	case 0, 1:
		at := min(m.at, load.Never-time.Duration(arg)) + time.Duration(arg)
		b.Advance(at)
		m.advance(at)
	case 2:
		b.Charge(arg)
		m.add(new(big.Int).Neg(tokens(arg)))
	case 3:
		b.Refund(arg)
		m.add(tokens(arg))
	case 4:
		q := arg % (1 << 40)
		b.Drain(q)
		m.outflow += q
	case 5:
		b.Drain(-arg)
		m.outflow = max(m.outflow-arg, 0)
	}
	if got := big.NewInt(b.Units()); got.Cmp(m.level) != 0 {
		t.Fatalf("after %d(%d): level %v, exactly %v", kind%6, arg, got, m.level)
	}
	missing := new(big.Int).Sub(m.capacity, m.level)
	missing.Add(missing, big.NewInt(m.rate-1)).Div(missing, big.NewInt(m.rate))
	missing.Add(missing, big.NewInt(int64(m.at)))
	if want := missing; b.FullAt() != load.Never && want.Cmp(big.NewInt(int64(b.FullAt()))) != 0 || b.FullAt() == load.Never && want.IsInt64() && want.Int64() != math.MaxInt64 {
		t.Fatalf("full at %d, exactly %v", b.FullAt(), want)
	}
}

func pair(limit, burst int64) (*ratelimit.Bucket, *reference) {
	b := ratelimit.NewBucket(ratelimit.PerMinute(limit), burst, 1)
	return &b, &reference{level: big.NewInt(b.Units()), capacity: big.NewInt(b.Units()), rate: limit}
}

func TestBucketAgainstExactIntegers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		limit := rapid.Int64Range(1, int64(ratelimit.MaxPerMinute)).Draw(r, "limit")
		b, m := pair(limit, rapid.Int64Range(1, ratelimit.MaxBurst).Draw(r, "burst"))
		for range rapid.IntRange(1, 60).Draw(r, "steps") {
			size := rapid.SampledFrom([]int64{10, 1e6, 1e9, 1e13, math.MaxInt64}).Draw(r, "size")
			operate(r, b, m, rapid.Byte().Draw(r, "kind"), rapid.Int64Range(0, size).Draw(r, "arg"))
		}
	})
}

func FuzzBucket(f *testing.F) {
	f.Add(int64(60), int64(10), []byte{2, 10, 0, 40, 4, 33, 0, 50, 5, 63})
	f.Add(int64(100_000_000), int64(100_000_000), []byte{2, 63, 0, 62, 3, 63, 4, 39, 0, 63})
	f.Fuzz(func(t *testing.T, limit, burst int64, ops []byte) {
		limit = min(max(limit, 1), int64(ratelimit.MaxPerMinute))
		b, m := pair(limit, min(max(burst, 1), ratelimit.MaxBurst))
		for i := 0; i+1 < len(ops); i += 2 {
			operate(t, b, m, ops[i], int64(1)<<(ops[i+1]%63)+int64(ops[i+1]))
		}
	})
}

// A flow takes exactly its tokens, whatever the rounding, and evenly.
func TestFlowIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.Int64Range(0, 1_000_000).Draw(r, "n")
		d := time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(r, "d"))
		b := ratelimit.NewBucket(0, ratelimit.MaxBurst, 1)
		before := b.Units()
		flow := ratelimit.NewFlow(n, d)
		b.Drain(flow.Rate)
		half := d / 2
		b.Advance(half)
		if left, want := before-b.Units(), flow.Rate*int64(half); left != want {
			r.Fatalf("half way %d units left, want %d", left, want)
		}
		b.Advance(d)
		b.Drain(-flow.Rate)
		b.ChargeUnits(flow.Rest)
		b.Advance(d + time.Hour)
		if left := before - b.Units(); left != n*ratelimit.Unit {
			r.Fatalf("%d units left the bucket, want %d tokens", left, n)
		}
		if d > 0 && flow.Rest >= int64(d) {
			r.Fatalf("a rest of %d units is not spread over %v", flow.Rest, d)
		}
	})
}

// With outflow running, Wait is a promise about the past only: nothing fits
// before it.
func TestWaitIsALowerBoundUnderOutflow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		b := ratelimit.NewBucket(6000, 1000, 0)
		b.Drain(rapid.Int64Range(0, 12000).Draw(r, "q"))
		n := rapid.Int64Range(1, 1000).Draw(r, "n")
		wait := b.Wait(n)
		b.Advance(time.Duration(rapid.Int64Range(0, int64(wait)-1).Draw(r, "t")))
		if b.Fits(n) {
			r.Fatalf("%d fits before %v", n, wait)
		}
	})
}

func TestNewBucketClamps(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		limit ratelimit.PerMinute
		burst int64
		level float64
		whole int64
	}{
		{60, 10, 0.5, 5},
		{60, 10, -1, 0},
		{60, 10, 2, 10},
		{60, 10, math.NaN(), 0},
		{-5, -5, 1, 0},
		{math.MaxInt64, math.MaxInt64, 1, ratelimit.MaxBurst},
	} {
		b := ratelimit.NewBucket(row.limit, row.burst, row.level)
		if b.Whole() != row.whole {
			t.Errorf("%+v: level %d", row, b.Whole())
		}
		b.Charge(math.MaxInt64)
		b.Charge(math.MaxInt64)
		b.Advance(load.Never)
		if b.Units() > b.Burst()*ratelimit.Unit {
			t.Errorf("%+v: level %d above capacity", row, b.Units())
		}
	}
}

func TestZeroBucketIsEmptyForEver(t *testing.T) {
	t.Parallel()
	var b ratelimit.Bucket
	b.Advance(time.Hour)
	if b.Fits(1) || b.Wait(1) != load.Never || !b.Fits(0) {
		t.Errorf("zero bucket: fits %v, wait %v", b.Fits(1), b.Wait(1))
	}
	b.Charge(1)
	if b.FullAt() != load.Never {
		t.Errorf("a bucket that never refills is full at %v", b.FullAt())
	}
}
