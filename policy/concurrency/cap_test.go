package concurrency_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/policy/concurrency"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		max int
		ok  bool
	}{{-1, false}, {0, false}, {1, true}, {math.MaxInt, true}} {
		ps := concurrency.Config{Max: tc.max}.Validate()
		if (len(ps) == 0) != tc.ok {
			t.Errorf("max %d: %v", tc.max, ps)
		}
		if !tc.ok && ps[0].Path != "max" {
			t.Errorf("path %q", ps[0].Path)
		}
	}
}

// However calls come and go, a permit is granted exactly while fewer than Max
// are out.
func TestNeverMoreThanMaxInFlight(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 5).Draw(t, "max")
		g := concurrency.New(concurrency.Config{Max: limit})
		out := 0
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			p := g.Ready(0, &load.Call{})
			want := load.Permit{}
			if out == limit {
				want = load.Permit{State: load.WaitEvent, By: "concurrency"}
			}
			if p != want {
				t.Fatalf("%d of %d out: permit %+v, want %+v", out, limit, p, want)
			}
			switch {
			case p.State == load.Granted && rapid.Bool().Draw(t, "take"):
				g.Take(0, &load.Call{})
				out++
			case out > 0:
				g.Done(0, &load.Call{}, &load.Attempt{})
				out--
			}
			if g.InFlight() != out {
				t.Fatalf("%d in flight, want %d", g.InFlight(), out)
			}
		}
	})
}

func BenchmarkReadyTakeDone(b *testing.B) {
	g := concurrency.New(concurrency.Config{Max: 5})
	c, a := &load.Call{}, &load.Attempt{}
	b.ReportAllocs()
	for b.Loop() {
		if g.Ready(0, c).State == load.Granted {
			g.Take(0, c)
			g.Done(0, c, a)
		}
	}
}
