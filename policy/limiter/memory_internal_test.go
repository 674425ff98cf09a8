package limiter

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-6*max(1, math.Abs(want)) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func remember(outputs ...int64) *memory {
	m := &memory{}
	for _, o := range outputs {
		m.add(o)
	}
	return m
}

func TestQuantileOfTheLastOutputs(t *testing.T) {
	t.Parallel()
	ten := remember(10, 9, 8, 7, 6, 5, 4, 3, 2, 1)
	for q, want := range map[float64]int64{0.8: 8, 0.5: 5, 0.81: 9, 0.1: 1, 0.001: 1, 0.999: 10} {
		if got := ten.quantile(q); got != want {
			t.Errorf("q %v of 1 to 10: %d, want %d", q, got, want)
		}
	}
	if got := remember(7).quantile(0.8); got != 7 {
		t.Errorf("of one: %d, want 7", got)
	}
	m := remember()
	for o := range int64(1000) { // 800 to 999 are left
		m.add(o)
	}
	if got := m.quantile(0.8); got != 959 {
		t.Errorf("of the last 200 up to 999: %d, want 959", got)
	}
	near(t, "their mean", m.mean, 899.5)
}

// E[out − m | out > m] over 100, 200 and 600.
func TestWhatRemains(t *testing.T) {
	t.Parallel()
	m := remember(600, 100, 200)
	for done, want := range map[float64]float64{
		0:   300, // (100+200+600)/3
		50:  250,
		100: 300, // (200+600)/2 − 100
		199: 201,
		200: 400,
		599: 1,
		600: 300, // longer than all: the mean once more
		900: 300,
	} {
		near(t, "after so many tokens", m.remaining(done), want)
	}
}

// The sums kept while outputs come and go are those of the last 200.
func TestMemoryHoldsTheLast200(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := &memory{}
		var all []int64
		for range rapid.IntRange(1, 500).Draw(t, "outputs") {
			o := rapid.Int64Range(0, 300).Draw(t, "output")
			all = append(all, o)
			m.add(o)
		}
		last := slices.Clone(all[max(0, len(all)-remembered):])
		slices.Sort(last)
		if !slices.Equal(last, m.sorted) {
			t.Fatalf("remembers %v, want %v", m.sorted, last)
		}
		sum, squares, n := 0.0, 0.0, float64(len(last))
		for _, o := range last {
			sum += float64(o)
		}
		for _, o := range last {
			squares += (float64(o) - sum/n) * (float64(o) - sum/n)
		}
		if math.Abs(m.mean-sum/n) > 1e-9 || n > 1 && math.Abs(m.variance-squares/(n-1)) > 1e-6 {
			t.Fatalf("mean %v and variance %v of %v", m.mean, m.variance, last)
		}
	})
}

func TestPace(t *testing.T) {
	t.Parallel()
	answer := func(first, done time.Duration, output int64) *load.Attempt {
		a := &load.Attempt{Started: 10 * s, Done: 10*s + done}
		if first > 0 {
			a.FirstToken = 10*s + first
		}
		a.Response.Usage.Output = output
		return a
	}
	m := &memory{}
	m.pace(answer(s, 5*s, 0))
	if m.speed != 0 {
		t.Errorf("an empty answer has a speed of %v", m.speed)
	}
	m.pace(answer(s, 5*s, 400)) // 400 in the 4 s after the first
	near(t, "lead", m.lead, 1)
	near(t, "speed", m.speed, 100)
	m.pace(answer(5*s, 5*s, 100)) // in one piece: 100 in 5 s
	near(t, "lead", m.lead, 0.9)
	near(t, "speed", m.speed, 92)
	for age, want := range map[time.Duration]int64{0: 0, 900 * time.Millisecond: 0, 1900 * time.Millisecond: 92, 10 * s: 500} {
		if got := m.produced(age, 500); got != want {
			t.Errorf("%d tokens after %v, want %d", got, age, want)
		}
	}
}

// k·μ + z·σ·√k, the numbers of 16 calls of mean 100 and deviation 30.
func TestPooledReserve(t *testing.T) {
	t.Parallel()
	one := share{mean: 100, variance: 900, most: 1000}
	sum := share{}
	for k, want := range []int64{160, 285, 404, 520} { // 100+60, 200+84.85, 300+103.92, 400+120
		sum = sum.plus(one)
		if got := sum.of(2); got != want {
			t.Errorf("%d in flight: %d, want %d", k+1, got, want)
		}
	}
	for range 12 {
		sum = sum.plus(one)
	}
	if got := sum.of(2); got != 1840 { // 16 single ones: 2,560
		t.Errorf("16 in flight: %d, want 1840", got)
	}
	if got := (share{mean: 100, variance: 900, most: 120}).of(2); got != 120 {
		t.Errorf("above max_tokens: %d, want 120", got)
	}
}

// Nobody in flight, nothing held, whatever floating point has left over.
func TestPooledReserveEnds(t *testing.T) {
	t.Parallel()
	r, shares := pooled{}, []share{{0.1, 0.7, 1}, {0.2, 0.1, 1}, {0.3, 0.4, 1}}
	for _, s := range shares {
		r.enter(s, 1)
	}
	for _, s := range shares {
		r.leave(s, 2)
	}
	if r != (pooled{}) {
		t.Errorf("left over: %+v", r)
	}
}
