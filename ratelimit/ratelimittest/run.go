// Package ratelimittest is the contract every limiter of ratelimit keeps, as a
// test to be run against each.
package ratelimittest

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/ratelimit"
)

// Limiter is a limiter of one dimension, driven by explicit instants. It has
// five methods because they are one contract: what Fits and Wait say must agree
// with what Charge and Refund did.
type Limiter interface { //nolint:interfacebloat // see above: one contract
	Advance(now time.Duration)
	Fits(n int64) bool
	Charge(n int64)
	Refund(n int64)
	Wait(n int64) time.Duration
}

// Bounded is an extra power of a limiter that promises something else than a
// token bucket: Bound is the most that is admitted in any interval of length d,
// both ends included. Without it the bound is burst + limit × d / minute.
type Bounded interface {
	Bound(d time.Duration) int64
}

// Run tests the contract. new returns a fresh limiter at instant 0 that is
// entirely unused.
func Run(t *testing.T, new func(limit ratelimit.PerMinute, burst int64) Limiter) {
	t.Helper()
	checks := []struct {
		name  string
		check func(*rapid.T, factory)
	}{
		{"admits burst at once and no more", fresh},
		{"never admits above the bound", bounded},
		{"polled often or rarely is the same", polled},
		{"wait is tight", tight},
		{"more than the burst never fits", impossible},
		{"refund undoes a charge", undone},
		{"refund never exceeds the capacity", capped},
		{"an earlier instant changes nothing", backwards},
	}
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(r *rapid.T) { c.check(r, draw(r, new)) })
		})
	}
}

// factory makes equal limiters.
type factory struct {
	limit ratelimit.PerMinute
	burst int64
	make  func() Limiter
}

func draw(r *rapid.T, new func(ratelimit.PerMinute, int64) Limiter) factory {
	limit := ratelimit.PerMinute(rapid.OneOf(rapid.Int64Range(1, 5000), rapid.Int64Range(1, 100_000_000)).Draw(r, "limit"))
	burst := rapid.OneOf(rapid.Int64Range(1, 50), rapid.Int64Range(1, int64(limit))).Draw(r, "burst")
	return factory{limit, burst, func() Limiter { return new(limit, burst) }}
}

// step is one move in a random history.
type step struct {
	at     time.Duration
	charge int64
	forced bool // charged whether it fits or not
	refund int64
}

func history(r *rapid.T, f factory) []step {
	steps := make([]step, rapid.IntRange(1, 30).Draw(r, "steps"))
	now := time.Duration(0)
	amount := rapid.Int64Range(0, f.burst+f.burst/4+1)
	for i := range steps {
		now += gap(r)
		steps[i] = step{at: now, charge: amount.Draw(r, "charge")}
		switch rapid.IntRange(0, 9).Draw(r, "kind") {
		case 0:
			steps[i].forced = true
		case 1:
			steps[i].refund = amount.Draw(r, "refund")
		}
	}
	return steps
}

func gap(r *rapid.T) time.Duration {
	widest := rapid.SampledFrom([]time.Duration{0, time.Microsecond, time.Second, 3 * time.Minute}).Draw(r, "scale")
	return time.Duration(rapid.Int64Range(0, int64(widest)).Draw(r, "gap"))
}

func (s *step) apply(l Limiter) (admitted bool) {
	l.Advance(s.at)
	admitted = l.Fits(s.charge)
	if admitted || s.forced {
		l.Charge(s.charge)
	}
	if s.refund > 0 {
		l.Refund(s.refund)
	}
	return admitted
}

func replay(l Limiter, steps []step) Limiter {
	for i := range steps {
		steps[i].apply(l)
	}
	return l
}

func fresh(r *rapid.T, f factory) {
	l := f.make()
	if !l.Fits(f.burst) || l.Wait(f.burst) != 0 {
		r.Fatalf("an unused limiter does not admit its burst of %d", f.burst)
	}
	l.Charge(f.burst)
	if l.Fits(1) || l.Wait(1) <= 0 {
		r.Fatalf("one more than the burst of %d fits at the same instant", f.burst)
	}
}

