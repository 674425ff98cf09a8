package model_test

import (
	"slices"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver/model"
	"ratecliff/ratelimit"
)

// The recorded 429 of 2025-06-02 through the whole model: a service that got
// into the recorded state by requests alone (an estimate too low left a debt)
// answers with the recorded numbers.
func TestRecordedRefusalReplayed(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{RPM: 4000, ITPM: 200_000, OTPM: 80_000, Estimate: model.Estimate{Bias: -0.05}, Latency: model.Latency{
		TTFT: load.FixedDist(0), TokensPerSecond: load.FixedDist(1e6), Refusal: load.FixedDist(0),
	}})
	at := 100 * second
	first := ask(m, at, 1, 210_000, 0) // guessed at 199,500, and 210,000 in truth
	if first.Response.Outcome != load.OK || first.Estimated != 199_500 {
		t.Fatalf("first: %+v", first)
	}
	// 43,000 tokens guessed at their true size: 45,263 × 0.95.
	r := ask(m, at+15*time.Millisecond, 2, 45_263, 500)
	limits := &r.Response.Limits
	in, out, req := limits.At(load.ITPM), limits.At(load.OTPM), limits.At(load.RPM)
	if r.Response.Dimension != load.ITPM || r.Response.RetryAfter != 16*second || r.Response.Advice != load.DoRetry || r.Limit != 200_000 {
		t.Errorf("refusal %+v", r.Response)
	}
	if in.Remaining != 0 || in.Reset != at+63*second || out.Remaining != 80_000 || out.Reset != at+15*time.Millisecond || req.Remaining != 4000 || req.Reset != at+15*time.Millisecond {
		t.Errorf("limits %+v", limits)
	}
}

// A limit of 100,000 input tokens a minute admits between 95,000 and 105,000 in
// every minute of a client that always asks for more, once its bucket is empty.
func TestAMinuteAdmitsItsLimit(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{ITPM: 100_000, StartLevel: share(0), Latency: speed})
	var minutes [10]int64
	id := uint64(0)
	for now := time.Duration(0); now < 10*time.Minute; now += 37 * time.Millisecond {
		id++
		if r := ask(m, now, id, 700, 1); r.Response.Outcome == load.OK {
			minutes[now/time.Minute] += 700
		}
	}
	for i, n := range minutes {
		if n < 95_000 || n > 105_000 {
			t.Errorf("minute %d admitted %d", i, n)
		}
	}
}

// Two clients on one key that obey retry-after are refused no third time in a
// row beyond a lost race: when the other one was let in during the wait.
func TestTwoObedientClients(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		m, err := model.New(model.Config{RPM: 30, ITPM: 30_000, Burst: 2, StartLevel: share(0.1), Latency: speed}, seed)
		if err != nil {
			t.Fatal(err)
		}
		type client struct {
			next          time.Duration
			refused, lost int // in a row; of those, waits in which the other was let in
			other         int // admissions of the other one when last refused
		}
		clients, admitted := [2]client{{}, {next: time.Duration(seed) * 111 * time.Millisecond}}, [2]int{}
		var src load.Source
		src.Aim(seed, load.ForRetry, 0, 0)
		sizes := [2]int64{500 + int64(src.Uint64()%3000), 500 + int64(src.Uint64()%3000)}
		for id := range uint64(400) {
			i := 0
			if clients[1].next < clients[0].next {
				i = 1
			}
			c := &clients[i]
			now := c.next
			r := ask(m, now, id, sizes[i], 0)
			if r.Response.Outcome == load.OK {
				admitted[i]++
				c.refused, c.lost = 0, 0
				sizes[i] = 500 + int64(src.Uint64()%3000)
				c.next = now + time.Duration(src.Uint64()%uint64(time.Second))
				continue
			}
			if c.refused > 0 && admitted[1-i] > c.other {
				c.lost++
			}
			c.refused++
			if c.refused-c.lost >= 2 {
				t.Fatalf("seed %d: client %d refused %d times in a row at %v, %d races lost", seed, i, c.refused, now, c.lost)
			}
			c.other, c.next = admitted[1-i], now+r.Response.RetryAfter
		}
		if admitted[0] == 0 || admitted[1] == 0 {
			t.Errorf("seed %d: admitted %v", seed, admitted)
		}
	}
}

