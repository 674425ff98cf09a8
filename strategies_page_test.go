package main

import (
	"fmt"
	"strings"
	"testing"

	"ratecliff/scenario"
)

// TestStrategiesPage looks for every strategy and technique of the articles. A
// twin is named after what it mends.
func TestStrategiesPage(t *testing.T) {
	t.Parallel()
	const page = "docs/strategies.md"
	body := text(t, page)
	all, err := scenario.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	seeds := 0
	for _, s := range all {
		if !strings.HasPrefix(s.Name, "seed-") {
			continue
		}
		seeds++
		if name := strings.TrimSuffix(s.Name, "-fixed"); !strings.Contains(body, "`"+name+"`") {
			t.Errorf("%s does not name %s", page, name)
		}
		if _, twin := strings.CutSuffix(s.Name, "-fixed"); twin {
			continue
		}
		if _, err := scenario.CatalogStrategy(s.Name + "-fixed"); err != nil && s.Name != "seed-a-limiter-unlocked" && s.Name != "seed-a-defence" {
			t.Errorf("%s has no twin", s.Name)
		}
	}
	if seeds < 2*18+2 {
		t.Errorf("%d strategies of the articles", seeds)
	}
	for id, last := range map[string]int{"S": 18, "T": 27} {
		for n := 1; n <= last; n++ {
			if name := fmt.Sprintf("%s%02d", id, n); !strings.Contains(body, name) {
				t.Errorf("%s does not name %s", page, name)
			}
		}
	}
}