func bounded(r *rapid.T, f factory) {
	l := f.make()
	steps := history(r, f)
	admitted := steps[:0:0]
	for _, s := range steps {
		s.forced, s.refund = false, 0
		if s.apply(l) {
			admitted = append(admitted, s)
		}
	}
	for i := range admitted {
		sum := int64(0)
		for _, s := range admitted[i:] {
			sum += s.charge
			if d := s.at - admitted[i].at; exceeds(l, f, sum, d) {
				r.Fatalf("%d tokens within %v of %v (limit %d per minute, burst %d)", sum, d, admitted[i].at, f.limit, f.burst)
			}
		}
	}
}

// exceeds says whether sum > burst + limit × d, in exact integers.
func exceeds(l Limiter, f factory, sum int64, d time.Duration) bool {
	if b, ok := l.(Bounded); ok {
		return sum > b.Bound(d)
	}
	most := new(big.Int).Mul(big.NewInt(int64(f.limit)), big.NewInt(int64(d)))
	most.Add(most, new(big.Int).Mul(big.NewInt(f.burst), big.NewInt(ratelimit.Unit)))
	return new(big.Int).Mul(big.NewInt(sum), big.NewInt(ratelimit.Unit)).Cmp(most) > 0
}

func polled(r *rapid.T, f factory) {
	rare, often := f.make(), f.make()
	last := time.Duration(0)
	for _, s := range history(r, f) {
		for range rapid.IntRange(0, 5).Draw(r, "polls") {
			often.Advance(last + time.Duration(rapid.Int64Range(0, int64(s.at-last)).Draw(r, "poll")))
		}
		last = s.at
		if a, b := s.apply(rare), s.apply(often); a != b {
			r.Fatalf("at %v: polled rarely %v, polled often %v", s.at, a, b)
		}
		if a, b := rare.Wait(f.burst), often.Wait(f.burst); a != b {
			r.Fatalf("at %v: wait polled rarely %v, polled often %v", s.at, a, b)
		}
	}
}

func tight(r *rapid.T, f factory) {
	steps := history(r, f)
	l := replay(f.make(), steps)
	n := rapid.Int64Range(1, f.burst).Draw(r, "n")
	wait, now := l.Wait(n), steps[len(steps)-1].at
	if (wait == 0) != l.Fits(n) {
		r.Fatalf("wait for %d is %v but fits is %v", n, wait, l.Fits(n))
	}
	if wait == 0 || wait == load.Never || wait > load.Never-now { // a limiter may know no time
		return
	}
	early := replay(f.make(), steps)
	early.Advance(now + wait - 1)
	if early.Fits(n) {
		r.Fatalf("%d fits before the wait of %v is over", n, wait)
	}
	l.Advance(now + wait)
	if !l.Fits(n) {
		r.Fatalf("%d does not fit after the wait of %v", n, wait)
	}
}

func impossible(r *rapid.T, f factory) {
	steps := history(r, f)
	l := replay(f.make(), steps)
	l.Advance(steps[len(steps)-1].at + 24*time.Hour)
	if l.Fits(f.burst+1) || l.Wait(f.burst+1) != load.Never {
		r.Fatalf("more than the burst of %d is said to fit after %v", f.burst, l.Wait(f.burst+1))
	}
}

func undone(r *rapid.T, f factory) {
	l := replay(f.make(), history(r, f))
	n := rapid.Int64Range(0, 2*f.burst).Draw(r, "n")
	before := l.Wait(f.burst)
	l.Charge(n)
	l.Refund(n)
	if after := l.Wait(f.burst); after != before {
		r.Fatalf("charging and refunding %d changed the wait from %v to %v", n, before, after)
	}
}

func capped(r *rapid.T, f factory) {
	l := f.make()
	l.Charge(rapid.Int64Range(0, 2*f.burst).Draw(r, "n"))
	l.Refund(1 << 62)
	if !l.Fits(f.burst) || l.Fits(f.burst+1) {
		r.Fatalf("after a large refund the burst of %d is not exactly what fits", f.burst)
	}
	l.Charge(f.burst)
	if l.Fits(1) {
		r.Fatalf("a refund filled the limiter above its burst of %d", f.burst)
	}
}

func backwards(r *rapid.T, f factory) {
	steps := history(r, f)
	l := replay(f.make(), steps)
	before := l.Wait(f.burst)
	l.Advance(steps[len(steps)-1].at / 2)
	if after := l.Wait(f.burst); after != before {
		r.Fatalf("going back in time changed the wait from %v to %v", before, after)
	}
}
