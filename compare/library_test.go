package compare

import (
	"context"
	"math"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"ratecliff/engine"
	"ratecliff/engine/live"
	"ratecliff/library"
	"ratecliff/metrics"
	"ratecliff/mockserver"
	"ratecliff/mockserver/journal"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/report"
	"ratecliff/scenario"
)

func librariesGrid(t *testing.T, strategies string) *Grid {
	t.Helper()
	s, err := scenario.Load("l.yaml", []byte(`
version: 1
name: l
duration: 60s
drain: 20m
server: {rpm: 50, burst: 10, latency: {ttft: 0.5, tokens_per_second: 80, refusal: 0.05}}
classes: {calls: {arrivals: {process: poisson, rate: 90/min}, input: 200, output: 120, max_tokens: 256, workers: 2}}
strategies: [`+strategies+`]
`), scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	variants, err := s.Expand()
	if err != nil {
		t.Fatal(err)
	}
	return &Grid{Variants: variants, Seeds: 3}
}

// A library without chance and the preset that imitates it give the same run.
func TestALibraryAndItsPresetAreOneRun(t *testing.T) {
	t.Parallel()
	r, err := Virtual(t.Context(), librariesGrid(t, "lib-go-retryablehttp, go-retryablehttp"))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := r.Cells[0].Metrics, r.Cells[1].Metrics; !reflect.DeepEqual(a, b) || len(a) == 0 {
		t.Errorf("the library and its preset differ:\n%v\n%v", a, b)
	}
	if v := r.Cells[0].Metric("amplification").Value; v < 2 {
		t.Errorf("amplification %v: nothing was retried", v)
	}
	if c := confessed(r, "not_repeatable"); c != nil {
		t.Errorf("%+v", c)
	}
}

func confessed(r *Result, kind string) *report.Confession {
	for i := range r.Confessions {
		if r.Confessions[i].Kind == kind {
			return &r.Confessions[i]
		}
	}
	return nil
}

func TestWhatCannotBeRepeatedIsSaid(t *testing.T) {
	t.Setenv(awsVariable, "true")
	r, err := Virtual(t.Context(), librariesGrid(t, "lib-cenkalti, lib-cenkalti-no-jitter, lib-aws-standard, full-jitter"))
	if err != nil {
		t.Fatal(err)
	}
	c := confessed(r, "not_repeatable")
	if c == nil || c.Count != 2 || !strings.HasSuffix(c.Text, ": lib-cenkalti, lib-aws-standard") {
		t.Errorf("%+v", c)
	}
	c = confessed(r, "aws_retry_mode")
	if c == nil || c.Count != 1 || !strings.Contains(c.Text, "2026 retry mode") {
		t.Errorf("%+v", c)
	}
}

func TestLibrariesThatReadTheClockStayOutOfOtherTimes(t *testing.T) {
	t.Parallel()
	g := librariesGrid(t, "full-jitter, lib-gobreaker")
	for name, play := range map[string]func() (*Result, error){
		"virtual":    func() (*Result, error) { return Virtual(t.Context(), g) },
		"compressed": func() (*Result, error) { return Wall(t.Context(), g, WallConfig{Compress: 20}) },
	} {
		if _, err := play(); err == nil || !strings.Contains(err.Error(), "strategy lib-gobreaker: gobreaker reads the wall clock") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// wrappedRun plays a cell over HTTP inside a bubble, with the libraries that make
// their own requests, and returns what the mock wrote down beside it.
func wrappedRun(t *testing.T, c *cell) (*metrics.Snapshot, []journal.Exchange) {
	t.Helper()
	seed := c.variant.Scenario.Seed
	srv := mockservertest.StartInMemory(t, mockserver.Config{Model: c.server, Seed: seed, TrustHints: true, Tail: 10_000})
	stream, err := c.stream(&Grid{}, seed)
	if err != nil {
		t.Fatal(err)
	}
	rec := metrics.NewRecorder(c.recorderConfig())
	out, err := live.Run(context.Background(), live.Config{
		Engine: engine.New(c.engineConfig(seed, false)), Stream: stream, Recorder: rec,
		Target:    live.Target{BaseURL: srv.URL, Keys: []live.Secret{"k"}, Hints: true},
		Transport: srv.Client.Transport, Wrap: library.Transport(c.strategy.Libraries), Horizon: c.horizon(), Pacer: live.PacerTimer,
	})
	if err != nil {
		t.Fatal(err)
	}
	return rec.Snapshot(out.End), srv.Journal()
}

// A library that makes its own requests, over HTTP, and what imitates it, in
// virtual time: the same attempts with the same outcomes, and each of them in
// the mock's journal.
func TestExecutorsAreCountedOnTheWire(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"lib-go-retryablehttp-client", "lib-go-retryablehttp"}, {"lib-failsafe-retry", "failsafe-go"}} {
		cells, err := librariesGrid(t, pair[0]+", "+pair[1]).cells()
		if err != nil {
			t.Fatal(err)
		}
		want := virtualRun(t, &cells[1], 0)
		synctest.Test(t, func(t *testing.T) {
			got, lines := wrappedRun(t, &cells[0])
			compareCounts(t, want, got)
			refused := 0
			for i := range lines {
				if lines[i].Status == http.StatusTooManyRequests {
					refused++
				}
			}
			arrivals, v := 0.0, got.Values()
			for i := range got.Classes {
				arrivals += float64(got.Classes[i].Arrivals)
			}
			if sent := math.Round(v["amplification"].V * arrivals); sent != float64(len(lines)) || sent < 120 {
				t.Errorf("%s: %v sent, %d in the journal", pair[0], sent, len(lines))
			}
			if r := math.Round(v["refused_ratio"].V * float64(len(lines))); r != float64(refused) || refused < 50 {
				t.Errorf("%s: %v refused, %d in the journal", pair[0], r, refused)
			}
			if a, b := want.Values()["amplification"].V, v["amplification"].V; math.Abs(a-b) > 0.03*a {
				t.Errorf("%s: amplification %v, in virtual time %v", pair[0], b, a)
			}
		})
	}
}
