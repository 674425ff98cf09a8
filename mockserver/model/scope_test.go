package model_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/mockserver/model"
	"ratecliff/ratelimit"
)

// from sends a stream of a key.
func from(m *model.Model, now time.Duration, key string, id uint64, input, output int64) model.Reply {
	var reply model.Reply
	m.Handle(now, &model.Request{
		ID: id, Attempt: 1, KeyID: key, Model: "m", Tokens: load.Tokens{Input: input, Output: output}, MaxTokens: 1000, Stream: true,
	}, &reply)
	return reply
}

func tiers() model.Config {
	return model.Config{
		RPM: 60, ITPM: 60_000, OTPM: 6000, Latency: speed,
		Workspaces: map[string]model.Workspace{
			"small": {ScopeLimits: model.ScopeLimits{RPM: 6, ITPM: 6000}, Keys: []string{"a", "b"}},
			"open":  {Keys: []string{"d"}},
		},
		KeyLimits: map[string]model.ScopeLimits{"b": {RPM: 1}, "*": {ITPM: 30_000}},
	}
}

// Every scope must admit; the one with the longest wait is named; nothing is
// charged anywhere when one refuses; and headers show the narrowest limit.
func TestScopesTimeline(t *testing.T) {
	t.Parallel()
	m := build(t, tiers())
	for i, row := range []struct {
		at    time.Duration
		key   string
		input int64
		dim   load.Dimension
		scope model.Scope
		name  string
		retry time.Duration
		limit int64
		rpm   int64 // remaining, as headers say it
		itpm  int64
	}{
		{0, "a", 1000, load.NoDimension, 0, "", 0, 0, 5, 5000},
		{0, "b", 1000, load.NoDimension, 0, "", 0, 0, 0, 4000},
		{0, "b", 1000, load.RPM, model.OfKey, "b", 60 * second, 1, 0, 4000},
		{0, "a", 5000, load.ITPM, model.OfWorkspace, "small", 10 * second, 6000, 4, 4000},
		{0, "a", 6001, load.ITPM, model.OfWorkspace, "small", 20 * second, 6000, 4, 4000}, // never fits there
		{0, "c", 29_000, load.NoDimension, 0, "", 0, 0, 57, 1000},                         // the default workspace has no limit, the key has
		{0, "d", 29_000, load.NoDimension, 0, "", 0, 0, 56, 0},                            // and its own bucket; the organisation has 0 left
		{0, "e", 100, load.ITPM, model.OfOrganization, "", second, 60_000, 56, 0},
	} {
		r := from(m, row.at, row.key, uint64(i), row.input, 0)
		limits := &r.Response.Limits
		if r.Response.Dimension != row.dim || r.Scope != row.scope || r.ScopeName != row.name || r.Response.RetryAfter != row.retry || r.Limit != row.limit ||
			limits.At(load.RPM).Remaining != row.rpm || limits.At(load.ITPM).Remaining != row.itpm {
			t.Errorf("row %d: %+v", i, r)
		}
		if r.Impossible != (row.input == 6001) {
			t.Errorf("row %d: impossible %v", i, r.Impossible)
		}
	}
}

// With a token limit below the organisation's, tokens-* say the most
// restrictive limit; without one nothing is said, and it is the sum.
func TestCombinedTokens(t *testing.T) {
	t.Parallel()
	cfg := tiers()
	cfg.KeyLimits = nil
	m := build(t, cfg)
	if r := from(m, 0, "a", 1, 1000, 0); !r.Combined.Known || r.Combined.Limit != 6000 || r.Combined.Remaining != 5000 || r.Combined.Reset != 10*second {
		t.Errorf("limited workspace: %+v", r.Combined)
	}
	if r := from(m, 0, "d", 2, 1000, 0); r.Combined.Known {
		t.Errorf("workspace without limits: %+v", r.Combined)
	}
	if r := from(m, 0, "nobody", 3, 1000, 0); r.Combined.Known {
		t.Errorf("default workspace: %+v", r.Combined)
	}
}

