package load

import (
	"math"
	"testing"
)

func TestRateUnmarshalText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want float64
		ok   bool
	}{
		{"40/s", 40, true},
		{"48/min", 0.8, true},
		{"100/h", 100.0 / 3600, true},
		{"2000/d", 2000.0 / 86400, true},
		{" 1.5 / minute ", 0.025, true},
		{"7", 7, true},
		{"1e3", 1000, true},
		{"-3/s", -3, true}, // syntax only: validation judges
		{"", 0, false},
		{"/s", 0, false},
		{"4/", 0, false},
		{"4/fortnight", 0, false},
		{"4/s/s", 0, false},
		{"four", 0, false},
		{"10s", 0, false},
	}
	for _, tt := range tests {
		r := Rate(-1)
		err := r.UnmarshalText([]byte(tt.text))
		if (err == nil) != tt.ok {
			t.Errorf("%q: error %v, want ok %v", tt.text, err, tt.ok)
		}
		if tt.ok && float64(r) != tt.want {
			t.Errorf("%q = %v, want %v", tt.text, float64(r), tt.want)
		}
		if !tt.ok && r != -1 {
			t.Errorf("%q changed the rate despite its error", tt.text)
		}
	}
}

func FuzzRate(f *testing.F) {
	for _, s := range []string{"40/s", "48/min", "NaN", "1e400/h", "0x1p-3/d", "/", " 5 "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var r, again Rate
		if r.UnmarshalText([]byte(text)) != nil {
			return
		}
		written, _ := r.MarshalText()
		if err := again.UnmarshalText(written); err != nil {
			t.Fatalf("%q was written as %q, which does not read: %v", text, written, err)
		}
		if again != r && !(math.IsNaN(float64(r)) && math.IsNaN(float64(again))) {
			t.Fatalf("%q: %v became %v", text, float64(r), float64(again))
		}
	})
}
