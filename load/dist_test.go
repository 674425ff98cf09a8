package load

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func sampleMany(d Dist, n int) []float64 {
	rng := sampler(1, ForLengths, 2, 3)
	out := make([]float64, n)
	for i := range out {
		out[i] = d.Sample(rng)
	}
	return out
}

func meanAndError(values []float64) (mean, standardError float64) {
	for _, v := range values {
		mean += v
	}
	mean /= float64(len(values))
	squares := 0.0
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	n := float64(len(values))
	return mean, math.Sqrt(squares / (n - 1) / n)
}

var twoHumps = Dist{Kind: Mixture, Parts: []Part{
	{6, Dist{Kind: LogNormal, P50: 100, P90: 200}},
	{4, Dist{Kind: Normal, Average: 400, SD: 30, Min: 390}},
}}

func TestDistMean(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		dist Dist
		want float64 // by hand; 0: only compare with the sample
		max  float64
	}{
		{"fixed", FixedDist(7), 7, 7},
		{"uniform", Dist{Kind: Uniform, Low: 2, High: 6}, 4, 6},
		{"uniform of one value", Dist{Kind: Uniform, Low: 5, High: 5}, 5, 5},
		{"uniform capped", Dist{Kind: Uniform, Low: 0, High: 4, Cap: 2}, 1.5, 2},
		{"uniform with min", Dist{Kind: Uniform, Low: 0, High: 4, Min: 2}, 2.5, 4},
		{"normal", Dist{Kind: Normal, Average: 100, SD: 10}, 100, math.Inf(1)},
		{"normal at zero", Dist{Kind: Normal, Average: 0, SD: 1}, 1 / math.Sqrt(2*math.Pi), math.Inf(1)},
		{"normal without spread", Dist{Kind: Normal, Average: 9}, 9, 9},
		{"normal min cap", Dist{Kind: Normal, Average: 100, SD: 50, Min: 60, Cap: 120}, 0, 120},
		{"lognormal", Dist{Kind: LogNormal, Mu: 1, Sigma: 0.5}, math.Exp(1.125), math.Inf(1)},
		{"lognormal by percentiles", Dist{Kind: LogNormal, P50: 1020, P90: 2734}, 0, math.Inf(1)},
		{"lognormal capped", Dist{Kind: LogNormal, P50: 1000, P90: 2700, Cap: 1500}, 0, 1500},
		{"lognormal without spread", Dist{Kind: LogNormal, P50: 8, P90: 8}, 8, 8},
		{"exponential", Dist{Kind: Exponential, Average: 3}, 3, math.Inf(1)},
		{"exponential capped", Dist{Kind: Exponential, Average: 3, Cap: 3}, 3 * (1 - 1/math.E), 3},
		{"exponential with min", Dist{Kind: Exponential, Average: 3, Min: 3}, 3 + 3/math.E, math.Inf(1)},
		{"table", Dist{Kind: Quantiles, Table: []Quantile{{0, 0}, {0.5, 10}, {1, 30}}}, 12.5, 30},
		{"table with masses at the ends", Dist{Kind: Quantiles, Table: []Quantile{{0.2, 10}, {0.8, 20}}}, 2 + 9 + 4, 20},
		{"table capped", Dist{Kind: Quantiles, Table: []Quantile{{0, 0}, {1, 10}}, Cap: 5}, 3.75, 5},
		{"mixture", Dist{Kind: Mixture, Parts: []Part{{1, FixedDist(10)}, {3, FixedDist(20)}}}, 17.5, 20},
		{"two humps", twoHumps, 0, math.Inf(1)},
		{"zero", Dist{}, 0, 0},
	}
	for _, tt := range tests {
		if tt.want != 0 && math.Abs(tt.dist.Mean()-tt.want) > 1e-9*tt.want {
			t.Errorf("%s: mean %v, want %v", tt.name, tt.dist.Mean(), tt.want)
		}
		values := sampleMany(tt.dist, 100_000)
		mean, se := meanAndError(values)
		if math.Abs(mean-tt.dist.Mean()) > 4.5*se+1e-9 {
			t.Errorf("%s: sampled mean %v ± %v, formula %v", tt.name, mean, se, tt.dist.Mean())
		}
		if got := tt.dist.Max(); got != tt.max {
			t.Errorf("%s: max %v, want %v", tt.name, got, tt.max)
		}
		if top := slices.Max(values); top > tt.max {
			t.Errorf("%s: drew %v above the maximum %v", tt.name, top, tt.max)
		}
	}
}

