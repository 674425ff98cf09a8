package model_test

import (
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver/model"
)

// A prefix is read where it was written and for as long as it is kept: by the
// same session, of the same organisation, with a model of the same pool.
func TestPromptCache(t *testing.T) {
	t.Parallel()
	apart := false
	m := build(t, model.Config{
		Pools:           []model.Pool{{Name: "a", Models: []string{"a*"}, RPM: 60}, {Name: "b", Models: []string{"b"}, RPM: 60}},
		KeysShareBucket: &apart, PromptCache: model.PromptCache{TTL: 5 * time.Minute}, Latency: speed,
	})
	written, read := load.Tokens{Input: 10, CacheWrite: 1000}, load.Tokens{Input: 10, CacheRead: 1000}
	for i, row := range []struct {
		at        time.Duration
		user, key int
		model     string
		hit       bool
	}{
		{0, 1, 0, "a1", false},
		{time.Second, 1, 0, "a1", true},
		{2 * time.Second, 1, 0, "a2", true},  // of the same pool
		{3 * time.Second, 2, 0, "a1", false}, // another session
		{4 * time.Second, 1, 1, "a1", false}, // another organisation
		{5 * time.Second, 1, 0, "b", false},  // another pool
		{5 * time.Second, 1, 0, "a1", true},
		{5*time.Minute + 5*time.Second, 1, 0, "a1", true}, // each use keeps it
		{10*time.Minute + 6*time.Second, 1, 0, "a1", false},
		{10*time.Minute + 7*time.Second, 1, 1, "a1", false},
		{10*time.Minute + 8*time.Second, 1, 1, "a1", true},
	} {
		req := model.Request{ID: load.ArrivalID(0, row.user, i), Attempt: 1, Key: row.key, Model: row.model, Tokens: read, MaxTokens: 10}
		var reply model.Reply
		m.Handle(row.at, &req, &reply)
		want := written
		if row.hit {
			want = read
		}
		if got := reply.Response.Usage; reply.Response.Outcome != load.OK || got != want || req.Tokens != want {
			t.Errorf("line %d: %v, billed %+v of %+v, want %+v", i, reply.Response.Outcome, got, req.Tokens, want)
		}
	}
}

// A refused request keeps nothing, without a lifetime everybody is believed, and
// a change of other settings forgets nothing.
func TestPromptCacheKeepsWhatWasLetIn(t *testing.T) {
	t.Parallel()
	cfg := model.Config{ITPM: 1500, Latency: speed, PromptCache: model.PromptCache{TTL: time.Hour}}
	m := build(t, cfg)
	send := func(user int) model.Reply {
		req := model.Request{ID: load.ArrivalID(0, user, 0), Attempt: 1, Model: "m", Tokens: load.Tokens{CacheRead: 1000}, MaxTokens: 1}
		var reply model.Reply
		m.Handle(0, &req, &reply)
		return reply
	}
	if r := send(1); r.Response.Usage.CacheWrite != 1000 {
		t.Fatalf("%+v", r.Response)
	}
	for range 2 {
		if r := send(2); r.Response.Outcome != load.Throttled {
			t.Fatalf("1000 more of 500 tokens: %+v", r.Response)
		}
	}
	cfg.RPM = 1000
	next, err := m.Reconfigured(0, cfg)
	if err != nil {
		t.Fatal(err)
	}
	m = next
	if r := send(1); r.Response.Usage.CacheRead != 1000 {
		t.Errorf("after a change: %+v", r.Response)
	}
	m = build(t, model.Config{ITPM: 1500, Latency: speed})
	if r := send(3); r.Response.Usage.CacheRead != 1000 {
		t.Errorf("nothing is said of caching: %+v", r.Response)
	}
	cfg.PromptCache.TTL = -1
	if ps := cfg.Validate(); len(ps) != 1 || ps[0].Path != "prompt_cache.ttl" {
		t.Errorf("%v", ps)
	}
}
