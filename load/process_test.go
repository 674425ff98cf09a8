package load

import (
	"math"
	"testing"
	"time"
)

// instants lists the due instants of one class under the process.
func instants(t testing.TB, p Process, seed uint64, run time.Duration) []time.Duration {
	t.Helper()
	plan := Plan{Seed: seed, Duration: run, Classes: []Class{{Name: "a", Arrivals: p}}}
	s, err := plan.Stream(nil)
	if err != nil {
		t.Fatal(err)
	}
	var out []time.Duration
	var a Arrival
	for s.Next(&a) {
		out = append(out, a.Due)
	}
	return out
}

func between(due []time.Duration, from, to time.Duration) int {
	n := 0
	for _, d := range due {
		if d >= from && d < to {
			n++
		}
	}
	return n
}

func TestProcessExactCounts(t *testing.T) {
	t.Parallel()
	type window struct {
		from, to time.Duration
		count    int
	}
	const m = time.Minute
	tests := []struct {
		name    string
		process Process
		run     time.Duration
		want    []window
	}{
		{"constant", Process{Kind: Constant, Rate: 48.0 / 60}, 10 * m, []window{{0, m, 48}, {0, 10 * m, 480}}},
		{"constant, uneven", Process{Kind: Constant, Rate: 100.0 / 3600}, time.Hour, []window{{0, time.Hour, 100}}},
		{"linear ramp: Λ = 10·60/2, then 10/s", Process{Kind: Ramp, To: 10, Over: m, Even: true}, 2 * m, []window{{0, m / 2, 75}, {0, m, 300}, {m, 2 * m, 600}}},
		{"falling ramp ends at 0", Process{Kind: Ramp, From: 10, Over: m, Even: true}, 5 * m, []window{{0, m / 2, 225}, {0, 5 * m, 300}}},
		{"exponential ramp: (16-1)/ln16·60", Process{Kind: Ramp, From: 1, To: 16, Over: m, Shape: Exponential, Even: true}, m, []window{{0, m, 325}}},
		{"doubling: (2^k - 1)·60/ln2", Process{Kind: Ramp, From: 1, Doubling: m, Even: true}, 3 * m, []window{{0, m, 87}, {0, 3 * m, 606}}},
		{"doubling stops at to", Process{Kind: Ramp, From: 1, To: 2, Doubling: m, Even: true}, 3 * m, []window{{m, 2 * m, 120}, {2 * m, 3 * m, 120}}},
		{"steps with a pause", Process{Kind: Steps, Even: true, Steps: []Step{{0.8, 10 * m}, {0, m}, {2, m}}}, 20 * m, []window{{0, 10 * m, 480}, {10 * m, 11 * m, 0}, {11 * m, 12 * m, 120}, {12 * m, 20 * m, 0}}},
		{"0.07·100 is 7, not 7.000000000000001", Process{Kind: Steps, Even: true, Steps: []Step{{0.07, 100 * time.Second}}}, 10 * m, []window{{0, 10 * m, 7}}},
		{"last step without end", Process{Kind: Steps, Even: true, Steps: []Step{{1, m}, {2, 0}}}, 3 * m, []window{{0, m, 60}, {m, 3 * m, 240}}},
		{"sinusoid: half a period holds mP/2 + (p-1)mP/π", Process{Kind: Sinusoid, Mean: 10, PeakToMean: 1.5, Period: m, Even: true}, 3 * m, []window{{0, m, 600}, {0, m / 2, 396}, {m, 3 * m, 1200}}},
		{"burst once", Process{Kind: Burst, N: 7, At: time.Second}, m, []window{{time.Second, time.Second + 1, 7}, {0, m, 7}}},
		{"burst again", Process{Kind: Burst, N: 3, Every: 10 * time.Second}, m, []window{{0, 1, 3}, {0, m, 18}}},
		{"burst after the end", Process{Kind: Burst, N: 3, At: m}, m, []window{{0, m, 0}}},
	}
	for _, tt := range tests {
		due := instants(t, tt.process, 1, tt.run)
		for _, w := range tt.want {
			if got := between(due, w.from, w.to); got != w.count {
				t.Errorf("%s: %d arrivals from %v to %v, want %d", tt.name, got, w.from, w.to, w.count)
			}
		}
	}
}

// Arrival i is due at i/rate to the nanosecond, after a day as at the start.
func TestConstantDoesNotDrift(t *testing.T) {
	t.Parallel()
	for _, perMinute := range []int64{48, 7, 1000} {
		due := instants(t, Process{Kind: Constant, Rate: Rate(float64(perMinute) / 60)}, 1, 24*time.Hour)
		if want := int(perMinute * 60 * 24); len(due) != want {
			t.Errorf("%d/min: %d arrivals in a day, want %d", perMinute, len(due), want)
		}
		for i, d := range due {
			exact := (int64(i)*int64(time.Minute) + perMinute/2) / perMinute // nearest
			if diff := int64(d) - exact; diff < -1 || diff > 1 {
				t.Fatalf("%d/min: arrival %d due at %d, want %d", perMinute, i, d, exact)
			}
		}
	}
}

