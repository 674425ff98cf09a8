package queue

import (
	"math"
	"testing"

	"ratecliff/load"
)

func ranked(id uint64, p load.Priority) *load.Call {
	c := &load.Call{}
	c.ID, c.Priority = id, p
	return c
}

// A class has a hundred levels, critical the highest (failsafe-go,
// priority/priority.go: 0-99 very low to 400-499 very high).
func TestLevelRanges(t *testing.T) {
	t.Parallel()
	l := levels{seed: 3}
	for p := load.Priority(0); p < 8; p++ {
		low, high, sum := math.MaxInt, 0, 0
		for id := range uint64(20_000) {
			level := l.level(ranked(id, p))
			low, high, sum = min(low, level), max(high, level), sum+level
		}
		first := max(0, 400-100*int(p))
		if low != first || high != first+99 {
			t.Errorf("class %d has levels %d to %d, want %d to %d", p, low, high, first, first+99)
		}
		if mean := float64(sum) / 20_000; math.Abs(mean-float64(first)-49.5) > 1 {
			t.Errorf("class %d: mean level %v, want %v", p, mean, float64(first)+49.5)
		}
	}
}

// The rejection rate with failsafe-go's factors 2 and 3 of a limit of 20.
func TestRejectionRate(t *testing.T) {
	t.Parallel()
	cfg := DropConfig{Rule: Levels}.complete()
	for waiting, want := range map[int]float64{0: 0, 39: 0, 40: 0, 45: 0.25, 50: 0.5, 59: 0.95, 60: 1, 1000: 1} {
		if got := rejection(&cfg, waiting); got != want {
			t.Errorf("%d waiting: %v, want %v", waiting, got, want)
		}
	}
}

// GetLevel of failsafe-go: the level at which the ceiling of the share of those
// remembered is reached; the window forgets the oldest.
func TestQuantile(t *testing.T) {
	t.Parallel()
	l := levels{window: make([]int16, 4)}
	if got := l.quantile(0.5); got != 0 {
		t.Errorf("nothing remembered: %d, want 0", got)
	}
	for _, level := range []int{499, 10, 20, 30, 40} { // 499 is forgotten
		l.record(level)
	}
	for share, want := range map[float64]int{0.01: 10, 0.25: 10, 0.26: 20, 0.5: 20, 0.75: 30, 1: 40} {
		if got := l.quantile(share); got != want {
			t.Errorf("share %v: level %d, want %d", share, got, want)
		}
	}
}

// With classes equally frequent a rate of one half turns away the lower two and
// half of the middle one.
func TestLevelsTurnAwayTheLowest(t *testing.T) {
	t.Parallel()
	cfg := DropConfig{Rule: Levels}.complete()
	for _, row := range []struct {
		waiting int
		want    [5]float64
	}{
		{0, [5]float64{}},
		{39, [5]float64{}},
		{45, [5]float64{0, 0, 0, 0.25, 1}},
		{50, [5]float64{0, 0, 0.5, 1, 1}},
		{55, [5]float64{0, 0.75, 1, 1, 1}},
		{60, [5]float64{1, 1, 1, 1, 1}},
	} {
		l := levels{seed: 5, window: make([]int16, cfg.Window)}
		id := uint64(0)
		for ; id < 1000; id++ {
			if !l.admit(&cfg, ranked(id, load.Priority(id%5)), 1) {
				t.Fatal("turned away while one waits")
			}
		}
		var gone [5]float64
		for range 200 {
			p := load.Priority(id % 5)
			if !l.admit(&cfg, ranked(id, p), row.waiting) {
				gone[p] += 1.0 / 40
			}
			id++
		}
		for p, want := range row.want {
			// What is let in now is remembered, which moves the level up a little.
			if math.Abs(gone[p]-want) > 0.25 || want == math.Trunc(want) && math.Abs(gone[p]-want) > 0.03 {
				t.Errorf("%d wait: %.2f of class %d turned away, want %v", row.waiting, gone[p], p, want)
			}
		}
	}
}
