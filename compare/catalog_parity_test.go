package compare

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"ratecliff/engine"
	"ratecliff/engine/live"
	"ratecliff/engine/sim"
	"ratecliff/load"
	"ratecliff/metrics"
	"ratecliff/mockserver"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/mockserver/model"
	"ratecliff/policy/catalog"
	"ratecliff/scenario"
)

// catalogScenario is small, so that the whole catalog is played, and has every
// limit at work on two classes of two tenants.
const catalogScenario = `
version: 1
name: catalog
duration: 30s
drain: 90s
server:
  rpm: 60
  itpm: 45000
  otpm: 6000
  burst: 8
  burst_window: 20s
  keys_share_bucket: true
  latency: {ttft: {dist: lognormal, p50: 0.6, p90: 1.5}, tokens_per_second: {dist: uniform, low: 60, high: 120}, refusal: 0.05}
classes:
  chat:
    tenant: small
    arrivals: {process: poisson, rate: 50/min}
    input: {dist: lognormal, p50: 500, p90: 1400, cap: 6000}
    output: {dist: uniform, low: 40, high: 260}
    max_tokens: 400
    stream: true
    priority: high
    deadline: 40s
    workers: 2
  bulk:
    tenant: large
    arrivals: {process: gamma, rate: 50/min, cv: 1.5}
    input: 1100
    output: 150
    max_tokens: 400
    deadline: 75s
    priority: low
  audit:
    tenant: large
    arrivals: {process: poisson, rate: 10/min}
    input: 2000
    output: 80
    max_tokens: 200
    priority: critical
strategies: [no-retry]
`

// catalogFiles are the repeatable strategies of the catalog by file: those that
// neither read a clock nor draw randomness of their own.
func catalogFiles(t *testing.T) map[string][]scenario.Strategy {
	t.Helper()
	all, err := scenario.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]scenario.Strategy{}
	for i := range all {
		s := &all[i]
		if len(s.Clocked()) == 0 && len(s.Random()) == 0 {
			file := fileOf(s.Name)
			out[file] = append(out[file], *s)
		}
	}
	return out
}

// fileOf is the file of the catalog that an entry stands in.
func fileOf(name string) string {
	for _, f := range catalog.Files() {
		if bytes.Contains(f.Text, []byte("- name: "+name+"\n    ")) {
			return f.Name
		}
	}
	return ""
}

// strategyCells is a cell for each strategy, under a scenario.
func strategyCells(t *testing.T, text string, strategies []scenario.Strategy) []cell {
	t.Helper()
	s, err := scenario.Load("catalog.yaml", []byte(text), scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	variants, err := s.Expand()
	if err != nil {
		t.Fatal(err)
	}
	variants[0].Scenario.Strategies = strategies
	cells, err := (&Grid{Variants: variants, Seeds: 1}).cells()
	if err != nil {
		t.Fatal(err)
	}
	return cells
}

// simulated is a run in virtual time with its digest. together counts the
// attempts that were sent at the very instant of another one.
func simulated(t *testing.T, c *cell, maxEvents int64) (snapshot *metrics.Snapshot, out sim.Outcome, together int) {
	t.Helper()
	seed := c.variant.Scenario.Seed
	stream, err := c.stream(&Grid{}, seed)
	if err != nil {
		t.Fatal(err)
	}
	server, err := model.New(c.server, seed)
	if err != nil {
		t.Fatal(err)
	}
	rec := metrics.NewRecorder(c.recorderConfig())
	sent := map[time.Duration]bool{}
	out = sim.Run(sim.Config{
		Engine: engine.New(c.engineConfig(seed, true)), Stream: stream, Server: server, Recorder: rec,
		Horizon: c.horizon(), MaxEvents: maxEvents, Digest: true, OnResult: func(r *load.Result) {
			for i := range r.History {
				if at := r.History[i].Started; sent[at] {
					together++
				} else {
					sent[at] = true
				}
			}
		},
	})
	return rec.Snapshot(out.End), out, together
}

// overHTTP is the same run over HTTP, within a bubble. The bubble is also what
// finds goroutines left behind: a test in it fails if any outlives it.
func overHTTP(t *testing.T, c *cell, log *engine.Log) (*metrics.Snapshot, live.Outcome) {
	t.Helper()
	seed := c.variant.Scenario.Seed
	srv := mockservertest.StartInMemory(t, mockserver.Config{Model: c.server, Seed: seed, TrustHints: true, WriteEvery: time.Millisecond})
	stream, err := c.stream(&Grid{}, seed)
	if err != nil {
		t.Fatal(err)
	}
	keys := make([]live.Secret, max(c.strategy.Route.Keys, 1))
	for i := range keys {
		keys[i] = live.Secret(fmt.Sprintf("mock-key-%d", i))
	}
	rec := metrics.NewRecorder(c.recorderConfig())
	out, err := live.Run(context.Background(), live.Config{
		Engine: engine.New(c.engineConfig(seed, false)), Stream: stream, Recorder: rec,
		Target:    live.Target{BaseURL: srv.URL, Keys: keys, Hints: true},
		Transport: srv.Client.Transport, Horizon: c.horizon(), Pacer: live.PacerTimer, Tap: log.Tap,
	})
	if err != nil || log.Err() != nil {
		t.Fatal(err, log.Err())
	}
	return rec.Snapshot(out.End), out
}

// What keeps a strategy from being the same to the last attempt.
//
// Together: several calls go at one instant, when a pause ends or a limit rises.
// Virtual time sends those in the order of the engine; over HTTP they reach the
// server in any order, and who of them is refused decides what comes after. Which
// strategies these are is measured. So it is with one that hammers without a
// pause: a clock that is read a nanosecond later decides who gets the next token.
//
// Told: it acts on what virtual time and the wire tell apart, which are reset
// headers, cut to whole seconds on the wire, and the usage of a stream that its
// deadline ends, whose input is known over HTTP by then. Calls that wait may so go
// a little earlier.
func hammers() []string { return []string{"seed-c-immediate"} }

func told() []string {
	return []string{"pacing", "share-50", "header-governor", "header-governor-fixed", "header-governor-aimd"}
}

// Every repeatable strategy of the catalog: two runs in virtual time are one run,
// the run over HTTP has the same attempts, refusals and results, and its events
// give the same actions again.
func TestTheCatalogOverHTTP(t *testing.T) {
	t.Parallel()
	for file, strategies := range catalogFiles(t) {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			for _, c := range strategyCells(t, catalogScenario, strategies) {
				t.Run(c.strategy.Name, func(t *testing.T) { playBothWays(t, &c) })
			}
		})
	}
}

