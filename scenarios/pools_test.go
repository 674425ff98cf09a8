package scenarios_test

import (
	"math"
	"testing"

	"ratecliff/compare"
	"ratecliff/report"
	"ratecliff/scenario"
)

// organisations are three keys that belong to one organisation or to one each.
const organisations = `
version: 1
duration: 5m
server: {rpm: 60, burst_window: 10s}
classes:
  calls: {arrivals: {process: poisson, rate: 120/min}, input: 200, output: 120, max_tokens: 256, deadline: 2m}
strategies:
  - {name: one-key, base: key-pool-round-robin, route: {keys: 1}}
  - key-pool-round-robin
  - key-pool-random
  - key-pool-least-in-flight
  - key-pool-p2c
  - key-pool-headroom
  - name: key-pool-sticky
    base: key-pool-sticky
    route: {sticky_wait: 1ns}
matrix: {server.keys_share_bucket: [true, false]}
`

// TestKeysOfOneOrganisation holds every way to choose among three keys against
// one key alone: in one organisation they get what it gets, in three they get
// everything.
func TestKeysOfOneOrganisation(t *testing.T) {
	t.Parallel()
	s, err := scenario.Load("organisations.yaml", []byte(organisations), scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	variants, err := s.Expand()
	if err != nil {
		t.Fatal(err)
	}
	r, err := compare.Virtual(t.Context(), &compare.Grid{Variants: variants, Seeds: 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, shared := range []string{"true", "false"} {
		alone := goodput(t, r.Cells, "one-key", shared)
		for i := range r.Cells {
			c := &r.Cells[i]
			if c.Settings[0].Value != shared || c.Strategy == "one-key" {
				continue
			}
			got := goodput(t, r.Cells, c.Strategy, shared)
			t.Logf("shared %-5s %-25s %6.2f answers a minute, one key %6.2f", shared, c.Strategy, got, alone)
			switch {
			case shared == "true" && math.Abs(got-alone) > 0.03*alone:
				t.Errorf("%s: %.1f answers a minute with three keys of one organisation, %.1f with one of them", c.Strategy, got, alone)
			case shared == "false" && got < 1.6*alone:
				t.Errorf("%s: %.1f answers a minute with keys of three organisations, %.1f with one of them", c.Strategy, got, alone)
			}
		}
	}
}

func goodput(t *testing.T, cells []report.Cell, strategy, shared string) float64 {
	t.Helper()
	c := cellOf(cells, strategy, shared)
	if c == nil {
		t.Fatalf("no cell of %s with keys_share_bucket %s", strategy, shared)
	}
	return c.Metric("goodput_per_min").Value
}