func TestDistPercentiles(t *testing.T) {
	t.Parallel()
	const n = 200_000
	values := sampleMany(Dist{Kind: LogNormal, P50: 1020, P90: 2734}, n)
	slices.Sort(values)
	// The standard error of a share is √(p(1-p)/n), below 0.0012.
	for _, q := range []struct{ p, value float64 }{{0.5, 1020}, {0.9, 2734}} {
		at, _ := slices.BinarySearch(values, q.value)
		if share := float64(at) / n; math.Abs(share-q.p) > 0.005 {
			t.Errorf("share below %v is %v, want %v", q.value, share, q.p)
		}
	}
}

func drawDist(rt *rapid.T) Dist {
	size := rapid.Float64Range(1, 5000)
	d := Dist{Min: rapid.SampledFrom([]float64{0, 10, 100}).Draw(rt, "min")}
	if rapid.Bool().Draw(rt, "capped") {
		d.Cap = d.Min + rapid.Float64Range(1, 3000).Draw(rt, "cap")
	}
	a, b := size.Draw(rt, "a"), size.Draw(rt, "b")
	switch rapid.IntRange(0, 5).Draw(rt, "kind") {
	case 0:
		d.Kind, d.Low, d.High = Uniform, min(a, b), max(a, b)
	case 1:
		d.Kind, d.Average, d.SD = Normal, a, b
	case 2:
		d.Kind, d.P50, d.P90 = LogNormal, min(a, b), max(a, b)
	case 3:
		d.Kind, d.Average = Exponential, a
	case 4:
		d.Kind, d.Table = Quantiles, []Quantile{{0.1, min(a, b)}, {0.7, max(a, b)}}
	case 5:
		d.Kind, d.Parts = Mixture, []Part{{1, FixedDist(a)}, {2, Dist{Kind: Exponential, Average: b}}}
	}
	return d
}

func TestDistProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		d := drawDist(rt)
		if problems := d.Validate(); len(problems) > 0 {
			rt.Fatalf("%+v: %v", d, problems)
		}
		resolved := d.resolved()
		mean, top := d.Mean(), d.Max()
		if !(mean >= d.Min && mean <= top) {
			rt.Fatalf("%+v: mean %v outside of %v to %v", d, mean, d.Min, top)
		}
		one, two := sampler(5, ForLengths, 0, 0), sampler(5, ForLengths, 0, 0)
		for range 50 {
			v := d.Sample(one)
			if !(v >= d.Min && v <= top) {
				rt.Fatalf("%+v: drew %v outside of %v to %v", d, v, d.Min, top)
			}
			if w := resolved.Sample(two); w != v {
				rt.Fatalf("%+v: resolved draws %v, plain %v", d, w, v)
			}
		}
	})
}

func TestDistSampleDoesNotAllocate(t *testing.T) {
	rng := sampler(1, ForLengths, 0, 0)
	for _, d := range []Dist{twoHumps, {Kind: Quantiles, Table: []Quantile{{0, 1}, {1, 2}}}, {Kind: LogNormal, P50: 5, P90: 9}} {
		if n := testing.AllocsPerRun(100, func() { d.Sample(rng) }); n != 0 {
			t.Errorf("%s: %v allocations a sample", d.Kind, n)
		}
	}
}

func TestDistUnmarshalText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text   string
		value  float64
		ok     bool
		tokens bool // may count tokens
	}{
		{"1000", 1000, true, true},
		{"2.5", 2.5, true, true},
		{"1500ms", 1.5, true, false},
		{"2m", 120, true, false},
		{"lots", 0, false, false},
		{"", 0, false, false},
	}
	for _, tt := range tests {
		var d Dist
		if err := d.UnmarshalText([]byte(tt.text)); (err == nil) != tt.ok {
			t.Errorf("%q: error %v, want ok %v", tt.text, err, tt.ok)
		} else if tt.ok && (d.Kind != Fixed || d.Value != tt.value) {
			t.Errorf("%q: got %+v", tt.text, d)
		} else if tt.ok && (len(d.validateTokens()) == 0) != tt.tokens {
			t.Errorf("%q: token problems %v", tt.text, d.validateTokens())
		}
	}
}

func TestDistUnmarshalYAML(t *testing.T) {
	t.Parallel()
	number := func(v any) error {
		*v.(*string) = "12"
		return nil
	}
	var d Dist
	if err := d.UnmarshalYAML(number); err != nil || d.Kind != Fixed || d.Value != 12 {
		t.Errorf("number: %+v, %v", d, err)
	}
	mapping := func(v any) error {
		if _, scalar := v.(*string); scalar {
			return errors.New("a mapping is no text")
		}
		if _, again := v.(interface{ UnmarshalText([]byte) error }); again {
			t.Error("the target of a mapping reads text, so a library would refuse it")
		}
		return nil
	}
	if err := d.UnmarshalYAML(mapping); err != nil {
		t.Errorf("mapping: %v", err)
	}
}
