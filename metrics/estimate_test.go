package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name             string
		xs               []float64
		value, low, high float64
		confidence       float64
		warning          string
	}{
		{"one run", []float64{4}, 4, 4, 4, 0, "1 run: need >= 6"},
		{"too few", []float64{3, 1, 2}, 2, 1, 3, 0, "3 runs: need >= 6"},
		{"few but equal", []float64{7, 7, 7}, 7, 7, 7, .75, ""},
		{"six", []float64{6, 1, 2, 5, 3, 4}, 3.5, 1, 6, .96875, ""},
		{"does not vary", []float64{2, 2, 2, 2, 2, 2, 2}, 2, 2, 2, .984375, ""},
	}
	for _, tt := range tests {
		e := Median(tt.xs)
		if e.Value != tt.value || e.Low != tt.low || e.High != tt.high || e.N != len(tt.xs) {
			t.Errorf("%s: got %+v", tt.name, e)
		}
		if math.Abs(e.Confidence-tt.confidence) > 1e-9 {
			t.Errorf("%s: confidence %v, want %v", tt.name, e.Confidence, tt.confidence)
		}
		if got := strings.Join(e.Warnings, "; "); !strings.HasPrefix(got, tt.warning) || (got == "") != (tt.warning == "") {
			t.Errorf("%s: warnings %q", tt.name, got)
		}
	}
}

func TestEstimatesAreFinite(t *testing.T) {
	t.Parallel()
	number := rapid.OneOf(rapid.Float64(), rapid.Just(math.NaN()), rapid.Just(math.Inf(1)), rapid.Just(3.))
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.SliceOfN(number, 0, 9).Draw(t, "a"), rapid.SliceOfN(number, 0, 9).Draw(t, "b")
		runs := make([]map[string]Value, len(a))
		for i := range a {
			runs[i] = map[string]Value{"m": {V: a[i]}}
		}
		e, d := SummarizeValues(runs)["m"], ComparePaired(a, b)
		for _, x := range []float64{e.Value, e.Low, e.High, e.Confidence, d.Median, d.Low, d.High, d.Confidence} {
			if !finite(x) {
				t.Fatalf("%+v %+v", e, d)
			}
		}
		if e.Low > e.Value || e.Value > e.High || d.Low > d.Median || d.Median > d.High {
			t.Fatalf("out of its interval: %+v %+v", e, d)
		}
	})
}

func TestWithheldInOneIsWithheld(t *testing.T) {
	t.Parallel()
	runs := []map[string]Value{
		{"a": {V: 1}, "d": {Withheld: "no success"}, "b": {V: 1}, "c": {Withheld: "no price"}},
		{"a": {V: 2}, "d": {V: 1}, "b": {Withheld: "9 samples"}, "c": {Withheld: "no price"}},
		{"a": {V: 3}, "d": {V: 1}, "c": {Withheld: "no price"}},
	}
	got := SummarizeValues(runs)
	for name, want := range map[string]string{"a": "", "b": "withheld in 2 of 3 runs: 9 samples", "c": "withheld in 3 of 3 runs: no price", "d": "withheld in 1 of 3 runs: no success"} {
		if e := got[name]; e.Withheld != want || want != "" && e.Value != 0 {
			t.Errorf("%s: %+v, want %q", name, e, want)
		}
	}
	if e := SummarizeValues(runs[:1])["c"]; e.Withheld != "no price" {
		t.Errorf("one run: %+v", e)
	}
	if len(Summarize(nil)) != 0 {
		t.Error("estimates of nothing")
	}
}

