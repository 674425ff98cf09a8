package compare

import (
	"bytes"
	"context"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"ratecliff/engine"
	"ratecliff/engine/live"
	"ratecliff/load"
	"ratecliff/metrics"
	"ratecliff/mockserver"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/mockserver/model"
	"ratecliff/scenario"
)

// parityScenario has all three limits at work: two classes, streaming and not,
// a strategy of each kind.
const parityScenario = `
version: 1
name: parity
duration: 90s
drain: 2m
server:
  rpm: 90
  itpm: 45000
  otpm: 9000
  burst: 20
  latency: {ttft: {dist: lognormal, p50: 0.6, p90: 1.5}, tokens_per_second: {dist: uniform, low: 60, high: 120}, refusal: 0.05}
classes:
  chat:
    arrivals: {process: poisson, rate: 60/min}
    input: {dist: lognormal, p50: 500, p90: 1400, cap: 6000}
    output: {dist: uniform, low: 40, high: 260}
    max_tokens: 400
    stream: true
    priority: high
  bulk:
    arrivals: {process: gamma, rate: 50/min, cv: 1.5}
    input: 900
    output: 150
    max_tokens: 400
    deadline: 60s
    priority: low
strategies:
  - no-retry
  - full-jitter
  - retry-after-jitter
  - sdk-go
  - token-bucket
  - semaphore-5
  - priority-queue
  - {name: hedged, base: retry-after-jitter, scope: shared, hedge: {quantile: 0.6, max_share: 0.3, headroom: 0.05}}
`

func parityCells(t *testing.T, set ...string) []cell {
	t.Helper()
	s, err := scenario.Load("parity.yaml", []byte(parityScenario), scenario.Options{Set: set})
	if err != nil {
		t.Fatal(err)
	}
	variants, err := s.Expand()
	if err != nil {
		t.Fatal(err)
	}
	cells, err := (&Grid{Variants: variants, Seeds: 1}).cells()
	if err != nil {
		t.Fatal(err)
	}
	return cells
}

