package concurrency_test

import (
	"encoding/csv"
	"os"
	"strconv"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/concurrency"
)

// testdata/netflix.csv is what Netflix/concurrency-limits at 78a74b9 itself
// answered (OpenJDK 17): 600 samples handed to the onSample of each limit with its
// shipped constants, but for the probes, which draw from chance and were put off.
func TestAsNetflix(t *testing.T) {
	t.Parallel()
	f, err := os.Open("testdata/netflix.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != 601 {
		t.Fatal(len(rows), err)
	}
	for i, k := range []struct {
		max   int
		adapt concurrency.AdaptConfig
	}{
		{200, concurrency.AdaptConfig{Kind: concurrency.AIMD, Timeout: 5 * s}},
		{1000, concurrency.AdaptConfig{Kind: concurrency.Vegas, Probe: 1_000_000}},
		{1000, concurrency.AdaptConfig{Kind: concurrency.Gradient, Probe: 1_000_000}},
		{200, concurrency.AdaptConfig{Kind: concurrency.Gradient2}},
	} {
		t.Run(string(k.adapt.Kind), func(t *testing.T) {
			t.Parallel()
			g := adaptive(k.max, k.adapt)
			for n, row := range rows[1:] {
				var v [4]int
				for j, column := range []int{0, 1, 2, 3 + i} {
					n, err := strconv.Atoi(row[column])
					if err != nil {
						t.Fatal(err)
					}
					v[j] = n
				}
				a := took(time.Duration(v[0]) * ms)
				if v[2] == 1 {
					a.Response = load.Response{Outcome: load.Overloaded, Status: 529}
				}
				one(g, 0, v[1], a)
				if got := g.Limit(); got != v[3] {
					t.Fatalf("after sample %d (%v): ceiling %d, the library's %d", n+1, row[:3], got, v[3])
				}
			}
		})
	}
}