// Tables of the signed-rank test (two-sided 5 %): the largest T⁺ that rejects.
func TestSignedRankTable(t *testing.T) {
	t.Parallel()
	for n, critical := range map[int]int{6: 0, 7: 2, 8: 3, 9: 5, 10: 8, 12: 13, 15: 25, 20: 52, 25: 89, 30: 137, 50: 434} {
		if k, achieved := signedRank(n); k-1 != critical || achieved < .95 {
			t.Errorf("n = %d: %d at %v, want %d", n, k-1, achieved, critical)
		}
	}
	for n := range 6 {
		if _, achieved := signedRank(n); achieved != 0 {
			t.Errorf("n = %d has an interval", n)
		}
	}
	k, _ := signedRank(len(rankBounds) - 1)
	if near, _ := signedRankNormal(len(rankBounds) - 1); math.Abs(float64(k-near)) > 2 {
		t.Errorf("exact %d, approximation %d", k, near)
	}
}

func TestComparePaired(t *testing.T) {
	t.Parallel()
	base := []float64{10, 20, 30, 40, 50, 60, 70, 80}
	plus := func(ds ...float64) []float64 {
		sum := slices.Clone(base)
		for i := range sum {
			sum[i] += ds[i%len(ds)]
		}
		return sum
	}
	tests := []struct {
		name    string
		a       []float64
		verdict Verdict
		median  float64
	}{
		{"the same", base, Tie, 0},
		{"always one more", plus(1), Better, 1},
		{"always a little less", plus(-.1, -.3), Worse, -.2},
		{"to and fro", plus(5, -5), Tie, 0},
		{"now more, now less", plus(9, -7, 3, -1), Tie, 1},
		{"does not pair", base[:3], Tie, 0},
	}
	for _, tt := range tests {
		d := ComparePaired(tt.a, base)
		if d.Verdict != tt.verdict || math.Abs(d.Median-tt.median) > 1e-9 {
			t.Errorf("%s: %+v", tt.name, d)
		}
		if (d.Low > 0 || d.High < 0) != (d.Verdict != Tie) {
			t.Errorf("%s: a verdict inside the interval: %+v", tt.name, d)
		}
	}
	if d := ComparePaired([]float64{1, 2, 4, 8, 16, 32}, make([]float64, 6)); d.Low != 1 || d.High != 32 || d.Confidence != .96875 {
		t.Errorf("six pairs reach 95 %% only from end to end: %+v", d)
	}
	if d := ComparePaired(plus(1)[:5], base[:5]); d.Verdict != Tie || len(d.Warnings) == 0 {
		t.Errorf("five pairs named a winner: %+v", d)
	}
	if d := ComparePairedMetric("response_time_ms.p99", plus(1), base); d.Verdict != Worse {
		t.Errorf("a longer time: %+v", d)
	}
	if d := ComparePairedMetric(ForClass("success_ratio", "chat"), plus(1), base); d.Verdict != Better {
		t.Errorf("more successes: %+v", d)
	}
}

// The interval holds the true shift about as often as it says.
func TestComparePairedCoverage(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	const trials, n, shift = 2000, 12, 3.
	hit := 0
	for range trials {
		a, b := make([]float64, n), make([]float64, n)
		for i := range a {
			a[i], b[i] = rng.NormFloat64()+shift, rng.NormFloat64()
		}
		if d := ComparePaired(a, b); d.Low <= shift && shift <= d.High {
			hit++
		}
	}
	if share := float64(hit) / trials; share < .94 || share > .97 {
		t.Errorf("covers %v", share)
	}
}

func TestDirections(t *testing.T) {
	t.Parallel()
	for name, lower := range map[string]bool{
		"success_ratio": false, "goodput_per_min": false, `goodput_per_min{class="x"}`: false, "optimum_share": false,
		"utilisation.rpm": false, "tokens_per_min": false, "unfinished_ratio": true, "amplification": true,
		"makespan_s": true, "response_time_ms.p99": true, "cost_usd_per_success": true,
	} {
		if LowerIsBetter(name) != lower {
			t.Errorf("%s", name)
		}
	}
}

// Differences as large as a float64 can hold stay finite.
func TestLargestDifference(t *testing.T) {
	t.Parallel()
	if d := ComparePaired([]float64{1}, []float64{math.MaxFloat64}); math.IsInf(d.Median, 0) || d.Median > -1e308 {
		t.Errorf("median of one huge difference: %v", d.Median)
	}
}
