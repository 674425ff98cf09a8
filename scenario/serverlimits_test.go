package scenario_test

import (
	"strings"
	"testing"
	"time"

	"ratecliff/mockserver/model"
	"ratecliff/ratelimit"
	"ratecliff/scenario"
)

// Every limit of the mock can be written in a scenario, and what is wrong with
// one is told by its path.
func TestServerLimits(t *testing.T) {
	t.Parallel()
	const head = "version: 1\nduration: 1m\nclasses: {c: {arrivals: {process: constant, rate: 1/s}, model: m, input: 10, output: 10}}\nstrategies: [no-retry]\nserver:\n"
	s, err := scenario.Load("limits.yaml", []byte(head+`
  rpm: 600
  itpm: 60000
  otpm: 60000
  algorithm: sliding-counter
  window_phase: 5s
  burst_windows: {rpm: 1s, itpm: 30s}
  start_levels: {otpm: 0.5}
  retry_after_min: 2s
  refusals: logged
  estimate: {bias: 0.1, error: 0.2}
  acceleration: {start: 25000, step: 70000}
  tokens_per_day: 5000000
  spend: {cap: 500, limit: 100, should_retry: false}
  count_tokens: {rpm: 5000}
  batches: {rpm: 1000, queued: 200000, per_batch: 100000}
  workspaces:
    small: {rpm: 60, concurrency: 3, spend_limit: 5, keys: ["0", sk-x]}
  key_limits:
    "*": {itpm: 30000}
`), scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := s.Server
	small := c.Workspaces["small"]
	if c.Algorithm != ratelimit.UseSlidingCounter || c.WindowPhase != 5*time.Second || c.BurstWindows.ITPM != 30*time.Second || *c.StartLevels.OTPM != 0.5 ||
		c.RetryAfterMin != 2*time.Second || c.Refusals != model.RefusalsLogged || c.Estimate.Error != 0.2 || c.Acceleration.Step != 70_000 ||
		c.TokensPerDay != 5_000_000 || *c.Spend.ShouldRetry || c.CountTokens.RPM != 5000 || c.Batches.PerBatch != 100_000 ||
		small.RPM != 60 || small.Concurrency != 3 || small.SpendLimit != 5 || len(small.Keys) != 2 || c.KeyLimits["*"].ITPM != 30_000 {
		t.Errorf("got %+v", c)
	}
	_, err = scenario.Load("wrong.yaml", []byte(head+`
  algorithm: leaky
  otpm_policy: as-produced
  noise: {share: 2}
  estimate: {error: -1}
  refusals: maybe
  burst_windows: {otpm: -1s}
  workspaces: {a: {rpm: -1, keys: [k]}, b: {keys: [k]}}
  spend: {cap: -1}
  pools: [{name: p, models: ["*"], long_context: {itpm: -1, above: -1}, fast: {otpm: -1}}]
`), scenario.Options{})
	for _, want := range []string{
		"server.algorithm is", "server.otpm_policy cannot", "server.noise.share is", "server.estimate.error is", "server.refusals is", "server.burst_windows.otpm is",
		"server.workspaces.a.rpm is", "server.workspaces.b.keys[0] is", "server.spend.cap is", "server.pools[0].long_context.itpm is", "server.pools[0].long_context.above is", "server.pools[0].fast.otpm is",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}
