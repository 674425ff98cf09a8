package ratelimit_test

import (
	"math/bits"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/ratelimit"
	"ratecliff/ratelimit/ratelimittest"
)

// worth is the shortest window in whole nanoseconds in which limit per minute
// makes burst.
func worth(limit ratelimit.PerMinute, burst int64) time.Duration {
	hi, lo := bits.Mul64(uint64(burst), uint64(time.Minute))
	q, rest := bits.Div64(hi, lo, uint64(limit))
	if rest > 0 {
		q++
	}
	return time.Duration(q)
}

func TestAlgorithmsKeepTheContract(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(ratelimit.PerMinute, int64) ratelimittest.Limiter{
		"gcra": func(limit ratelimit.PerMinute, burst int64) ratelimittest.Limiter {
			l := ratelimit.NewGCRA(limit, burst)
			return &l
		},
		"leaky bucket": func(limit ratelimit.PerMinute, burst int64) ratelimittest.Limiter {
			l := ratelimit.NewLeakyBucket(limit, burst, 0)
			return &l
		},
		"fixed window": func(limit ratelimit.PerMinute, burst int64) ratelimittest.Limiter {
			l := ratelimit.NewFixedWindow(burst, worth(limit, burst), 0)
			return &l
		},
		"fixed window out of phase": func(limit ratelimit.PerMinute, burst int64) ratelimittest.Limiter {
			l := ratelimit.NewFixedWindow(burst, worth(limit, burst), 12345*time.Microsecond)
			return &l
		},
		"sliding log": func(limit ratelimit.PerMinute, burst int64) ratelimittest.Limiter {
			l := ratelimit.NewSlidingLog(burst, worth(limit, burst))
			return &l
		},
		"sliding counter": func(limit ratelimit.PerMinute, burst int64) ratelimittest.Limiter {
			l := ratelimit.NewSlidingCounter(burst, worth(limit, burst))
			return &l
		},
		"concurrency": func(_ ratelimit.PerMinute, burst int64) ratelimittest.Limiter {
			l := ratelimit.NewConcurrency(burst)
			return &l
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ratelimittest.Run(t, make)
		})
	}
}

// twin drives a bucket and a GCRA through one history and compares every
// answer.
type twin struct {
	bucket ratelimit.Bucket
	gcra   ratelimit.GCRA
	now    time.Duration
}

func newTwin(limit, burst int64) *twin {
	l := ratelimit.PerMinute(limit)
	return &twin{bucket: ratelimit.NewBucket(l, burst, 1), gcra: ratelimit.NewGCRA(l, burst)}
}

func (w *twin) step(t interface{ Fatalf(string, ...any) }, gap time.Duration, kind byte, n int64) {
	w.now += gap
	w.bucket.Advance(w.now)
	w.gcra.Advance(w.now)
	if a, b := w.bucket.Fits(n), w.gcra.Fits(n); a != b {
		t.Fatalf("at %v: does %d fit? bucket %v, gcra %v", w.now, n, a, b)
	}
	if a, b := w.bucket.Wait(n), w.gcra.Wait(n); a != b {
		t.Fatalf("at %v: wait for %d: bucket %v, gcra %v", w.now, n, a, b)
	}
	switch s := w.bucket.Status(); {
	case s.Remaining != w.gcra.Remaining():
		t.Fatalf("at %v: remaining: bucket %d, gcra %d", w.now, s.Remaining, w.gcra.Remaining())
	case s.Reset != w.gcra.FullAt():
		t.Fatalf("at %v: full at: bucket %v, gcra %v", w.now, s.Reset, w.gcra.FullAt())
	}
	switch {
	case kind%4 == 0:
		w.bucket.Refund(n)
		w.gcra.Refund(n)
	case kind%4 == 1 || w.bucket.Fits(n):
		w.bucket.Charge(n)
		w.gcra.Charge(n)
	}
}

func TestGCRADecidesAsTheBucketDoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		limit := rapid.Int64Range(1, int64(ratelimit.MaxPerMinute)).Draw(r, "limit")
		burst := rapid.Int64Range(1, ratelimit.MaxBurst/4).Draw(r, "burst")
		w := newTwin(limit, burst)
		for range rapid.IntRange(1, 60).Draw(r, "steps") {
			gap := rapid.SampledFrom([]int64{0, 1, 1e3, 1e9, 1e13}).Draw(r, "scale")
			w.step(r, time.Duration(rapid.Int64Range(0, gap).Draw(r, "gap")), rapid.Byte().Draw(r, "kind"), rapid.Int64Range(0, burst+1).Draw(r, "n")%(1<<21))
		}
	})
}

