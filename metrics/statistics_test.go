package metrics

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestWilcoxonAgainstPublishedFigures(t *testing.T) {
	t.Parallel()
	// Hamilton depression scale, Hollander and Wolfe (1973), p. 29: V = 40 of 45.
	depression := []float64{0.952, -0.147, 1.022, 0.430, 0.620, 0.590, 0.490, -0.080, 0.010}
	cases := []struct {
		name       string
		of         []float64
		p, effect  float64
		n          int
		withinForP float64
	}{
		{"depression", depression, 0.0390625, 35.0 / 45, 9, 1e-12},
		{"mirrored", negated(depression), 0.0390625, -35.0 / 45, 9, 1e-12},
		{"all zero", []float64{0, 0, 0}, 1, 0, 0, 0},
		{"zeros are left out", []float64{0, 1, 2, 3, 0, 4, 5, 6}, 2.0 / 64, 1, 6, 1e-12},
		{"five pairs cannot reach 5 %", []float64{1, 2, 3, 4, 5}, 0.0625, 1, 5, 1e-12},
		// Ranks 2, 2, 2, 4 with one minus among the ties: of 16 signs, sums 0, 2, 2, 2 are as low.
		{"ties share ranks", []float64{1, 1, -1, 2}, 0.5, 0.6, 4, 1e-12},
	}
	for _, c := range cases {
		got := Wilcoxon(c.of)
		near(t, c.name+": p", got.P, c.p, c.withinForP)
		near(t, c.name+": effect", got.Effect, c.effect, 1e-12)
		if got.N != c.n {
			t.Errorf("%s: %d pairs differ, want %d", c.name, got.N, c.n)
		}
	}
}

func negated(xs []float64) []float64 {
	out := slices.Clone(xs)
	for i := range out {
		out[i] = -out[i]
	}
	return out
}

// The normal approximation joins the exact count where it takes over.
func TestWilcoxonJoinsItsApproximation(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		ds := make([]float64, exactSigns)
		for i := range ds {
			ds[i] = math.Round((rng.NormFloat64() + 0.25) * 10)
		}
		exact := Wilcoxon(ds)
		if exact.P < 1e-4 || exact.N < 40 {
			continue
		}
		twice, ties := doubledRanks(sortedBySize(ds))
		x := float64(len(twice))
		dev := math.Sqrt(x*(x+1)*(2*x+1)/24 - ties/48)
		approx := math.Erfc((math.Abs(exact.Effect)*x*(x+1)/4 - 0.5) / dev / math.Sqrt2)
		near(t, "p", approx, exact.P, 0.02+0.1*exact.P)
	}
}

func sortedBySize(ds []float64) []float64 {
	out := slices.DeleteFunc(slices.Clone(ds), func(d float64) bool { return d == 0 })
	slices.SortFunc(out, func(a, b float64) int { return int(math.Abs(a) - math.Abs(b)) })
	return out
}

func TestHolm(t *testing.T) {
	t.Parallel()
	cases := []struct{ ps, want []float64 }{
		{nil, []float64{}},
		{[]float64{0.03}, []float64{0.03}},
		{[]float64{0.01, 0.02, 0.03, 0.04}, []float64{0.04, 0.06, 0.06, 0.06}},
		{[]float64{0.04, 0.01, 0.9}, []float64{0.08, 0.03, 0.9}},
	}
	for _, c := range cases {
		for i, p := range Holm(c.ps) {
			near(t, "adjusted", p, c.want[i], 1e-12)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		ps := rapid.SliceOf(rapid.Float64Range(0, 1)).Draw(t, "ps")
		adjusted := Holm(ps)
		for i := range ps {
			if adjusted[i] < ps[i] || adjusted[i] > 1 || adjusted[i] > ps[i]*float64(len(ps))+1e-12 {
				t.Fatalf("%v became %v", ps, adjusted)
			}
			for j := range ps {
				if ps[i] < ps[j] && adjusted[i] > adjusted[j] {
					t.Fatalf("%v lost their order in %v", ps, adjusted)
				}
			}
		}
	})
}