func virtualRun(t *testing.T, c *cell, k int) *metrics.Snapshot {
	t.Helper()
	p := pool{grid: &Grid{Seeds: 1}}
	s, _, err := p.play(t.Context(), c, k, &desk{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// httpRun plays the cell over HTTP: server, client and network run inside a
// bubble whose clock only moves when all of them wait.
func httpRun(t *testing.T, c *cell, k int, tap func(time.Duration, engine.Event)) *metrics.Snapshot {
	t.Helper()
	seed := c.variant.Scenario.Seed + uint64(k)
	srv := mockservertest.StartInMemory(t, mockserver.Config{Model: c.server, Seed: seed, TrustHints: true, WriteEvery: time.Millisecond})
	stream, err := c.stream(&Grid{}, seed)
	if err != nil {
		t.Fatal(err)
	}
	rec := metrics.NewRecorder(c.recorderConfig())
	out, err := live.Run(context.Background(), live.Config{
		Engine: engine.New(c.engineConfig(seed, false)), Stream: stream, Recorder: rec,
		Target:    live.Target{BaseURL: srv.URL, Keys: []live.Secret{"k"}, Hints: true},
		Transport: srv.Client.Transport, Horizon: c.horizon(), Pacer: live.PacerTimer, Tap: tap,
	})
	if err != nil {
		t.Fatal(err)
	}
	return rec.Snapshot(out.End)
}

// paritySeeds is how many runs are added up. No two arrivals of the scenario
// fall on one instant: those would reach the server over HTTP in any order.
const paritySeeds = 2

// The same scenario through both drivers against the same model: attempts by
// outcome and refusals by dimension agree within 3 %, and so do the latencies.
func TestVirtualTimePredictsHTTP(t *testing.T) {
	t.Parallel()
	for _, policy := range []model.Output{model.AsProduced, model.Reserve, model.Postpaid} {
		for _, c := range parityCells(t, "server.otpm_policy="+string(policy)) {
			t.Run(string(policy)+"/"+c.strategy.Name, func(t *testing.T) {
				t.Parallel()
				var simulated, wall *metrics.Snapshot
				for k := range paritySeeds {
					simulated = added(t, simulated, virtualRun(t, &c, k))
					synctest.Test(t, func(t *testing.T) { wall = added(t, wall, httpRun(t, &c, k, nil)) })
				}
				compareCounts(t, simulated, wall)
				compareTimings(t, simulated, wall)
				if c.strategy.Hedge != nil {
					compareWaste(t, simulated, wall)
				}
			})
		}
	}
}

func added(t *testing.T, sum, s *metrics.Snapshot) *metrics.Snapshot {
	t.Helper()
	if sum == nil {
		return s
	}
	if err := sum.Merge(s); err != nil {
		t.Fatal(err)
	}
	return sum
}

// near allows for 3 % and a little more where little was counted.
func near(t *testing.T, what string, simulated, wall, floor float64) {
	t.Helper()
	if math.Abs(simulated-wall) > 0.03*math.Max(simulated, wall)+floor {
		t.Errorf("%s: %v simulated, %v over HTTP", what, simulated, wall)
	}
}

func compareCounts(t *testing.T, a, b *metrics.Snapshot) {
	t.Helper()
	for o := range a.Attempts.Answered {
		near(t, "attempts that ended "+load.Outcome(o).String(), float64(a.Attempts.Answered[o]), float64(b.Attempts.Answered[o]), 3)
	}
	for d := range a.Attempts.Refused {
		near(t, "refusals by "+load.Dimension(d).String(), float64(a.Attempts.Refused[d]), float64(b.Attempts.Refused[d]), 3)
	}
}

// compareWaste asks that copies were given up, and that they cost the same.
func compareWaste(t *testing.T, a, b *metrics.Snapshot) {
	t.Helper()
	if n := a.Attempts.Answered[load.Cancelled]; n < 15 {
		t.Errorf("%d attempts given up prove too little", n)
	}
	for i := range a.Billed {
		near(t, "prompt tokens billed", float64(a.Billed[i].Tokens.Prompt()), float64(b.Billed[i].Tokens.Prompt()), 0)
	}
	const wasted = "wasted_tokens_ratio"
	near(t, wasted, a.Values()[wasted].V, b.Values()[wasted].V, 0.01)
}

func compareTimings(t *testing.T, a, b *metrics.Snapshot) {
	t.Helper()
	for i := range a.Classes {
		x, y := &a.Classes[i].Timings[load.OK], &b.Classes[i].Timings[load.OK]
		for _, q := range []float64{0.5, 0.9} {
			near(t, "response time", x.Response.Quantile(q).Seconds(), y.Response.Quantile(q).Seconds(), 0.01)
			near(t, "service time", x.Service.Quantile(q).Seconds(), y.Service.Quantile(q).Seconds(), 0.01)
			near(t, "time to first token", x.TTFT.Quantile(q).Seconds(), y.TTFT.Quantile(q).Seconds(), 0.01)
			near(t, "queue wait", x.Queue.Quantile(q).Seconds(), y.Queue.Quantile(q).Seconds(), 0.01)
		}
	}
}

// What a live run fed its engine gives the identical actions in virtual time.
func TestLiveLogReplaysToTheSameActions(t *testing.T) {
	t.Parallel()
	for _, c := range parityCells(t) {
		t.Run(c.strategy.Name, func(t *testing.T) {
			t.Parallel()
			seed := c.variant.Scenario.Seed
			var log bytes.Buffer
			var want engine.Digest
			synctest.Test(t, func(t *testing.T) {
				writer := engine.NewLog(&log)
				shadow := engine.New(c.engineConfig(seed, false))
				httpRun(t, &c, 0, func(now time.Duration, ev engine.Event) {
					writer.Tap(now, ev)
					want.Add(now, shadow.Step(now, ev))
				})
				if writer.Err() != nil {
					t.Fatal(writer.Err())
				}
			})
			got, err := engine.Replay(&log, engine.New(c.engineConfig(seed, false)))
			if err != nil || got != want || want.Count() < 100 {
				t.Fatalf("replayed %x after %d actions, %v; want %x after %d", got.Sum(), got.Count(), err, want.Sum(), want.Count())
			}
		})
	}
}