// The count of a Poisson process has the variance of its mean, so 4.5 standard
// deviations around Λ hold it for any honest seed.
func TestPoissonCounts(t *testing.T) {
	t.Parallel()
	const h = time.Hour
	tests := []struct {
		name     string
		process  Process
		from, to time.Duration
		mean     float64
	}{
		{"poisson", Process{Kind: Poisson, Rate: 40}, 0, h, 144_000},
		{"linear ramp, first half", Process{Kind: Ramp, To: 40, Over: h}, 0, h / 2, 18_000},
		{"linear ramp", Process{Kind: Ramp, To: 40, Over: h}, 0, h, 72_000},
		{"exponential ramp", Process{Kind: Ramp, From: 1, To: 64, Over: h, Shape: Exponential}, 0, h, 63 * 3600 / math.Log(64)},
		{"steps", Process{Kind: Steps, Steps: []Step{{10, h / 2}, {0, h / 4}, {20, 0}}}, h / 2, h, 18_000},
		{"sinusoid, rising half", Process{Kind: Sinusoid, Mean: 10, PeakToMean: 1.9, Period: h}, 0, h / 2, 18_000 + 0.9*36_000/math.Pi},
		{"sinusoid, falling half by phase", Process{Kind: Sinusoid, Mean: 10, PeakToMean: 1.9, Period: h, Phase: h / 2}, 0, h / 2, 18_000 - 0.9*36_000/math.Pi},
		{"sharp daily curve", Process{Kind: Sinusoid, Mean: 10, PeakToMean: 3.5, Period: h}, 0, h, 36_000},
		{"session starts", Process{Kind: Sessions, Rate: 5, Turns: FixedDist(3)}, 0, h, 18_000},
	}
	for _, tt := range tests {
		for seed := range uint64(5) {
			got := float64(between(instants(t, tt.process, seed, h), tt.from, tt.to))
			if math.Abs(got-tt.mean) > 4.5*math.Sqrt(tt.mean) {
				t.Errorf("%s, seed %d: %v arrivals, want %v ± %.0f", tt.name, seed, got, tt.mean, math.Sqrt(tt.mean))
			}
		}
	}
}

func TestSinusoidPeak(t *testing.T) {
	t.Parallel()
	for _, p := range []float64{1, 1.5, 2, 3.5, 20} {
		process := Process{Kind: Sinusoid, Mean: 100, PeakToMean: p, Period: time.Hour, Even: true}
		due := instants(t, process, 1, time.Hour)
		peak := float64(between(due, 15*time.Minute-3*time.Second, 15*time.Minute+3*time.Second)) / 6
		if math.Abs(peak/100-p) > 0.01*p {
			t.Errorf("peak to mean %v, want %v", peak/100, p)
		}
		if len(due) < 359_999 || len(due) > 360_001 {
			t.Errorf("peak to mean %v: %d arrivals in a period, want 360000", p, len(due))
		}
	}
}

func gapStatistics(due []time.Duration) (mean, cv float64) {
	last := time.Duration(0)
	gaps := make([]float64, len(due))
	for i, d := range due {
		gaps[i] = (d - last).Seconds()
		last = d
	}
	mean, se := meanAndError(gaps)
	return mean, se * math.Sqrt(float64(len(gaps))) / mean
}

func TestGammaGaps(t *testing.T) {
	t.Parallel()
	for _, cv := range []float64{0.2, 0.5, 1, 2, 5} {
		due := instants(t, Process{Kind: Gamma, Rate: 100, CV: cv}, 3, time.Hour)
		mean, got := gapStatistics(due)
		n := float64(len(due))
		if math.Abs(mean*100-1) > 4.5*cv/math.Sqrt(n) {
			t.Errorf("cv %v: mean gap %v s, want 0.01", cv, mean)
		}
		// A gamma law's excess kurtosis is 6·cv², so cv̂ has a relative error of
		// about √((2+6cv²)/4n), plus that of the mean.
		if math.Abs(got/cv-1) > 4.5*(math.Sqrt((2+6*cv*cv)/(4*n))+cv/math.Sqrt(n)) {
			t.Errorf("cv %v: got %v", cv, got)
		}
	}
}

func TestOnOff(t *testing.T) {
	t.Parallel()
	fixed := Process{Kind: OnOff, Rate: 50, On: 2 * time.Second, Off: 3 * time.Second, Shape: Fixed}
	due := instants(t, fixed, 1, time.Hour)
	for _, d := range due {
		if d%(5*time.Second) > 2*time.Second {
			t.Fatalf("arrival at %v, in the off period", d)
		}
	}
	if n := float64(len(due)); math.Abs(n-72_000) > 4.5*math.Sqrt(72_000) {
		t.Errorf("fixed periods: %v arrivals, want 72000", n)
	}
	random := Process{Kind: OnOff, Rate: 50, On: 2 * time.Second, Off: 3 * time.Second}
	bursty := instants(t, random, 1, 10*time.Hour)
	// Time on in T has variance 2·T·on²·off²/(on+off)³ (alternating renewal).
	spread := 50 * math.Sqrt(2*36_000*4*9/125.0)
	if n := float64(len(bursty)); math.Abs(n-720_000) > 4.5*(spread+math.Sqrt(720_000)) {
		t.Errorf("random periods: %v arrivals, want 720000 ± %.0f", n, spread)
	}
	if _, cv := gapStatistics(bursty); cv < 3 {
		t.Errorf("random periods: gap cv %v, want well above 1", cv)
	}
	rare := Process{Kind: OnOff, Rate: 1e-9, On: time.Millisecond, Off: time.Millisecond}
	if n := len(instants(t, rare, 1, time.Hour)); n != 0 {
		t.Errorf("%d arrivals at one in thirty years", n)
	}
}
