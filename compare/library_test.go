package compare

import (
	"reflect"
	"strings"
	"testing"

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