// Streamed and plain calls cost the same, at the end and at every instant
// between, however output is counted and whoever's limits they fall under.
func TestStreamedAndPlainCallsCostTheSame(t *testing.T) {
	t.Parallel()
	for _, policy := range []model.Output{model.AsProduced, model.Reserve, model.Postpaid} {
		cfg := tiers()
		cfg.Output, cfg.Estimate = policy, model.Estimate{Error: 0.2}
		streamed, plain := build(t, cfg), build(t, cfg)
		for id := range uint64(50) {
			at := time.Duration(id) * 700 * time.Millisecond
			req := model.Request{ID: id, Attempt: 1, KeyID: "a", Model: "m", Tokens: load.Tokens{Input: 50, Output: 300}, MaxTokens: 200, Stream: true}
			var a, b model.Reply
			streamed.Handle(at, &req, &a)
			req.Stream = false
			plain.Handle(at, &req, &b)
			if a.Response != b.Response || a.Done != b.Done || !slices.Equal(streamed.Levels(at), plain.Levels(at)) {
				t.Fatalf("%s, request %d: streamed %+v, plain %+v", policy, id, a, b)
			}
		}
		if end := 2 * time.Minute; !slices.Equal(streamed.Levels(end), plain.Levels(end)) {
			t.Errorf("%s: in the end %+v and %+v", policy, streamed.Levels(end), plain.Levels(end))
		}
	}
}

// hour is an hour of 64 connections, each sending again when it is answered or
// when it may, over everything that draws chance. It returns every level at
// every minute.
func hour(tb testing.TB, seed uint64) (levels []model.Level, requests int) {
	tb.Helper()
	m, err := model.New(model.Config{
		Profile: "tier-2", RPM: 3000, Noise: model.Noise{Share: 0.2, Spread: 1}, Estimate: model.Estimate{Error: 0.2},
		Workspaces: map[string]model.Workspace{"w": {ScopeLimits: model.ScopeLimits{RPM: 600, OTPM: 20_000}, Keys: []string{"0", "1", "2"}}},
	}, seed)
	if err != nil {
		tb.Fatal(err)
	}
	names := [...]string{"claude-sonnet-4-5", "claude-haiku-4-5", "claude-opus-4-5"}
	var due [64]time.Duration
	var reply model.Reply
	minute := time.Minute
	for {
		c := 0
		for i := range due {
			if due[i] < due[c] {
				c = i
			}
		}
		now := due[c]
		for minute <= now {
			levels = m.AppendLevels(levels, minute)
			minute += time.Minute
		}
		if now >= time.Hour {
			return levels, requests
		}
		requests++
		req := model.Request{
			ID: uint64(requests), Attempt: 1, Key: c % 8, Model: names[c%3], MaxTokens: 1000, Stream: c%2 == 0,
			Tokens: load.Tokens{Input: int64(200 + 37*c), CacheRead: 1000, Output: int64(20 + c)},
		}
		m.Handle(now, &req, &reply)
		due[c] = reply.Done
		if reply.Response.HasRetryAfter {
			due[c] += reply.Response.RetryAfter
		}
		if requests%97 == 0 {
			m.Cancel(now, reply.Handle)
		}
	}
}

// A virtual hour at 64 connections leaves equal levels at every minute of two
// runs, and others with another seed.
func TestVirtualHourRepeats(t *testing.T) {
	t.Parallel()
	a, n := hour(t, 3)
	b, _ := hour(t, 3)
	c, _ := hour(t, 4)
	if !slices.Equal(a, b) {
		t.Error("two runs with one seed differ")
	}
	if slices.Equal(a, c) {
		t.Error("another seed changes nothing")
	}
	if n < 50_000 {
		t.Errorf("only %d requests: the hour is no load", n)
	}
}

func BenchmarkVirtualHour(b *testing.B) {
	total := 0
	for b.Loop() {
		_, n := hour(b, 3)
		total = n
	}
	b.ReportMetric(float64(total), "requests/op")
}

// The 429 of 2024-03-26: five requests a minute in fixed minutes, no retry-after,
// and both resets at the next whole minute.
func TestRecordedRefusalOfFixedMinutes(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{RPM: 5, ITPM: 25_000, Algorithm: ratelimit.UseFixedWindow, RetryAfter: model.Omit, Latency: speed})
	at := 200 * second
	for id := range uint64(5) {
		ask(m, at, id, 1800, 1)
	}
	r := ask(m, at+15*second, 9, 1800, 1).Response
	req, in := r.Limits.At(load.RPM), r.Limits.At(load.ITPM)
	if r.Dimension != load.RPM || r.HasRetryAfter || r.Advice != load.DoRetry || req.Limit != 5 || req.Remaining != 0 || in.Remaining != 16_000 ||
		req.Reset != 240*second || in.Reset != 240*second {
		t.Errorf("got %+v", r)
	}
}
