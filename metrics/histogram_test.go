package metrics

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"pgregory.net/rapid"
)

// distribution draws a histogram through the recording side.
func distribution(t *rapid.T, label string) Histogram {
	g := gauge{}
	for _, us := range rapid.SliceOfN(rapid.Int64Range(0, highest), 0, 40).Draw(t, label) {
		g.record(time.Duration(us) * time.Microsecond)
	}
	return g.histogram()
}

func TestHistogramAgreesWithLibrary(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		full := hdrhistogram.New(lowest, highest, digits)
		g := gauge{}
		for _, us := range rapid.SliceOfN(rapid.Int64Range(0, highest), 1, 60).Draw(t, "us") {
			us >>= uint(us % 30) // small values too
			if err := full.RecordValue(us); err != nil {
				t.Fatal(err)
			}
			g.record(time.Duration(us) * time.Microsecond)
		}
		if rapid.Bool().Draw(t, "settled") {
			g.settle()
			g.record(0)
			_ = full.RecordValue(0)
		}
		h := g.histogram()
		for _, q := range []float64{0.01, .5, .9, .95, .99, 1} {
			if got, want := h.Quantile(q).Microseconds(), full.ValueAtPercentile(100*q); got != want {
				t.Fatalf("quantile %v: %d µs, library says %d", q, got, want)
			}
		}
		if got, want := h.Max().Microseconds(), full.Max(); got != want {
			t.Fatalf("max %d, library says %d", got, want)
		}
		if h.Count() != full.TotalCount() {
			t.Fatalf("count %d, want %d", h.Count(), full.TotalCount())
		}
	})
}

func TestHistogramRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := distribution(t, "h")
		text, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		var back Histogram
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if !sameJSON(t, h.Cells, back.Cells) {
			t.Fatalf("%v came back as %v", h.Cells, back.Cells)
		}
	})
}

func TestHistogramOfOtherGrid(t *testing.T) {
	t.Parallel()
	foreign := hdrhistogram.New(1, 1000, 2)
	_ = foreign.RecordValue(5)
	text, err := foreign.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		t.Fatal(err)
	}
	var h Histogram
	if err := h.UnmarshalText(text); !errors.Is(err, ErrForeignGrid) {
		t.Fatalf("got %v, want ErrForeignGrid", err)
	}
	if err := h.UnmarshalText([]byte("nonsense")); err == nil {
		t.Fatal("nonsense was decoded")
	}
}

func TestHistogramMergeLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := distribution(t, "a"), distribution(t, "b"), distribution(t, "c")
		merged := func(hs ...Histogram) Histogram {
			var sum Histogram
			for i := range hs {
				sum.Merge(&hs[i])
			}
			return sum
		}
		if !sameJSON(t, merged(a, b), merged(b, a)) {
			t.Fatal("not commutative")
		}
		if !sameJSON(t, merged(merged(a, b), c), merged(a, merged(b, c))) {
			t.Fatal("not associative")
		}
		if n := merged(a, b, c); n.Count() != a.Count()+b.Count()+c.Count() {
			t.Fatal("values got lost")
		}
	})
}

func TestClampsAreCounted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		d       time.Duration
		clamped bool
		us      int64
	}{
		{0, false, 0},
		{499 * time.Nanosecond, false, 0},
		{500 * time.Nanosecond, false, 1},
		{time.Second, false, 1_000_447}, // upper edge of the cell
		{24 * time.Hour, false, 0},
		{24*time.Hour + 1, true, 0},
		{-1, true, 0},
		{1<<63 - 1, true, 0},
	}
	for _, tt := range tests {
		g := gauge{}
		if got := g.record(tt.d); got != tt.clamped {
			t.Errorf("%v: clamped %v, want %v", tt.d, got, tt.clamped)
		}
		h := g.histogram()
		if h.Count() != 1 {
			t.Errorf("%v was not recorded", tt.d)
		}
		if tt.us != 0 && h.Max().Microseconds() != tt.us {
			t.Errorf("%v: recorded as %v", tt.d, h.Max())
		}
		if h.Max() > 24*time.Hour+time.Minute {
			t.Errorf("%v: recorded as %v", tt.d, h.Max())
		}
	}
}

type fataler interface{ Fatal(...any) }

// sameJSON compares two values as they would be written.
func sameJSON(t fataler, a, b any) bool {
	x, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(x) == string(y)
}