// A request may name its workspace; keys in simulation go by their index.
func TestWorkspaceOfARequest(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{RPM: 60, Latency: speed, Workspaces: map[string]model.Workspace{
		"one": {ScopeLimits: model.ScopeLimits{RPM: 1}, Keys: []string{"0"}}, "two": {ScopeLimits: model.ScopeLimits{RPM: 2}},
	}})
	for i, row := range []struct {
		key       int
		workspace string
		want      model.Scope
		limit     int64
	}{{0, "", 0, 0}, {0, "", model.OfWorkspace, 1}, {1, "", 0, 0}, {0, "two", 0, 0}, {1, "two", 0, 0}, {1, "two", model.OfWorkspace, 2}, {1, "unknown", 0, 0}} {
		var r model.Reply
		m.Handle(0, &model.Request{ID: uint64(i), Attempt: 1, Key: row.key, Workspace: row.workspace, Model: "m"}, &r)
		if r.Scope != row.want || r.Limit != row.limit {
			t.Errorf("row %d: %+v", i, r)
		}
	}
}

func TestScopesCapConnectionsAndMoney(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{Latency: speed, Concurrency: 3, Workspaces: map[string]model.Workspace{
		"w": {ScopeLimits: model.ScopeLimits{Concurrency: 1, SpendLimit: 0.01}, Keys: []string{"a"}},
	}})
	from(m, 0, "a", 1, 0, 100)
	if r := from(m, 0, "a", 2, 0, 100); r.Response.Dimension != load.Concurrency || r.Scope != model.OfWorkspace || r.ScopeName != "w" || r.Limit != 1 {
		t.Errorf("second of the workspace: %+v", r)
	}
	if r := from(m, 0, "b", 3, 0, 100); r.Response.Outcome != load.OK {
		t.Errorf("another key: %+v", r)
	}
	var r model.Reply
	m.Handle(10*second, &model.Request{ID: 4, Attempt: 1, KeyID: "a", Model: "claude-sonnet-5", Tokens: load.Tokens{Input: 5000}}, &r)
	m.Handle(20*second, &model.Request{ID: 5, Attempt: 1, KeyID: "a", Model: "claude-sonnet-5", Tokens: load.Tokens{Input: 1}}, &r)
	if r.Response.Status != 400 || r.Cause != model.SpendLimit || r.Scope != model.OfWorkspace || r.Response.ErrorType != "invalid_request_error" || r.Response.HasRetryAfter {
		t.Errorf("a cent spent: %+v", r)
	}
	if r := from(m, 20*second, "b", 6, 0, 100); r.Response.Outcome != load.OK {
		t.Errorf("another key: %+v", r)
	}
}

// All or none over all scopes: after any history no bucket of a narrower scope
// lost anything to a request that a wider one refused, and the organisation lost
// exactly the sum.
func TestScopesChargeAllOrNone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		cfg := tiers()
		cfg.Output = rapid.SampledFrom([]model.Output{model.AsProduced, model.Reserve, model.Postpaid}).Draw(r, "policy")
		m, alone := build(t, cfg), build(t, model.Config{RPM: 60, ITPM: 60_000, OTPM: 6000, Latency: speed, Output: cfg.Output})
		now := time.Duration(0)
		for id := range uint64(rapid.IntRange(1, 40).Draw(r, "requests")) {
			now += time.Duration(rapid.Int64Range(0, int64(4*time.Second)).Draw(r, "gap"))
			key := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(r, "key")
			input, output := rapid.Int64Range(0, 7000).Draw(r, "input"), rapid.Int64Range(0, 900).Draw(r, "output")
			before := m.Levels(now)
			reply := from(m, now, key, id, input, output)
			if reply.Response.Outcome == load.OK {
				from(alone, now, key, id, input, output) // admitted by all, so by the organisation
			} else {
				unchanged(r, before, m.Levels(now))
			}
			if rapid.IntRange(0, 4).Draw(r, "cancel") == 0 {
				m.Cancel(now, reply.Handle)
				if reply.Response.Outcome == load.OK {
					alone.Cancel(now, reply.Handle)
				}
			}
		}
		org, want := m.Levels(now + time.Minute)[:3], alone.Levels(now+time.Minute)
		for i := range want {
			if org[i] != want[i] {
				r.Fatalf("the organisation stands at %+v, alone at %+v", org[i], want[i])
			}
		}
	})
}

func unchanged(r *rapid.T, before, after []model.Level) {
	for i := range before {
		if before[i] != after[i] {
			r.Fatalf("a refusal changed %+v to %+v", before[i], after[i])
		}
	}
}

func TestLevelsNameTheirScope(t *testing.T) {
	t.Parallel()
	m := build(t, tiers())
	from(m, 0, "zoe", 1, 0, 0)
	var got []string
	for _, l := range m.Levels(0) {
		if l.Pool == "all" {
			got = append(got, l.Scope.String()+" "+l.Name+" "+l.Dimension.String())
		}
	}
	want := []string{"organization  rpm", "organization  itpm", "organization  otpm", "workspace small rpm", "workspace small itpm", "key b rpm", "key zoe itpm"}
	if len(got) != len(want) {
		t.Fatalf("levels %q, want %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("level %d is %q, want %q", i, got[i], want[i])
		}
	}
}