func FuzzGCRAAgainstBucket(f *testing.F) {
	f.Add(int64(60), int64(10), []byte{1, 30, 5, 2, 0, 3, 1, 33, 9})
	f.Add(int64(99_999_989), int64(1_000_003), []byte{1, 1, 250, 1, 2, 250, 2, 30, 250})
	f.Fuzz(func(t *testing.T, limit, burst int64, ops []byte) {
		w := newTwin(min(max(limit, 1), int64(ratelimit.MaxPerMinute)), min(max(burst, 1), ratelimit.MaxBurst/4))
		for i := 0; i+2 < len(ops) && i < 3*400; i += 3 {
			w.step(t, time.Duration(1)<<(ops[i+1]%44), ops[i], int64(ops[i+2])*int64(ops[i+2]))
		}
	})
}

// counter is what the limiters that count within windows share.
type counter interface {
	ratelimittest.Limiter
	Remaining() int64
	FullAt() time.Duration
}

func TestWindowTimelines(t *testing.T) {
	t.Parallel()
	fixed := ratelimit.NewFixedWindow(10, time.Minute, 15*time.Second)
	log := ratelimit.NewSlidingLog(10, time.Minute)
	slide := ratelimit.NewSlidingCounter(10, time.Minute)
	type row struct {
		at, charge time.Duration // charge as a plain number
		remain     int64
		wait5      time.Duration
		full       time.Duration
	}
	const s = time.Second
	for name, c := range map[string]struct {
		l    counter
		rows []row
	}{
		"fixed window, boundaries at 15 s": {&fixed, []row{
			{0, 8, 2, 15 * s, 15 * s},
			{14 * s, 2, 0, s, 15 * s},
			{15 * s, 0, 10, 0, 15 * s},
			{15 * s, 10, 0, 60 * s, 75 * s},
			{74 * s, 90, 0, s, 75 * s},
			{75 * s, 0, 10, 0, 75 * s},
			{600 * s, 1, 9, 0, 615 * s},
		}},
		"sliding log": {&log, []row{
			{0, 4, 6, 0, 60 * s},
			{30 * s, 6, 0, 60 * s, 90 * s},
			{60 * s, 0, 4, 30 * s, 90 * s},
			{60 * s, 3, 1, 30 * s, 120 * s},
			{89 * s, 0, 1, s, 120 * s},
			{90 * s, 0, 7, 0, 120 * s},
			{120 * s, 0, 10, 0, 120 * s},
		}},
		"sliding counter": {&slide, []row{
			{0, 10, 0, 90 * s, 120 * s},     // half of the ten still weighs at 90 s
			{60 * s, 0, 0, 30 * s, 120 * s}, // all of the previous window
			{66 * s, 1, 0, 30 * s, 180 * s}, // nine weigh, one is new: five more fit when four weigh, at 96 s
			{90 * s, 0, 4, 6 * s, 180 * s},
			{120 * s, 0, 9, 0, 180 * s},
			{180 * s, 0, 10, 0, 180 * s},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, r := range c.rows {
				c.l.Advance(r.at)
				c.l.Charge(int64(r.charge))
				if remain, wait, full := c.l.Remaining(), c.l.Wait(5), c.l.FullAt(); remain != r.remain || wait != r.wait5 || full != r.full {
					t.Errorf("at %v: remaining %d, wait for 5 %v, full at %v; want %+v", r.at, remain, wait, full, r)
				}
			}
		})
	}
}

