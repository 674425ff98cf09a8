package compare

import "testing"

// refusedAtOnce is a hundred calls at once against a bucket of ten that refills
// too slowly to matter: ninety are refused, and all of their retries.
const refusedAtOnce = `
version: 1
name: budgets
duration: 10s
drain: 10m
server: {rpm: 1, burst: 10, retry_after: omit, latency: {ttft: 0.5, tokens_per_second: 200, refusal: 0.05}}
classes:
  calls: {arrivals: {process: burst, n: 100}, oversize: true, input: 100, output: 100, max_tokens: 100}
strategies: [budget-aws, budget-finagle-no-reserve, budget-grpc, budget-token-bucket, budget-in-flight-early,
  {name: budget-finagle-hasty, base: budget-finagle, retry: [{attempts: 8, delay: {kind: immediate}, budget: {kind: finagle, share: 0.2, reserve: 10}}]},
  {name: aws-hasty, base: aws-standard, retry: [{attempts: 8, delay: {kind: immediate}, budget: {kind: bucket, capacity: 500, cost: 5, deposit: 1}}]}]
`

// A budget is what bounds the price when everything is refused: a hundred first
// requests, and as many retries as it pays for.
func TestBudgetsBoundThePrice(t *testing.T) {
	t.Parallel()
	got := playAll(t, refusedAtOnce, 3, 0)
	for _, row := range []struct {
		name string
		want int64 // attempts of a run
	}{
		{"aws-hasty", 200},                 // 500 tokens at 5
		{"budget-finagle-hasty", 220},      // 10 a second for 10 s, and a fifth of 100 calls
		{"budget-finagle-no-reserve", 120}, // a fifth of 100 calls
		{"budget-grpc", 104},               // of 10 tokens, more than 5 are left four times
		{"budget-token-bucket", 110},       // 10 tokens at 1
	} {
		attempts, successes, _ := got[row.name].total()
		if attempts != 3*row.want || successes != 30 {
			t.Errorf("%s: %d attempts and %d successes in three runs, want %d and 30", row.name, attempts, successes, 3*row.want)
		}
	}
}
