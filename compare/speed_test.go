package compare

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"ratecliff/scenario"
)

// crowd is a hundred calls at once, sixteen servers, and the first count
// strategies of the catalogue, over again where it has fewer.
func crowd(tb testing.TB, count int) []scenario.Variant {
	tb.Helper()
	catalog, err := scenario.Catalog()
	if err != nil {
		tb.Fatal(err)
	}
	var names []string
	for i := range catalog {
		if len(names) < count && len(catalog[i].Clocked()) == 0 && len(catalog[i].Random()) == 0 {
			names = append(names, catalog[i].Name)
		}
	}
	text := fmt.Sprintf(`
version: 1
name: crowd
duration: 10m
drain: 10m
server: {rpm: 50, burst: 10, latency: {ttft: 0.5, tokens_per_second: 100, refusal: 0.05}}
classes:
  calls: {arrivals: {process: burst, n: 100}, input: 200, output: 150, max_tokens: 200}
strategies: [%s]
matrix:
  server.burst: [1, 10, 25, 50]
  server.retry_after: [fits, full]
  server.refusals_charged: [false, true]
`, strings.Join(names, ", "))
	s, err := scenario.Load("crowd.yaml", []byte(text), scenario.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	variants, err := s.Expand()
	if err != nil {
		tb.Fatal(err)
	}
	return variants
}

// BenchmarkCrowd plays sixty strategies, and the whole catalogue, under sixteen
// servers, a seed at a time: fifty of its operations are the whole comparison.
func BenchmarkCrowd(b *testing.B) {
	b.Run("sixty", func(b *testing.B) { playCrowd(b, crowd(b, 60)) })
	b.Run("all", func(b *testing.B) { playCrowd(b, crowd(b, math.MaxInt)) })
}

func playCrowd(b *testing.B, variants []scenario.Variant) {
	b.Helper()
	cells, events := 0, int64(0)
	for b.Loop() {
		r, err := Virtual(b.Context(), &Grid{Variants: variants, Seeds: 1})
		if err != nil {
			b.Fatal(err)
		}
		cells, events = len(r.Cells), events+r.Events
	}
	b.ReportMetric(float64(cells), "runs/op")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
}

// A worker that goes from one cell to the next starts afresh: the order in which
// runs are dealt out leaves no trace.
func TestRecordersAreFreshForEveryRun(t *testing.T) {
	t.Parallel()
	variants := crowd(t, 4)[:2]
	alone, err := Virtual(t.Context(), &Grid{Variants: variants, Seeds: 1})
	if err != nil {
		t.Fatal(err)
	}
	again, err := Virtual(t.Context(), &Grid{Variants: variants[1:], Seeds: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range again.Cells {
		first := &alone.Cells[len(again.Cells)+i]
		for name, m := range again.Cells[i].Metrics {
			if got := first.Metric(name); got.Value != m.Value || got.Withheld != m.Withheld {
				t.Errorf("%s, %s: %v after others, %v alone", first.Strategy, name, got.Value, m.Value)
			}
		}
	}
}
