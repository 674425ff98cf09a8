package ratelimit_test

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/ratelimit"
)

// naive keeps every charge for ever and counts anew each time, by the definition
// of each window in exact rationals.
type naive struct {
	most   int64
	window time.Duration
	phase  time.Duration
	at     time.Duration
	items  []item
}

type item struct {
	at time.Duration
	n  int64
}

func (m *naive) charge(n int64) {
	if n > 0 {
		m.items = append(m.items, item{m.at, n})
	}
}

// sum is what was charged from an instant on and before another.
func (m *naive) sum(from, to time.Duration) int64 {
	total := int64(0)
	for _, i := range m.items {
		if i.at >= from && i.at < to {
			total += i.n
		}
	}
	return total
}

func (m *naive) fixed(n int64) bool {
	start := m.phase
	for start > m.at {
		start -= m.window
	}
	for start+m.window <= m.at {
		start += m.window
	}
	return n <= 0 || m.sum(start, start+m.window)+n <= m.most
}

func (m *naive) log(n int64) bool {
	return n <= 0 || m.sum(m.at-m.window+1, m.at+1)+n <= m.most
}

func (m *naive) counter(n int64) bool {
	start := m.at / m.window * m.window
	past := big.NewRat(int64(m.at-start), int64(m.window))
	weight := new(big.Rat).Sub(big.NewRat(1, 1), past)
	used := weight.Mul(weight, new(big.Rat).SetInt64(m.sum(start-m.window, start)))
	used.Add(used, new(big.Rat).SetInt64(m.sum(start, start+m.window)+n))
	return n <= 0 || used.Cmp(new(big.Rat).SetInt64(m.most)) <= 0
}

// trio drives the three windowed limiters and their definitions through one
// history.
type trio struct {
	limiters [3]counter
	models   [3]naive
	fits     [3]func(*naive, int64) bool
}

func newTrio(most int64, window, phase time.Duration) *trio {
	fixed, log := ratelimit.NewFixedWindow(most, window, phase), ratelimit.NewSlidingLog(most, window)
	slide := ratelimit.NewSlidingCounter(most, window)
	w := &trio{limiters: [3]counter{&fixed, &log, &slide}, fits: [3]func(*naive, int64) bool{(*naive).fixed, (*naive).log, (*naive).counter}}
	for i := range w.models {
		w.models[i] = naive{most: most, window: window, phase: phase}
	}
	return w
}

func (w *trio) step(t interface{ Fatalf(string, ...any) }, gap time.Duration, n int64, forced bool) {
	for i, l := range w.limiters {
		m := &w.models[i]
		m.at += gap
		l.Advance(m.at)
		if got, want := l.Fits(n), w.fits[i](m, n); got != want {
			t.Fatalf("%T at %v: does %d fit? %v, by definition %v", l, m.at, n, got, want)
		}
		if forced || l.Fits(n) {
			l.Charge(n)
			m.charge(n)
		}
	}
}

func TestWindowsByTheirDefinition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		window := time.Duration(rapid.Int64Range(1, 1000).Draw(r, "window"))
		w := newTrio(rapid.Int64Range(0, 40).Draw(r, "most"), window, time.Duration(rapid.Int64Range(0, 3000).Draw(r, "phase")))
		for range rapid.IntRange(1, 80).Draw(r, "steps") {
			gap := rapid.Int64Range(0, 2*int64(window)).Draw(r, "gap") / rapid.SampledFrom([]int64{1, 10}).Draw(r, "scale")
			w.step(r, time.Duration(gap), rapid.Int64Range(-1, 20).Draw(r, "n"), rapid.IntRange(0, 9).Draw(r, "forced") == 0)
		}
	})
}

func FuzzWindows(f *testing.F) {
	f.Add(int64(10), int64(100), int64(7), []byte{5, 3, 90, 9, 10, 4, 200, 1})
	f.Fuzz(func(t *testing.T, most, window, phase int64, ops []byte) {
		w := newTrio(min(max(most, 0), 1<<20), time.Duration(min(max(window, 1), 1<<40)), time.Duration(min(max(phase, 0), 1<<41)))
		for i := 0; i+1 < len(ops) && i < 200; i += 2 {
			unit := max(w.models[0].window/64, 1)
			w.step(t, time.Duration(ops[i])*unit, int64(ops[i+1]&127), ops[i+1] > 240)
		}
	})
}

// A log that is hammered stays small, forgets nothing and admits no more.
func TestSlidingLogIsBounded(t *testing.T) {
	t.Parallel()
	const charges = 1_000_000
	l := ratelimit.NewSlidingLog(charges, time.Minute)
	for i := range charges {
		l.Advance(time.Duration(i) * 30 * time.Microsecond)
		l.Charge(1)
	}
	if n := l.Entries(); n > 1<<16 {
		t.Errorf("%d entries", n)
	}
	if l.Remaining() != 0 || l.Fits(1) {
		t.Errorf("%d remaining", l.Remaining())
	}
	left := l.Wait(charges / 2)
	if half := time.Minute + 15*time.Second - 30*time.Second; left < half || left > half+10*time.Millisecond {
		t.Errorf("half of it leaves in %v, exactly after %v", left, half)
	}
	l.Advance(2 * time.Minute)
	if l.Remaining() != charges || l.Entries() != 0 {
		t.Errorf("%d remaining, %d entries", l.Remaining(), l.Entries())
	}
}

func BenchmarkSetTakeOf(b *testing.B) {
	for _, algorithm := range ratelimit.Algorithms() {
		b.Run(string(algorithm), func(b *testing.B) {
			set := ratelimit.NewSet(ratelimit.Limits{RPM: 4000, ITPM: 2_000_000, OTPM: 400_000, Algorithm: algorithm}, 1)
			now := time.Duration(0)
			b.ReportAllocs()
			for b.Loop() {
				now += 10 * time.Millisecond
				set.Take(now, ratelimit.Cost{Requests: 1, Input: 400, SomeOutput: true})
			}
		})
	}
}
