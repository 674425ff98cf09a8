package model_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"ratecliff/load"
	"ratecliff/mockserver/model"
	"ratecliff/ratelimit"
)

// The published numbers, one row per class looked at; RPM, ITPM, OTPM.
func TestProfilesSayWhatWasPublished(t *testing.T) {
	t.Parallel()
	const k, m = 1000, 1_000_000
	for _, row := range []struct {
		profile, model, pool string
		rpm, itpm, otpm      ratelimit.PerMinute
		assumed              bool
	}{
		{"start", "claude-sonnet-5", "sonnet-5", 1000, 2 * m, 400 * k, false},
		{"start", "claude-fable-5-1", "fable-5", 1000, 500 * k, 100 * k, false},
		{"start", "claude-mythos-5", "mythos-5", 1000, 500 * k, 100 * k, false},
		{"start", "claude-opus-5-5", "opus-5.5", 1000, 2 * m, 400 * k, false},
		{"start", "claude-3-5-haiku-20241022", "haiku-3.5", 1000, 100 * k, 20 * k, false},
		{"build", "claude-opus-5", "opus-5", 5000, 5 * m, 1 * m, false},
		{"build", "claude-fable-5", "fable-5", 2000, 1500 * k, 300 * k, false},
		{"build", "claude-sonnet-5-5", "sonnet-5.5", 5000, 5 * m, 1 * m, true},
		{"build", "claude-opus-4-8", "opus-4", 5000, 5 * m, 1 * m, false},
		{"scale", "claude-haiku-5-5", "haiku-5.5", 10_000, 10 * m, 2 * m, false},
		{"scale", "claude-haiku-4-5-20251001", "haiku-4.5", 10_000, 10 * m, 2 * m, false},
		{"scale", "claude-sonnet-4-6", "sonnet-4", 10_000, 10 * m, 2 * m, false},
		{"scale", "claude-3-5-haiku-latest", "haiku-3.5", 4000, 400 * k, 80 * k, false},
		{"tier-1", "claude-sonnet-4-20250514", "sonnet-4", 50, 30 * k, 8 * k, false},
		{"tier-1", "claude-haiku-4-5", "haiku-4.5", 50, 50 * k, 10 * k, false},
		{"tier-2", "claude-3-7-sonnet-20250219", "sonnet-3.7", 1000, 40 * k, 16 * k, false},
		{"tier-3", "claude-opus-4-1", "opus-4", 2000, 800 * k, 160 * k, false},
		{"tier-4", "claude-opus-4-5", "opus-4", 4000, 2 * m, 400 * k, false},
		{"tier-4", "claude-3-haiku-20240307", "haiku-3", 4000, 400 * k, 80 * k, false},
	} {
		limits, err := model.Config{Profile: row.profile}.Limits()
		if err != nil {
			t.Fatal(err)
		}
		i, ok := model.PoolOf(limits, row.model)
		if !ok {
			t.Errorf("%s: no pool for %s", row.profile, row.model)
			continue
		}
		if l := limits[i]; l.Name != row.pool || l.RPM != row.rpm || l.ITPM != row.itpm || l.OTPM != row.otpm || l.Assumed != row.assumed ||
			l.CacheReadsCount != strings.HasPrefix(l.Name, "haiku-3") {
			t.Errorf("%s %s: %+v", row.profile, row.model, l)
		}
	}
}

