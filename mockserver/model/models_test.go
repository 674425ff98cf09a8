package model

import "testing"

func TestModelTable(t *testing.T) {
	t.Parallel()
	table := Models()
	if table.Date == "" || table.Source == "" || len(table.Models) < 10 {
		t.Fatalf("%+v", table)
	}
	seen := map[string]bool{}
	prices := Prices()
	for i, m := range table.Models {
		if m.DisplayName == "" || m.MaxTokens <= 0 || m.MaxInputTokens < m.MaxTokens {
			t.Errorf("%+v", m)
		}
		if i > 0 && m.CreatedAt.After(table.Models[i-1].CreatedAt) {
			t.Errorf("%s is newer than the one before it", m.ID)
		}
		for _, name := range append([]string{m.ID}, m.Aliases...) {
			if seen[name] || !m.Is(name) {
				t.Errorf("%s is there twice, or not itself", name)
			}
			seen[name] = true
		}
		if _, ok := prices.Lookup(m.ID); !ok && m.ID != "claude-3-5-haiku-20241022" { // retired
			t.Errorf("%s has no price", m.ID)
		}
	}
	limits, err := Config{Profile: "start"}.Limits()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range table.Models {
		if _, ok := PoolOf(limits, m.ID); !ok {
			t.Errorf("%s is in no pool of profile start", m.ID)
		}
	}
}