// Remaining is exactly what still fits.
func TestRemainingFits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		const most = 50
		fixed, log := ratelimit.NewFixedWindow(most, time.Second, 300), ratelimit.NewSlidingLog(most, time.Second)
		slide, gcra := ratelimit.NewSlidingCounter(most, time.Second), ratelimit.NewGCRA(3000, most)
		all := []counter{&fixed, &log, &slide, &gcra}
		now := time.Duration(0)
		for range rapid.IntRange(1, 40).Draw(r, "steps") {
			now += time.Duration(rapid.Int64Range(0, int64(time.Second)).Draw(r, "gap"))
			n := rapid.Int64Range(-1, most+5).Draw(r, "n")
			for i, l := range all {
				l.Advance(now)
				if rapid.Bool().Draw(r, "charge") {
					l.Charge(n)
				} else {
					l.Refund(n)
				}
				if left := l.Remaining(); left > 0 && !l.Fits(left) || l.Fits(left+1) {
					r.Fatalf("limiter %d at %v: %d remaining, but fits %v, one more %v", i, now, left, l.Fits(left), l.Fits(left+1))
				}
				if full := l.FullAt(); full > now {
					continue
				}
				if !l.Fits(most) {
					r.Fatalf("limiter %d at %v: said to be full, and is not", i, now)
				}
			}
		}
	})
}

// A queue lets requests out one after another at the limit's pace, however they
// came in; with slack the first ones do not wait.
func TestLeakyBucketDelays(t *testing.T) {
	t.Parallel()
	queue := ratelimit.NewLeakyBucket(60, 4, 0)
	for i, want := range []time.Duration{0, 1, 2, 3} {
		if !queue.Fits(1) || queue.Delay() != want*time.Second {
			t.Errorf("request %d: fits %v, delay %v", i, queue.Fits(1), queue.Delay())
		}
		queue.Charge(1)
	}
	if queue.Fits(1) || queue.Wait(1) != time.Second {
		t.Errorf("a fifth: fits %v, wait %v", queue.Fits(1), queue.Wait(1))
	}
	queue.Advance(2500 * time.Millisecond)
	if queue.Delay() != 1500*time.Millisecond {
		t.Errorf("later: delay %v", queue.Delay())
	}
	slack := ratelimit.NewLeakyBucket(60, 4, 2)
	for i, want := range []time.Duration{0, 0, 0, 1} {
		if slack.Delay() != want*time.Second {
			t.Errorf("slack, request %d: delay %v", i, slack.Delay())
		}
		slack.Charge(1)
	}
}

func TestLeakyBucketPaces(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		queue := ratelimit.NewLeakyBucket(600, 20, 0) // one every 100 ms
		now, last := time.Duration(0), -time.Second
		for range rapid.IntRange(1, 60).Draw(r, "requests") {
			now += time.Duration(rapid.Int64Range(0, int64(200*time.Millisecond)).Draw(r, "gap"))
			queue.Advance(now)
			if !queue.Fits(1) {
				continue
			}
			out := now + queue.Delay()
			queue.Charge(1)
			if out-last < 100*time.Millisecond {
				r.Fatalf("out at %v, %v after the one before", out, out-last)
			}
			last = out
		}
	})
}

// Charges that no counter could hold change nothing for ever.
func TestCountersSaturate(t *testing.T) {
	t.Parallel()
	fixed, log := ratelimit.NewFixedWindow(10, time.Second, 0), ratelimit.NewSlidingLog(10, time.Second)
	slide, held := ratelimit.NewSlidingCounter(10, time.Second), ratelimit.NewConcurrency(10)
	for _, l := range []counter{&fixed, &log, &slide, &held} {
		for range 3 {
			l.Charge(1 << 62)
			l.Charge(1<<63 - 1)
			l.Advance(time.Second / 2)
		}
		if l.Fits(1) || l.Remaining() != 0 || l.Wait(1) <= 0 {
			t.Errorf("%T: fits %v, remaining %d, wait %v", l, l.Fits(1), l.Remaining(), l.Wait(1))
		}
		l.Advance(load.Never)
		l.Refund(1<<63 - 1)
		if !l.Fits(10) || l.Fits(11) {
			t.Errorf("%T: not as new", l)
		}
	}
}

func TestHeldAndResized(t *testing.T) {
	t.Parallel()
	c := ratelimit.NewConcurrency(2)
	c.Charge(2)
	if c.Held() != 2 || c.FullAt() != load.Never {
		t.Errorf("held %d, full at %v", c.Held(), c.FullAt())
	}
	s := ratelimit.NewSlidingCounter(5, time.Minute)
	s.Charge(5)
	s.Resize(8)
	if s.Used() != 5 || s.Remaining() != 3 {
		t.Errorf("used %d, remaining %d", s.Used(), s.Remaining())
	}
}
