package scenarios_test

import (
	"fmt"
	"testing"

	"ratecliff/compare"
	"ratecliff/scenario"
)

// hidden is a client that limits itself before a server whose bucket it cannot
// see.
const hidden = `
version: 1
duration: 60s
drain: 20m
server:
  rpm: 50
  burst: %d
  latency: {ttft: 0.5, tokens_per_second: 80, refusal: 0.05}
classes:
  calls: {arrivals: {process: burst, n: 200}, input: 200, output: 120, max_tokens: 256}
strategies:
  - {name: sliding-log, window: {requests: 50}, retry: []}
  - {name: five-a-second, limiter: {rpm: 300, burst: 10}, retry: []}
  - {name: paced, limiter: {rpm: 50, burst: 1}, retry: []}
`

// TestHiddenBurst reproduces what limiters at and above the published rate lose
// of 200 calls: the sliding log lets fifty go at once, so that all but what the
// bucket holds are refused in each of four minutes. Five a second have sent the
// last of them after (200−10)/5 = 38 s, when the server has let in the burst and
// 38·50/60 = 31 more; a prototype that polled took a second and a half longer and
// so was refused two calls less.
func TestHiddenBurst(t *testing.T) {
	t.Parallel()
	for burst, want := range map[int]map[string]int64{
		10: {"sliding-log": 160, "five-a-second": 159, "paced": 0},
		25: {"sliding-log": 100, "five-a-second": 144, "paced": 0},
		50: {"sliding-log": 0, "five-a-second": 119, "paced": 0},
	} {
		s, err := scenario.Load("hidden.yaml", fmt.Appendf(nil, hidden, burst), scenario.Options{})
		if err != nil {
			t.Fatal(err)
		}
		variants, err := s.Expand()
		if err != nil {
			t.Fatal(err)
		}
		r, err := compare.Virtual(t.Context(), &compare.Grid{Variants: variants, Seeds: 1})
		if err != nil {
			t.Fatal(err)
		}
		for i := range r.Cells {
			c := &r.Cells[i]
			if got := int64(c.Metric("refused_ratio").Value*200 + 0.5); got != want[c.Strategy] {
				t.Errorf("burst %d, %s: %d of 200 refused, want %d", burst, c.Strategy, got, want[c.Strategy])
			}
		}
	}
}