func playBothWays(t *testing.T, c *cell) {
	want, first, together := simulated(t, c, 0)
	if _, second, _ := simulated(t, c, 0); second.Digest != first.Digest || first.Digest.Count() < 50 {
		t.Errorf("%x, then %x, after %d actions", first.Digest.Sum(), second.Digest.Sum(), first.Digest.Count())
	}
	var text bytes.Buffer
	var got *metrics.Snapshot
	var out live.Outcome
	synctest.Test(t, func(t *testing.T) { got, out = overHTTP(t, c, engine.NewLog(&text)) })
	switch name := c.strategy.Name; {
	case together > 0 || slices.Contains(hammers(), name):
		sameResults(t, want, got, few)
	case slices.Contains(told(), name):
		compareCounts(t, want, got)
		sameResults(t, want, got, few)
	default:
		sameCounts(t, want, got)
	}
	again, err := engine.Replay(&text, engine.New(c.engineConfig(c.variant.Scenario.Seed, false)))
	if err != nil || again != out.Digest {
		t.Errorf("replayed %x after %d actions, %v; want %x after %d", again.Sum(), again.Count(), err, out.Digest.Sum(), out.Digest.Count())
	}
}

// few is by how many arrivals of a class an ending may differ where one attempt
// more or less changes what comes after.
const few = 5

func sameCounts(t *testing.T, want, got *metrics.Snapshot) {
	t.Helper()
	if want.Attempts.Answered != got.Attempts.Answered {
		t.Errorf("attempts by outcome: %v over HTTP, %v in virtual time", got.Attempts.Answered, want.Attempts.Answered)
	}
	if want.Attempts.Refused != got.Attempts.Refused {
		t.Errorf("refusals by limit: %v over HTTP, %v in virtual time", got.Attempts.Refused, want.Attempts.Refused)
	}
	sameResults(t, want, got, 0)
}

// sameResults asks that as many arrivals of each class end each way, but for some.
func sameResults(t *testing.T, want, got *metrics.Snapshot, but int64) {
	t.Helper()
	if want.Attempts.Sent == 0 || got.Attempts.Sent == 0 {
		t.Error("nothing was sent")
	}
	for i := range want.Classes {
		a, b := &want.Classes[i], &got.Classes[i]
		if a.Arrivals != b.Arrivals || a.Arrivals < 5 {
			t.Errorf("class %d: %d arrivals over HTTP, %d in virtual time", i, b.Arrivals, a.Arrivals)
		}
		for o := range a.Finished {
			if d := a.Finished[o] - b.Finished[o]; max(d, -d) > but {
				t.Errorf("class %d, %v: %d over HTTP, %d in virtual time", i, load.Outcome(o), b.Finished[o], a.Finished[o])
			}
		}
	}
}
