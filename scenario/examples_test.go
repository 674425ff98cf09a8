package scenario_test

import (
	"io/fs"
	"testing"

	"ratecliff/scenario"
	"ratecliff/scenarios"
)

func TestExamples(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(scenarios.Files, "*.yaml")
	if err != nil || len(names) < 10 {
		t.Fatalf("examples: %v %v", names, err)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src, err := scenarios.Files.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			s, err := scenario.Load(name, src, scenario.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(s.Expectations) == 0 || s.Description == "" {
				t.Error("an example expects something and says what it is about")
			}
			variants, err := s.Expand()
			if err != nil {
				t.Fatal(err)
			}
			if len(variants) != s.Cells() {
				t.Errorf("%d variants, want %d", len(variants), s.Cells())
			}
			for _, v := range variants {
				p := v.Scenario.Plan()
				if problems := p.Validate(); len(problems) > 0 {
					t.Errorf("%v: %v", v.Settings, problems)
				}
			}
		})
	}
}

func TestCatalog(t *testing.T) {
	t.Parallel()
	list, err := scenario.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 15 {
		t.Fatalf("%d strategies", len(list))
	}
	for _, s := range list {
		if s.Description == "" || s.Source == "" || s.Text == "" {
			t.Errorf("%s lacks a description, a source or its text", s.Name)
		}
	}
}
