package compare

import (
	"slices"
	"testing"

	"ratecliff/scenario"
)

// What a strategy sets itself makes cells of that strategy alone: the others are
// played once in each world. A pattern takes those that have the layer.
func TestClientSettingsMultiplyTheirStrategiesOnly(t *testing.T) {
	t.Parallel()
	const text = `
version: 1
name: sweep
duration: 10s
server: {rpm: 60}
classes:
  calls: {arrivals: {process: burst, n: 1}, input: 1, output: 1}
strategies:
  - {name: a, limiter: {share: 0.5}, retry: [{attempts: 1, delay: {kind: immediate}}]}
  - {name: aa, limiter: {share: 0.5}}
  - {name: b, retry: [{attempts: 1}]}
matrix:
  server.burst: [1, 10]
  strategies.a.retry.0.attempts: [1, 2]
  strategies.a*.limiter.share: [0.8, 0.9]
`
	sc, err := scenario.Load("sweep.yaml", []byte(text), scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	variants, err := sc.Expand()
	if err != nil {
		t.Fatal(err)
	}
	cells, err := (&Grid{Variants: variants, Seeds: 1}).cells()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range cells {
		if cells[i].settings[0].Value == "1" {
			got = append(got, cells[i].run(1).Label())
		}
	}
	const burst, attempts, share = "server.burst=1", ", strategies.a.retry.0.attempts=", ", strategies.a*.limiter.share="
	want := []string{
		"a (" + burst + attempts + "1" + share + "0.8)", "aa (" + burst + share + "0.8)", "b (" + burst + ")",
		"a (" + burst + attempts + "1" + share + "0.9)", "aa (" + burst + share + "0.9)",
		"a (" + burst + attempts + "2" + share + "0.8)", "a (" + burst + attempts + "2" + share + "0.9)",
	}
	if !slices.Equal(got, want) || len(cells) != 2*len(want) {
		t.Errorf("%d cells; with burst 1 %q, want %q", len(cells), got, want)
	}
}
