package compare

import (
	"math"
	"testing"
)

// atOnce is the situation of the table: 300 requests at once, each its own
// client; a bucket of 60 requests that refills at 1 a second; refusals that cost
// nothing; retry-after in whole seconds. A success takes 1 s: T* = (300 − 60) ÷ 1
// + 1 = 241 s. The table does not give the rest, but its numbers do. Refusals are
// answered after 80 ms: 240 clients that retry at once send 2995 a second. And at
// once means within a quarter of a second: when all start at the same instant,
// retry-after + U(0, 1 s) and full jitter have peaks of 223 and 159, not of 185
// and 190 attempts a second.
const atOnce = `
version: 1
name: at-once
duration: 60m
drain: 1h
server:
  rpm: 60
  burst: 60
  retry_after: fits
  latency: {ttft: 0.5, tokens_per_second: 200, refusal: 0.08}
classes:
  calls: {arrivals: {process: steps, even: true, steps: [{rate: 1250/s, for: 240ms}, {rate: 0}]}, input: 100, output: 100, max_tokens: 100}
strategies:
`

// leastMakespan is T* in seconds.
const leastMakespan = 241.0

// The rows, without end unless they say otherwise: those in which chance plays no
// part, and the others.
const (
	certainRows = `
  - {name: immediate, retry: [{unlimited: true, delay: {kind: immediate}}]}
  - {name: verbatim, retry: [{unlimited: true, delay: {kind: full-jitter, base: 1s, cap: 60s}, retry_after: {use: verbatim}}]}
  - {name: fixed, retry: [{unlimited: true, delay: {kind: fixed, base: 5s}}]}
  - {name: exponential, retry: [{unlimited: true, delay: {kind: exponential, base: 1s, cap: 60s}}]}
  - {name: shared, scope: shared, limiter: {share: 1.0, burst: 60}}
  - {name: share, scope: shared, limiter: {share: 0.9, burst: 54}}
  - {name: pacing, scope: shared, limiter: {share: 1.0, burst: 1}}
`
	chanceRows = `
  - {name: jittered, retry: [{unlimited: true, delay: {kind: full-jitter, base: 1s, cap: 60s}, retry_after: {use: add-jitter, jitter: 1s}}]}
  - {name: backoff, retry: [{unlimited: true, delay: {kind: full-jitter, base: 1s, cap: 60s}, retry_after: {use: add-delay}}]}
  - {name: equal, retry: [{unlimited: true, delay: {kind: equal-jitter, base: 1s, cap: 60s}}]}
  - {name: full, retry: [{unlimited: true, delay: {kind: full-jitter, base: 1s, cap: 60s}}]}
  - {name: decorrelated, retry: [{unlimited: true, delay: {kind: decorrelated, base: 1s, cap: 60s}}]}
  - {name: cenkalti, retry: [{unlimited: true, max_elapsed: 15m, delay: {kind: exponential, base: 500ms, factor: 1.5, cap: 60s, jitter_spread: 0.5}}]}
  - {name: sdk, retry: [{attempts: 3, delay: {kind: sdk, base: 500ms, cap: 8s, jitter_cut: 0.25}}]}
  - {name: tenacity, retry: [{attempts: 6, delay: {kind: full-jitter, base: 1s, cap: 60s}}]}
`
)

// row is a line of the table: what was known, and what this project says where
// the known number is wrong.
type row struct {
	makespan float64 // ÷ T*; 0 where not all are served
	attempts float64 // per success
	peak     float64 // attempts in a second, the first one left out; 0 where the table has none
	served   float64 // share
}

// The table of 300 requests at once: makespan within 2 %, attempts per success
// and peak within 5 %, shares served within a percentage point. Both tables are
// means, that one of 15 runs, this one of 100.
//
// One number differs. The table has 1.229 for cenkalti; here it is 1.200 ± 0.004,
// and 1.198 ± 0.002 in 600 runs of a separate simulation of fifty lines, in none
// of whose 40 groups of 15 the mean is above 1.220. Neither a cap after the
// jitter (1.10) nor none (1.40) gives 1.229, so the table's is taken for chance:
// runs differ by 0.042.
func TestThreeHundredAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("one engine at a time: there is nothing to race for, and it takes a minute under the detector")
	}
	t.Parallel()
	got := playAll(t, atOnce+certainRows, 1, 2_000_000)
	for name, p := range playAll(t, atOnce+chanceRows, 100, 2_000_000) {
		got[name] = p
	}
	for name, want := range map[string]row{
		"immediate":    {1.000, 1205, 2995, 1},
		"verbatim":     {1.004, 90.5, 240, 1},
		"jittered":     {1.002, 62.0, 185, 1},
		"backoff":      {1.096, 7.8, 183, 1},
		"fixed":        {1.017, 20.4, 240, 1},
		"exponential":  {1.016, 6.8, 240, 1},
		"equal":        {1.061, 7.0, 206, 1},
		"full":         {1.115, 8.1, 190, 1},
		"decorrelated": {1.106, 8.4, 131, 1},
		"cenkalti":     {1.198, 9.9, 239, 1},
		"shared":       {1.000, 1.00, 0, 1},
		"share":        {1.138, 1.00, 0, 1},
		"pacing":       {1.245, 1.00, 0, 1},
		"sdk":          {0, 12.8, 0, 0.20},
		"tenacity":     {0, 17.0, 0, 0.29},
	} {
		got[name].meets(t, name, &want)
	}
}

// meets compares runs with a row.
func (p *played) meets(t *testing.T, name string, want *row) {
	t.Helper()
	attempts, successes, arrivals := p.total()
	perSuccess, served := float64(attempts)/float64(successes), float64(successes)/float64(arrivals)
	makespan, peak := p.mean(t, "makespan_s")/leastMakespan, p.peak()
	t.Logf("%-14s makespan %.3f, %.2f attempts per success, peak %.0f, served %.1f %%", name, makespan, perSuccess, peak, 100*served)
	if p.capped > 0 {
		t.Errorf("%s: %d runs were ended by the event cap", name, p.capped)
	}
	for _, c := range []struct {
		what            string
		got, want, most float64
	}{
		{"makespan ÷ T*", makespan, want.makespan, 0.02 * want.makespan},
		{"attempts per success", perSuccess, want.attempts, 0.05 * want.attempts},
		{"peak", peak, want.peak, 0.05 * want.peak},
		{"share served", served, want.served, 0.01},
	} {
		if c.want > 0 && math.Abs(c.got-c.want) > c.most {
			t.Errorf("%s: %s is %.4g, want %.4g", name, c.what, c.got, c.want)
		}
	}
}