func TestBurstWindowsAndStartLevelsOfSingleDimensions(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{
		RPM: 600, ITPM: 6000, OTPM: 600, BurstWindow: 30 * second, BurstWindows: model.Windows{RPM: second},
		StartLevel: share(0.5), StartLevels: model.Shares{ITPM: share(0)}, Latency: speed,
	})
	if b := m.Pools()[0].Burst; b != (ratelimit.Cost{Requests: 10, Input: 3000, Output: 300}) {
		t.Errorf("capacities %+v", b)
	}
	same(t, "requests", level(t, m, 0, load.RPM), 5)
	same(t, "input", level(t, m, 0, load.ITPM), 0)
	same(t, "output", level(t, m, 0, load.OTPM), 150)
}

// When several scopes refuse, the one with the longest wait is named, and the
// widest among equals.
func TestTheLongestWaitBinds(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		org, key ratelimit.PerMinute
		scope    model.Scope
		retry    time.Duration
	}{{60, 6, model.OfKey, 10 * second}, {6, 60, model.OfOrganization, 10 * second}, {6, 6, model.OfOrganization, 10 * second}} {
		m := build(t, model.Config{RPM: row.org, BurstWindow: second, Latency: speed, KeyLimits: map[string]model.ScopeLimits{"*": {RPM: row.key}}})
		from(m, 0, "a", 1, 0, 0)
		if r := from(m, 0, "a", 2, 0, 0); r.Scope != row.scope || r.Response.RetryAfter != row.retry {
			t.Errorf("%+v: %+v", row, r)
		}
	}
}

// A key's own output limit counts what the key's answers produce, and its bucket
// of requests is never larger than the organisation's.
func TestOutputOfAKey(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{RPM: 600, Burst: 7, OTPM: 60_000, Latency: speed, KeyLimits: map[string]model.ScopeLimits{"*": {OTPM: 600, RPM: 300}}})
	from(m, 0, "a", 1, 0, 500)
	from(m, 0, "b", 2, 0, 100)
	for _, l := range m.Levels(6 * second) {
		switch {
		case l.Scope == model.OfKey && l.Dimension == load.OTPM:
			same(t, "output of "+l.Name, l.Tokens(), map[string]float64{"a": 600 - 500 + 50, "b": 600 - 100 + 50}[l.Name])
		case l.Scope == model.OfKey && l.Capacity != 7:
			t.Errorf("%+v: want at most the organisation's burst of 7", l)
		}
	}
	narrow := build(t, model.Config{RPM: 600, Burst: 70, Latency: speed, KeyLimits: map[string]model.ScopeLimits{"a": {RPM: 30}}})
	if l := narrow.Levels(0); l[len(l)-1].Capacity != 30 {
		t.Errorf("%+v: want a minute of the key's own limit", l[len(l)-1])
	}
}

// Over HTTP a key has a name and an index; the configuration may use either.
func TestKeysGoByNameOrIndex(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{
		Latency: speed, Workspaces: map[string]model.Workspace{"w": {Keys: []string{"1", "sk-c"}, ScopeLimits: model.ScopeLimits{RPM: 100}}},
		KeyLimits: map[string]model.ScopeLimits{"0": {RPM: 7}, "sk-b": {RPM: 8}, "*": {RPM: 9}},
	})
	for i, row := range []struct {
		key   int
		id    string
		owner string
		limit int64
	}{{0, "sk-a", "organization", 7}, {1, "sk-b", "workspace", 8}, {2, "sk-c", "workspace", 9}, {3, "sk-d", "organization", 9}, {0, "", "organization", 7}, {4, "*", "organization", 9}} {
		var r model.Reply
		req := model.Request{ID: uint64(i), Attempt: 1, Key: row.key, KeyID: row.id, Model: "m"}
		m.Handle(0, &req, &r)
		if got := r.Response.Limits.At(load.RPM).Limit; got != row.limit {
			t.Errorf("row %d: limit %d, want %d", i, got, row.limit)
		}
		owner := "organization"
		for _, l := range m.AppendLevelsOf(nil, 0, &req) {
			if l.Scope == model.OfWorkspace {
				owner = l.Scope.String()
			}
		}
		if owner != row.owner {
			t.Errorf("row %d: in %s, want %s", i, owner, row.owner)
		}
	}
}
