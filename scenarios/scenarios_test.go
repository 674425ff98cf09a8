package scenarios_test

import (
	"io/fs"
	"testing"

	"ratecliff/compare"
	"ratecliff/report"
	"ratecliff/scenario"
	"ratecliff/scenarios"
)

// seeds per cell: enough that no expectation holds by luck alone.
const seeds = 3

// TestExpectations runs every example in virtual time and judges what it expects.
func TestExpectations(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(scenarios.Files, "*.yaml")
	if err != nil || len(names) < 10 {
		t.Fatalf("examples: %v %v", names, err)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, cells := play(t, name, seeds)
			for i := range s.Expectations {
				e := &s.Expectations[i]
				if judged := judge(t, e, cells); judged == 0 {
					t.Errorf("%v: judged nowhere", e)
				}
			}
		})
	}
}

func play(t *testing.T, name string, seeds int) (*scenario.Scenario, []report.Cell) {
	t.Helper()
	src, err := scenarios.Files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenario.Load(name, src, scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	variants, err := s.Expand()
	if err != nil {
		t.Fatal(err)
	}
	r, err := compare.Virtual(t.Context(), &compare.Grid{Variants: variants, Seeds: seeds})
	if err != nil {
		t.Fatal(err)
	}
	return s, r.Cells
}

// judge counts the settings an expectation was judged in; for best, one
// strategy of each has to meet it.
func judge(t *testing.T, e *scenario.Expectation, cells []report.Cell) int {
	t.Helper()
	met := map[string]bool{}
	for i := range cells {
		c := &cells[i]
		settings := make([]scenario.Setting, len(c.Settings))
		for k, s := range c.Settings {
			settings[k] = scenario.Setting{Path: s.Path, Value: s.Value}
		}
		if !e.Applies(settings) || e.Subject != scenario.Every && e.Subject != scenario.Best && e.Subject != c.Strategy {
			continue
		}
		m := c.Metric(e.Metric)
		ok := m.Known() && e.Holds(m.Value)
		if at := c.Settings.String(); e.Subject == scenario.Best {
			met[at] = met[at] || ok
		} else if met[at] = ok; !ok {
			t.Errorf("%v: %s got %v %s", e, c.Label(), m.Value, m.Withheld)
		}
	}
	for at, ok := range met {
		if !ok {
			t.Errorf("%v: not met with %q", e, at)
		}
	}
	return len(met)
}