// firstBase are times around first base by three ways of running, Hollander and
// Wolfe (1973), p. 140: χ² = 11.143.
var firstBase = [][]float64{
	{5.40, 5.50, 5.55},
	{5.85, 5.70, 5.75},
	{5.20, 5.60, 5.50},
	{5.55, 5.50, 5.40},
	{5.90, 5.85, 5.70},
	{5.45, 5.55, 5.60},
	{5.40, 5.40, 5.35},
	{5.45, 5.50, 5.35},
	{5.25, 5.15, 5.00},
	{5.85, 5.80, 5.70},
	{5.25, 5.20, 5.10},
	{5.65, 5.55, 5.45},
	{5.60, 5.35, 5.45},
	{5.05, 5.00, 4.95},
	{5.50, 5.50, 5.40},
	{5.45, 5.55, 5.50},
	{5.55, 5.55, 5.35},
	{5.45, 5.50, 5.55},
	{5.50, 5.45, 5.25},
	{5.65, 5.60, 5.40},
	{5.70, 5.65, 5.55},
	{6.30, 6.30, 6.25},
}

func placesOf(row []float64) []int {
	out := make([]int, len(row))
	for i, x := range row {
		out[i] = 1
		for _, y := range row {
			if y < x {
				out[i]++
			}
		}
	}
	return out
}

func TestFriedmanAgainstPublishedFigures(t *testing.T) {
	t.Parallel()
	var ranks [][]float64
	for _, row := range firstBase {
		ranks = append(ranks, MidRanks(placesOf(row)))
	}
	c, err := Friedman(ranks)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "χ²", c.Kendall*22*2, 11.143, 5e-4)
	// F = 21·11.143/(44 − 11.143) = 7.122 with 2 and 42 degrees of freedom.
	near(t, "p", c.P, 0.00217, 5e-5)
	near(t, "mean rank of the first", c.MeanRanks[0], 53.0/22, 1e-9)
}

func TestNemenyiAgainstDemsar(t *testing.T) {
	t.Parallel()
	// Table 5(a) of Demšar (2006): q(k, ∞)/√2 at 5 %.
	for i, want := range []float64{1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164} {
		near(t, "q", studentizedRange(i+2, 0.05)/math.Sqrt2, want, 1e-3) // the table is cut, not rounded, in places
	}
	// §3.2.2: four algorithms on 14 data sets, F = 3.69 beyond F(3, 39) = 2.85.
	near(t, "F(3, 39)", upperF(2.845, 3, 39), 0.05, 2e-4)
	near(t, "F(1, 10)", upperF(4.965, 1, 10), 0.05, 1e-4)
	near(t, "F(5, 2)", upperF(19.296, 5, 2), 0.05, 1e-4)
	same := [][]float64{{1, 2, 3, 4}, {1, 2, 3, 4}, {1, 2, 3, 4}}
	c, err := Friedman(same)
	if err != nil || c.Kendall != 1 || c.P != 0 {
		t.Errorf("the same order everywhere: %+v, %v", c, err)
	}
	near(t, "critical difference", c.Critical, 2.569*math.Sqrt(4.0*5/(6*3)), 2e-3)
}

func TestFriedmanRefusesTooLittle(t *testing.T) {
	t.Parallel()
	for _, ranks := range [][][]float64{nil, {{1, 2}}, {{1}, {1}}, {{1, 2}, {1}}} {
		if _, err := Friedman(ranks); !errors.Is(err, ErrTooFewRanks) {
			t.Errorf("%v: %v", ranks, err)
		}
	}
	c, err := Friedman([][]float64{{1.5, 1.5}, {1.5, 1.5}})
	if err != nil || c.P != 1 || c.Kendall != 0 {
		t.Errorf("ties everywhere: %+v, %v", c, err)
	}
}

func TestBootstrapCoversTheMedian(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 7))
	boot, covered, rounds := NewBootstrap(20, 1), 0, 2000
	for range rounds {
		xs := make([]float64, 20)
		for i := range xs {
			xs[i] = rng.ExpFloat64()
		}
		if _, low, high := boot.Median(xs); low <= math.Ln2 && math.Ln2 <= high {
			covered++
		}
	}
	if share := float64(covered) / float64(rounds); share < 0.91 || share > 0.98 {
		t.Errorf("%v of the 95 %% intervals cover the median", share)
	}
}

func TestBootstrapProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var xs []float64 // quarters, which survive a shift unrounded
		for _, n := range rapid.SliceOfN(rapid.IntRange(-400, 400), 1, 30).Draw(t, "xs") {
			xs = append(xs, float64(n)/4)
		}
		boot := NewBootstrap(len(xs), 3)
		median, low, high := boot.Median(xs)
		if low > median || median > high || low < slices.Min(xs) || high > slices.Max(xs) {
			t.Fatalf("[%v, %v] about %v of %v", low, high, median, xs)
		}
		shifted := slices.Clone(xs)
		for i := range shifted {
			shifted[i] += 1000
		}
		m, l, h := NewBootstrap(len(xs), 3).Median(shifted)
		for _, d := range []float64{m - median, l - low, h - high} {
			if math.Abs(d-1000) > 1e-6 {
				t.Fatalf("a shift by 1000 moved [%v %v %v] to [%v %v %v]", low, median, high, l, m, h)
			}
		}
	})
}

func TestFamilyNamesWinnersOnlyAboveChance(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(4, 2))
	base := make([]float64, 30)
	clear, same, twins := make([]float64, 30), make([]float64, 30), make([]float64, 30)
	for i := range base {
		base[i] = rng.NormFloat64()
		clear[i] = base[i] + 2 + 0.5*rng.NormFloat64()
		same[i] = base[i] + 0.5*rng.NormFloat64()
		twins[i] = base[i]
	}
	f := NewFamily(1)
	got := f.Compare("makespan_s", base, [][]float64{clear, same, twins, clear[:3], clear[:5]})
	for i, want := range []Verdict{Worse, Tie, Tie, Tie, Tie} {
		if got[i].Verdict != want {
			t.Errorf("%d is %v, want %v: %+v", i, got[i].Verdict, want, got[i])
		}
	}
	if up := f.Compare("success_ratio", base, [][]float64{clear}); up[0].Verdict != Better || up[0].Effect < 0.99 {
		t.Errorf("a success ratio that rises everywhere is %+v", up[0])
	}
	few := f.Compare("success_ratio", base[:5], [][]float64{clear[:5]})
	if few[0].Verdict != Tie || few[0].Confidence != 0 || len(few[0].Warnings) == 0 {
		t.Errorf("five pairs: %+v", few[0])
	}
}

// Of many strategies that are the baseline in disguise, hardly ever is one named.
func TestFamilyRaisesFewFalseAlarms(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 5))
	f, alarms := NewFamily(1), 0
	const rounds = 200
	for range rounds {
		base := noise(rng, 20)
		others := make([][]float64, 15)
		for i := range others {
			others[i] = noise(rng, 20)
		}
		for _, d := range f.Compare("makespan_s", base, others) {
			if d.Verdict != Tie {
				alarms++
				break
			}
		}
	}
	if share := float64(alarms) / rounds; share > 0.08 {
		t.Errorf("%v of the families raise a false alarm", share)
	}
}

func noise(rng *rand.Rand, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = rng.NormFloat64()
	}
	return out
}

func TestSeedsFor(t *testing.T) {
	t.Parallel()
	cases := []struct {
		s, delta float64
		n        int
		capped   bool
	}{
		{0, 0.01, 20, false},
		{0.01, 0.01, 20, false},
		{0.05, 0.01, 97, false},
		{0.2, 0.01, 200, true},
	}
	for _, c := range cases {
		if n, capped := SeedsFor(c.s, c.delta); n != c.n || capped != c.capped {
			t.Errorf("s = %v, δ = %v: %d seeds, capped %v, want %d, %v", c.s, c.delta, n, capped, c.n, c.capped)
		}
	}
	near(t, "deviation", Deviation([]float64{3, 5, 7, 9}, []float64{1, 1, 1, 1}), 2.581988897, 1e-9)
}
