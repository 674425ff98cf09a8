package scenarios_test

import (
	"math"
	"strings"
	"testing"

	"ratecliff/report"
	"ratecliff/scenario"
	"ratecliff/scenarios"
)

// gauntletRow is a strategy's cell of the table in docs/strategies.md: calls
// answered of a hundred and requests per call, with what retry-after means.
type gauntletRow struct {
	strategy, retryAfter string
	answered, requests   float64
}

// The table was measured with a prototype of its own, five seeds.
var gauntletTable = []gauntletRow{
	{"seed-a-backoff", "fits", 15, 5.4},
	{"seed-a-backoff", "full", 60, 4.5},
	{"seed-a-backoff", "omit", 34, 5.3},
	{"seed-b-nested", "fits", 48, 22.4},
	{"seed-b-nested", "full", 100, 5.9},
	{"seed-c-retry", "fits", 19, 5.3},
	{"seed-c-retry", "full", 60, 4.5},
	{"seed-d-double", "fits", 31, 4.4},
	{"seed-d-double", "full", 31, 4.4},
	{"seed-e-token-bucket-bare", "fits", 100, 13.5},
	{"seed-e-token-bucket-bare", "full", 100, 5.7},
	{"seed-e-backoff-bare", "fits", 47, 14.1},
	{"seed-e-backoff-bare", "full", 100, 6.7},
	{"sdk-python", "fits", 12, 2.8},
	{"sdk-python", "full", 30, 2.7},
	{"header-full-jitter", "fits", 97, 5.7},
	{"header-full-jitter", "full", 100, 4.2},
}

// TestGauntletTable holds every cell of the table: answered within 4 calls,
// requests per call within 10 %.
func TestGauntletTable(t *testing.T) {
	if testing.Short() {
		t.Skip("one engine at a time: there is nothing to race for, and it takes a minute under the detector")
	}
	t.Parallel()
	_, cells := play(t, "gauntlet.yaml", 5)
	for _, row := range gauntletTable {
		c := cellOf(cells, row.strategy, row.retryAfter)
		if c == nil {
			t.Errorf("no cell of %s with retry_after %s", row.strategy, row.retryAfter)
			continue
		}
		answered, requests := 100*c.Metric("success_ratio").Value, c.Metric("amplification").Value
		t.Logf("%-26s %-4s answered %5.1f of %3.0f, requests %5.2f of %4.1f", row.strategy, row.retryAfter, answered, row.answered, requests, row.requests)
		if math.Abs(answered-row.answered) > 4 || math.Abs(requests-row.requests) > 0.1*row.requests {
			t.Errorf("%s, retry_after %s: %.1f answered and %.2f requests per call, want %.0f and %.1f", row.strategy, row.retryAfter, answered, requests, row.answered, row.requests)
		}
	}
}

func cellOf(cells []report.Cell, strategy, retryAfter string) *report.Cell {
	for i := range cells {
		if cells[i].Strategy == strategy && cells[i].Settings[0].Value == retryAfter {
			return &cells[i]
		}
	}
	return nil
}

// The gauntlet leaves out none of the named strategies but those that link
// libraries of others, which have a scenario of their own.
func TestGauntletPlaysTheWholeCatalog(t *testing.T) {
	t.Parallel()
	catalog, err := scenario.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	text, err := scenarios.Files.ReadFile("gauntlet.yaml")
	if err != nil {
		t.Fatal(err)
	}
	sc, err := scenario.Load("gauntlet.yaml", text, scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range catalog {
		if name := catalog[i].Name; !strings.HasPrefix(name, "lib-") && sc.Strategy(name) == nil {
			t.Errorf("gauntlet.yaml does not play %s", name)
		}
	}
}
