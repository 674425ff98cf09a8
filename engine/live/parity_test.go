package live

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"ratecliff/engine"
	"ratecliff/engine/sim"
	"ratecliff/load"
	"ratecliff/metrics"
	"ratecliff/mockserver"
	"ratecliff/mockserver/model"
)

// tally is what both drivers must agree on.
type tally struct {
	results  [load.OutcomeCount]int
	refused  [load.DimensionCount]int
	attempts int
	response []time.Duration
}

func (c *tally) add(r *load.Result) {
	c.results[r.Outcome]++
	c.attempts += r.Attempts
	for _, a := range r.History {
		if a.Response.Outcome == load.Throttled {
			c.refused[a.Response.Dimension]++
		}
	}
	c.response = append(c.response, r.ResponseTime())
}

// TestParityWithVirtualTime plays the same traffic, with the same strategy
// against the same service, through both drivers: in virtual time and over HTTP
// (in a bubble, so that the network costs no time). What the service admits and
// refuses, by dimension, is the same; so are the response times, but for the
// microseconds by which the clock of a real run is cut.
func TestParityWithVirtualTime(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		server   model.Config
		stream   bool
		compress float64
	}{
		{"requests", model.Config{RPM: 300, Burst: 20}, false, 1},
		{"input tokens", model.Config{ITPM: 40_000}, false, 1},
		{"output tokens of streams", model.Config{OTPM: 30_000}, true, 1},
		{"everything, ten times as fast", model.Config{RPM: 400, ITPM: 60_000, OTPM: 60_000, Concurrency: 20}, true, 10},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := class(load.Process{Kind: load.Poisson, Rate: 10})
			c.Input, c.Output = load.Dist{Kind: "uniform", Low: 50, High: 250}, load.Dist{Kind: "uniform", Low: 20, High: 300}
			c.Stream, c.MaxTokens, c.Deadline = tt.stream, 400, 30*second
			var want tally
			simulate(t, c, tt.server, &want)
			synctest.Test(t, func(t *testing.T) {
				srv, err := mockserver.New(mockserver.Config{Model: tt.server, Seed: 7, TrustHints: true, Compress: tt.compress})
				if err != nil {
					t.Fatal(err)
				}
				got := overHTTP(t, c, srv.RoundTripper(), tt.compress)
				if got.results != want.results || got.refused != want.refused || got.attempts != want.attempts {
					t.Errorf("over HTTP %v results, %v refused, %d attempts\nin virtual time %v, %v, %d",
						got.results, got.refused, got.attempts, want.results, want.refused, want.attempts)
				}
				if want.results[load.OK] < 100 || want.attempts < 620 {
					t.Errorf("%d successes in %d attempts prove too little", want.results[load.OK], want.attempts)
				}
				for _, q := range []float64{.5, .9, .99} {
					within(t, "response time", quantile(got.response, q), quantile(want.response, q))
				}
			})
		})
	}
}

func simulate(t *testing.T, c load.Class, server model.Config, into *tally) {
	t.Helper()
	s := newSession(t, c, time.Minute, nil)
	m, err := model.New(server, 7)
	if err != nil {
		t.Fatal(err)
	}
	sim.Run(sim.Config{
		Engine: keeping(), Stream: s.Stream, Server: m,
		Recorder: metrics.NewRecorder(metrics.Config{Classes: []string{"test"}, Duration: time.Minute}), OnResult: into.add,
	})
}

func overHTTP(t *testing.T, c load.Class, rt http.RoundTripper, compress float64) *tally {
	t.Helper()
	got := &tally{}
	s := newSession(t, c, time.Minute, nil)
	s.Engine, s.OnResult, s.Transport, s.Target.Hints, s.Compress = keeping(), got.add, rt, true, compress
	s.run(t.Context(), t)
	return got
}

// keeping is an engine that retries and keeps every attempt.
func keeping() *engine.Engine {
	return engine.New(engine.Config{Seed: 7, Stack: retrying(6), KeepAttempts: true})
}