func TestEveryProfileIsDatedAndValid(t *testing.T) {
	t.Parallel()
	if want := []string{"build", "scale", "start", "tier-1", "tier-2", "tier-3", "tier-4"}; !slices.Equal(model.Profiles(), want) {
		t.Errorf("profiles %v", model.Profiles())
	}
	for _, name := range model.Profiles() {
		p, err := model.LoadProfile(name)
		if err != nil || p.Name != name || p.Title == "" || p.Date == "" || p.Source == "" {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

func TestUnknownProfileNamesTheNearest(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"strat": "start", "tier1": "tier-1", "Scale": "scale", "enterprise-gold": ""} {
		_, err := model.LoadProfile(name)
		var unknown *model.UnknownProfileError
		if !errors.As(err, &unknown) || unknown.Nearest != want || !strings.Contains(err.Error(), "tier-4") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDecodeProfile(t *testing.T) {
	t.Parallel()
	good := `{"name":"mine","title":"","date":"2026-11-01","source":"own","pools":[{"name":"all","models":["*"],"rpm":5}]}`
	if p, err := model.DecodeProfile(strings.NewReader(good)); err != nil || p.Pools[0].RPM != 5 {
		t.Errorf("good: %+v, %v", p, err)
	}
	for _, bad := range []string{
		``, `[]`, good + `{}`, `{"name":"x"}`, strings.Replace(good, `"rpm":5`, `"rpm":-5`, 1), strings.Replace(good, `"rpm"`, `"rps"`, 1),
		good + strings.Repeat(" ", 1<<20),
	} {
		if _, err := model.DecodeProfile(strings.NewReader(bad)); err == nil {
			t.Errorf("accepted %.60q", bad)
		}
	}
}

func FuzzDecodeProfile(f *testing.F) {
	f.Add([]byte(`{"name":"mine","pools":[{"name":"all","models":["*"],"rpm":5,"itpm":100000000,"otpm":1}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := model.DecodeProfile(strings.NewReader(string(text)))
		if err != nil {
			return
		}
		m, err := model.New(model.Config{Pools: p.Pools}, 1)
		if err != nil {
			t.Fatalf("a decoded profile is refused: %v", err)
		}
		ask(m, 0, 1, 1, 1)
	})
}

func TestPrices(t *testing.T) {
	t.Parallel()
	table := model.Prices()
	if table.Date == "" || table.Source == "" {
		t.Error("prices without date and source")
	}
	each := load.Tokens{Input: 1e6, CacheWrite: 2e6, CacheRead: 3e6, Output: 4e6}
	for _, row := range []struct {
		model string
		want  float64 // 1×input + 2×write + 3×read + 4×output
	}{
		{"claude-fable-5-1", 10 + 25 + 0.75 + 200},
		{"claude-mythos-5", 10 + 25 + 3 + 200},
		{"claude-opus-5-5", 4 + 10 + 0.6 + 80},
		{"claude-opus-5", 5 + 12.5 + 1.5 + 100},
		{"claude-opus-4-6", 5 + 12.5 + 1.5 + 100},
		{"claude-opus-4-1-20250805", 15 + 37.5 + 4.5 + 300},
		{"claude-opus-4-20250514", 15 + 37.5 + 4.5 + 300},
		{"claude-sonnet-5-5", 2 + 5 + 0.3 + 40},
		{"claude-sonnet-5", 2 + 5 + 0.6 + 40},
		{"claude-sonnet-4-6", 3 + 7.5 + 0.9 + 60},
		{"claude-sonnet-4-5", 6 + 15 + 1.8 + 90}, // above 200 k
		{"claude-haiku-5-5", 0.5 + 1.25 + 0.15 + 10},
		{"claude-haiku-4-5-20251001", 1 + 2.5 + 0.3 + 20},
	} {
		price, ok := table.Lookup(row.model)
		if got := price.Cost(each); !ok || math.Abs(got-row.want) > 1e-9 {
			t.Errorf("%s: %v USD (known %v), want %v", row.model, got, ok, row.want)
		}
	}
	if _, ok := table.Lookup("gpt-4"); ok {
		t.Error("a price for a model nobody priced")
	}
}

// Haiku 5.5 costs five times as much above 100 k of prompt, cached or not, for
// every token of that request.
func TestLongPromptPrice(t *testing.T) {
	t.Parallel()
	price, _ := model.Prices().Lookup("claude-haiku-5-5")
	at := price.Cost(load.Tokens{Input: 40_000, CacheRead: 60_000, Output: 1000})
	above := price.Cost(load.Tokens{Input: 40_001, CacheRead: 60_000, Output: 1000})
	if math.Abs(at-0.0051) > 1e-9 || math.Abs(above-0.0255005) > 1e-9 {
		t.Errorf("at 100 k %v, above %v", at, above)
	}
}

// Every model of a current profile has a price, except those no list prices.
func TestProfilesAndPricesAgree(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"start", "build", "scale"} {
		p, err := model.LoadProfile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, pool := range p.Pools {
			for _, m := range pool.Models {
				if _, ok := model.Prices().Lookup(strings.TrimSuffix(m, "*")); !ok && pool.Name != "haiku-3.5" {
					t.Errorf("%s: no price for %s", name, m)
				}
			}
		}
	}
}

// The limits beside the classes: token counting and batches, as published.
func TestProfilesLimitTheOtherEndpoints(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		count, batch ratelimit.PerMinute
		queued, per  int64
	}{
		"start": {5000, 1000, 200_000, 100_000}, "build": {10_000, 2000, 300_000, 100_000}, "scale": {20_000, 4000, 500_000, 100_000},
		"tier-1": {0, 50, 100_000, 0}, "tier-2": {0, 1000, 200_000, 0}, "tier-3": {0, 2000, 300_000, 0}, "tier-4": {0, 4000, 500_000, 0},
	} {
		p, err := model.LoadProfile(name)
		if err != nil {
			t.Fatal(err)
		}
		if p.CountTokens.RPM != want.count || p.Batches != (model.BatchLimits{RPM: want.batch, Queued: want.queued, PerBatch: want.per}) {
			t.Errorf("%s: %+v, %+v", name, p.CountTokens, p.Batches)
		}
		long := p.Pools[0].LongContext
		if has := long != nil; has != (name == "tier-4") || has && (long.ITPM != 1_000_000 || long.OTPM != 200_000 || long.Above != 0) {
			t.Errorf("%s: long context %+v", name, long)
		}
	}
}
