package compare

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/scenario"
)

// azureTrace is an hour of conversations of the Azure Public Dataset (2023).
const azureTrace = "AzureLLMInferenceTrace_conv.csv"

// openTrace reads the trace, or skips the test where it is not at hand.
func openTrace(t *testing.T) load.Trace {
	t.Helper()
	folder := os.Getenv("RATECLIFF_TRACES")
	f, err := os.Open(filepath.Join(folder, azureTrace))
	if folder == "" || err != nil {
		t.Skipf("the Azure conversation trace is not here (set RATECLIFF_TRACES to its folder): %v", err)
	}
	defer f.Close()
	trace, err := load.ReadTrace(f, load.TraceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

// What burstiness costs: the share of the requests of the trace that one full
// bucket refuses, without retries, when its limit is k times the mean demand and
// it holds 60, 10 or 1 s of the limit. A table by others of the same trace, mostly
// in whole percents: met within half a point.
func TestAzureTraceRefusedShares(t *testing.T) {
	t.Parallel()
	trace := openTrace(t)
	minutes, tokens := (trace.Row(trace.Len()-1).At - trace.Row(0).At).Minutes(), 0.0
	for i := range trace.Len() {
		tokens += float64(trace.Row(i).Tokens.Input)
	}
	for _, row := range []struct {
		limit  string
		demand float64 // per minute
		window time.Duration
		known  map[float64]float64 // k to percent
	}{
		{"rpm", float64(trace.Len()) / minutes, 60 * time.Second, map[float64]float64{1: 7, 1.25: 0, 1.5: 0, 2: 0, 3: 0}},
		{"rpm", float64(trace.Len()) / minutes, 10 * time.Second, map[float64]float64{1: 9, 1.5: 0, 2: 0, 3: 0, 5: 0}},
		{"rpm", float64(trace.Len()) / minutes, time.Second, map[float64]float64{1: 14, 2: 0, 3: 0, 5: 0, 8: 0}},
		{"itpm", tokens / minutes, 60 * time.Second, map[float64]float64{1: 3.6, 1.25: 1.6, 1.5: 0.1, 2: 0, 3: 0}},
		{"itpm", tokens / minutes, 10 * time.Second, map[float64]float64{1: 4.6, 1.5: 0.8, 2: 0, 3: 0, 5: 0}},
		{"itpm", tokens / minutes, time.Second, map[float64]float64{1: 8, 2: 0.6, 3: 0, 5: 0, 8: 0}},
	} {
		for k, want := range row.known {
			got := refusedOfTrace(t, trace, fmt.Sprintf("%s: %.0f, burst_window: %v", row.limit, k*row.demand, row.window))
			t.Logf("%s, %v, k = %v: %.2f %%, known %v", row.limit, row.window, k, got, want)
			if math.Abs(got-want) > 0.5 {
				t.Errorf("%s, capacity of %v, k = %v: %.2f %% refused, want %v", row.limit, row.window, k, got, want)
			}
		}
	}
}

// refusedOfTrace is the percentage of the trace's requests that a server
// refuses.
func refusedOfTrace(t *testing.T, trace load.Trace, server string) float64 {
	t.Helper()
	text := fmt.Sprintf(`
version: 1
name: trace
duration: 2h
server: {%s}
classes:
  calls: {arrivals: {process: replay, file: %s}, oversize: true}
strategies: [no-retry]
`, server, azureTrace)
	s, err := scenario.Load("trace.yaml", []byte(text), scenario.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	variants, err := s.Expand()
	if err != nil {
		t.Fatal(err)
	}
	p := playGrid(t, &Grid{Variants: variants, Seeds: 1, Traces: map[string]load.Trace{azureTrace: trace}})["no-retry"]
	_, successes, arrivals := p.total()
	if arrivals != int64(trace.Len()) {
		t.Fatalf("%d arrivals of %d rows", arrivals, trace.Len())
	}
	return 100 * float64(arrivals-successes) / float64(arrivals)
}
