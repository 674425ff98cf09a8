package model_test

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver/model"
	"ratecliff/ratelimit"
)

func paths(problems []load.Problem) []string {
	var all []string
	for _, p := range problems {
		all = append(all, p.Path)
	}
	slices.Sort(all)
	return all
}

func TestValidateReportsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	bad := model.Config{
		Profile: "stat", Pools: []model.Pool{{RPM: -1, Models: []string{"a*b", ""}}, {Name: "x"}, {Name: "y", Models: []string{"a*b"}}},
		RPM: -1, ITPM: 200_000_000, OTPM: -7, Burst: -1, BurstWindow: -time.Second, StartLevel: share(math.NaN()), Concurrency: -1,
		RetryAfter: "soon", Output: "later", Latency: model.Latency{TTFT: load.Dist{Kind: "wobbly"}},
	}
	got := paths(bad.Validate())
	for _, want := range []string{
		"rpm", "itpm", "otpm", "burst", "burst_window", "start_level", "concurrency", "retry_after", "otpm_policy", "profile", "pools",
		"pools[0].rpm", "pools[0].name", "pools[0].models[0]", "pools[0].models[1]", "pools[1].models", "pools[2].models[0]",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no problem at %s; got %v", want, got)
		}
	}
	if !slices.ContainsFunc(got, func(p string) bool { return strings.HasPrefix(p, "latency.ttft") }) {
		t.Errorf("no problem at latency.ttft; got %v", got)
	}
	var wrong *model.ConfigError
	if _, err := model.New(bad, 1); !errors.As(err, &wrong) || len(wrong.Problems) != len(got) {
		t.Errorf("New: %v", err)
	}
}

func TestGoodConfigs(t *testing.T) {
	t.Parallel()
	for _, c := range []model.Config{
		{},
		{RPM: 100_000_000, ITPM: 100_000_000, OTPM: 100_000_000},
		{Profile: "tier-1", RPM: 10, RetryAfter: "10s", StartLevel: share(0), Output: model.Reserve},
		{Pools: []model.Pool{{Name: "x", Models: []string{"*"}}}},
	} {
		if problems := c.Validate(); len(problems) > 0 {
			t.Errorf("%+v: %v", c, problems)
		}
	}
	if p := (model.Config{ITPM: 100_000_000, BurstWindow: 2 * time.Minute}).Validate(); len(p) != 1 || p[0].Path != "burst_window" {
		t.Errorf("a bucket too large to be exact: %v", p)
	}
}

func TestLimitsResolve(t *testing.T) {
	t.Parallel()
	limits := func(c model.Config) model.PoolLimits {
		all, err := c.Limits()
		if err != nil {
			t.Fatal(err)
		}
		i, ok := model.PoolOf(all, "claude-sonnet-5")
		if !ok {
			t.Fatal("no pool")
		}
		return all[i]
	}
	for _, row := range []struct {
		cfg   model.Config
		rpm   ratelimit.PerMinute
		burst ratelimit.Cost
	}{
		{model.Config{}, 0, ratelimit.Cost{}},
		{model.Config{RPM: 60, ITPM: 90}, 60, ratelimit.Cost{Requests: 60, Input: 90}},
		{model.Config{RPM: 60, ITPM: 90, BurstWindow: time.Second}, 60, ratelimit.Cost{Requests: 1, Input: 1}},
		{model.Config{RPM: 60, ITPM: 90, BurstWindow: 10 * time.Second, Burst: 7}, 60, ratelimit.Cost{Requests: 7, Input: 15}},
		{model.Config{Profile: "build"}, 5000, ratelimit.Cost{Requests: 5000, Input: 5_000_000, Output: 1_000_000}},
		{model.Config{Profile: "build", RPM: 50}, 50, ratelimit.Cost{Requests: 50, Input: 5_000_000, Output: 1_000_000}},
		{model.Config{ITPM: 5, Burst: 7}, 0, ratelimit.Cost{Input: 5}},
	} {
		if l := limits(row.cfg); l.RPM != row.rpm || l.Burst != row.burst {
			t.Errorf("%+v: %+v", row.cfg, l)
		}
	}
}

func TestConfigSurvivesJSON(t *testing.T) {
	t.Parallel()
	c := model.Config{Profile: "start", Burst: 3, StartLevel: share(0), RetryAfter: model.Full, Output: model.Reserve, BurstWindow: time.Second}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back model.Config
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if back.Profile != c.Profile || back.Burst != 3 || *back.StartLevel != 0 || back.RetryAfter != model.Full || back.Output != model.Reserve || back.BurstWindow != time.Second {
		t.Errorf("%s became %+v", text, back)
	}
}
