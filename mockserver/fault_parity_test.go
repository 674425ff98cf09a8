package mockserver_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"ratecliff/engine"
	"ratecliff/engine/live"
	"ratecliff/engine/sim"
	"ratecliff/load"
	"ratecliff/metrics"
	"ratecliff/mockserver"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/mockserver/model"
	"ratecliff/mockserver/model/fault"
)

// line is the plainest queue: first come, first served.
type line struct{ calls []*load.Call }

func (q *line) Push(_ time.Duration, c *load.Call) *load.Call {
	q.calls = append(q.calls, c)
	return nil
}

func (q *line) Peek(time.Duration) *load.Call {
	if len(q.calls) == 0 {
		return nil
	}
	return q.calls[0]
}

func (q *line) Remove(*load.Call) { q.calls = q.calls[1:] }

// straight sends every call to key 0 and the model it asks for.
type straight struct{}

func (straight) Pick(_ time.Duration, c *load.Call, _ *rand.Rand) (load.Target, load.Permit) {
	return load.Target{Model: c.Model}, load.Permit{}
}

func (straight) Observe(time.Duration, *load.Call, *load.Attempt) {}

// twice retries once, a second later.
type twice struct{}

func (twice) Next(_ time.Duration, _ *load.Call, s *load.RetryState, _ *load.Attempt, _ *rand.Rand) (time.Duration, bool) {
	return time.Second, s.Failures < 2
}

// parts are what both drivers need.
type parts struct {
	engine   *engine.Engine
	stream   *load.Stream
	recorder *metrics.Recorder
}

// calls are three a second for two seconds, of 30 input tokens and 400 output.
func newParts(t *testing.T, streams bool) parts {
	t.Helper()
	plan := load.Plan{Seed: 7, Duration: 2 * time.Second, Classes: []load.Class{{
		Name: "test", Model: "claude-x", Arrivals: load.Process{Kind: load.Constant, Rate: 3}, MaxTokens: 500,
		Input: load.FixedDist(30), Output: load.FixedDist(400), Stream: streams,
	}}}
	stream, err := plan.Stream(nil)
	fatalIf(t, err)
	return parts{
		engine: engine.New(engine.Config{Seed: 7, KeepAttempts: true, Stack: func(int) engine.Stack {
			return engine.Stack{Queue: &line{}, Route: straight{}, Retry: []engine.Retrier{twice{}}}
		}}),
		stream:   stream,
		recorder: metrics.NewRecorder(metrics.Config{Classes: []string{"test"}, Duration: 2 * time.Second}),
	}
}

// history is all attempts of a run.
type history []load.Attempt

func (h *history) add(r *load.Result) { *h = append(*h, r.History...) }

func virtual(t *testing.T, cfg mockserver.Config, streams bool) (h history, at time.Duration, levels []model.Level) {
	t.Helper()
	m, err := model.New(cfg.Model, cfg.Seed)
	fatalIf(t, err)
	p := newParts(t, streams)
	out := sim.Run(sim.Config{Engine: p.engine, Stream: p.stream, Server: m, Recorder: p.recorder, OnResult: h.add})
	at = out.End + time.Second
	return h, at, m.Levels(at)
}

func overHTTP(t *testing.T, cfg mockserver.Config, streams bool, rt http.RoundTripper, url string) (h history) {
	t.Helper()
	p := newParts(t, streams)
	_, err := live.Run(context.Background(), live.Config{
		Engine: p.engine, Stream: p.stream, Recorder: p.recorder, Transport: rt, Pacer: live.PacerTimer, OnResult: h.add,
		HeaderTimeout: time.Hour, IdleTimeout: time.Hour, Compress: cfg.Compress,
		Target: live.Target{BaseURL: url, Keys: []live.Secret{"sk"}, Hints: true},
	})
	fatalIf(t, err)
	return h
}

// effects lists every kind in its variants.
func effects() map[string]fault.Effect {
	e := map[string]fault.Effect{
		"pass":              {Kind: fault.Pass, Delay: 3 * time.Second, RetryAfter: "59"},
		"529":               {Kind: fault.Error, Status: 529},
		"overload as 500":   {Kind: fault.Error, Status: 500, Message: "Overloaded", Delay: time.Second},
		"500":               {Kind: fault.Error, Status: 500},
		"400":               {Kind: fault.Error, Status: 400, Message: "no", Headers: []fault.Header{{Name: "x-should-retry", Value: "true"}}},
		"413":               {Kind: fault.Error, Status: 413},
		"204":               {Kind: fault.Error, Status: 204},
		"200 page":          {Kind: fault.Error, Status: 200, Body: "<html>", Headers: []fault.Header{{Name: "content-type", Value: "text/html"}}},
		"502 page":          {Kind: fault.Error, Status: 502, Body: "<html>"},
		"503 other":         {Kind: fault.Error, Status: 503, Body: `{"message":"no"}`},
		"503 ours":          {Kind: fault.Error, Status: 503, Body: `{"type":"error","error":{"type":"odd_error","message":"m","details":{"error_code":"c"}}}`},
		"429 itpm":          {Kind: fault.Error, Status: 429, Limit: "itpm", RetryAfter: "16"},
		"429 charged":       {Kind: fault.Error, Status: 429, Limit: "otpm", Charge: fault.ChargeAll},
		"429 bare":          {Kind: fault.Error, Status: 429, Message: "Error", Bare: true},
		"429 ramp":          {Kind: fault.Error, Status: 429, ErrorCode: "ramp_limit_exceeded", RetryAfter: "3"},
		"429 concurrency":   {Kind: fault.Error, Status: 429, Limit: "concurrency"},
		"spend":             {Kind: fault.Error, Status: 429, ErrorCode: "enforced_spend_limit_reached"},
		"reset":             {Kind: fault.Reset},
		"stall":             {Kind: fault.Stall, After: 5, For: 20 * time.Second},
		"stall at once":     {Kind: fault.Stall, For: 20 * time.Second},
		"stall for ever":    {Kind: fault.Stall, After: 5},
		"slow":              {Kind: fault.Slow, For: 20 * time.Second},
		"duplicate":         {Kind: fault.Duplicate, After: 3, Count: 3},
		"duplicate start":   {Kind: fault.Duplicate},
		"reorder":           {Kind: fault.Reorder, After: 3},
		"reorder start":     {Kind: fault.Reorder},
		"garbage":           {Kind: fault.Garbage, After: 4},
		"garbage from 0":    {Kind: fault.Garbage},
		"garbage late":      {Kind: fault.Garbage, After: 1000},
		"error in a stream": {Kind: fault.StreamError, After: 6, Type: "api_error", Message: "no"},
		"429 in a stream":   {Kind: fault.StreamError, After: 6, Type: "rate_limit_error", Limit: "otpm"},
	}
	for _, after := range []int64{0, 1, 2, 3, 4, 30, 1000} {
		for _, kind := range []fault.Kind{fault.StreamError, fault.ResetBody, fault.Truncate, fault.BadChunk} {
			e[fmt.Sprintf("%s after %d", kind, after)] = fault.Effect{Kind: kind, After: after}
		}
	}
	for _, form := range []string{"0", "-5", "1.5", "171", "302539", "date+30s", "date-60s", "soon"} {
		e["retry-after "+form] = fault.Effect{Kind: fault.Error, Status: 429, RetryAfter: form}
	}
	e["retry-after-ms"] = fault.Effect{Kind: fault.Error, Status: 429, RetryAfterMS: "1500"}
	e["both"] = fault.Effect{Kind: fault.Error, Status: 529, RetryAfterMS: "250", RetryAfter: "3"}
	return e
}

// TestEveryEffectLooksTheSame: an effect over HTTP, through a server on pipes and
// through the transport without one, is what it is in virtual time: response,
// first token and end of every attempt, and the levels afterwards.
func TestEveryEffectLooksTheSame(t *testing.T) {
	t.Parallel()
	for name, e := range effects() {
		for _, streams := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/streams=%v", name, streams), func(t *testing.T) {
				t.Parallel()
				compareEffect(t, e, streams, 1)
			})
		}
	}
}

// TestEffectsInCompressedTime: the same with twenty seconds in one. The writing
// interval of the wall is as much longer for the service; dates are too coarse
// and are accompanied by milliseconds.
func TestEffectsInCompressedTime(t *testing.T) {
	t.Parallel()
	for name, e := range effects() {
		for _, streams := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/streams=%v", name, streams), func(t *testing.T) {
				t.Parallel()
				compareEffect(t, e, streams, 20)
			})
		}
	}
}

func compareEffect(t *testing.T, e fault.Effect, streams bool, compress float64) {
	cfg := mockserver.Config{Seed: 7, TrustHints: true, Compress: compress, Model: model.Config{
		RPM: 1, ITPM: 20, OTPM: 120, BurstWindow: time.Hour, Latency: latency(0.7, 100, 0.05),
		Faults: fault.Config{Rules: []fault.Rule{{Match: fault.Match{Attempts: []int{1}}, Effect: e}}},
	}}
	cfg.Model.Pace = time.Duration(float64(mockserver.DefaultWriteEvery) * compress)
	want, at, truth := virtual(t, cfg, streams)
	if len(want) < 6 {
		t.Fatalf("%d attempts prove too little", len(want))
	}
	for i := range want {
		want[i].Response.DateForm = want[i].Response.DateForm && compress == 1 // else the milliseconds beside it are read
	}
	synctest.Test(t, func(t *testing.T) {
		s := mockservertest.StartInMemory(t, cfg)
		same(t, "pipes", overHTTP(t, cfg, streams, s.Client.Transport, s.URL), want)
		sameLevels(t, "pipes", s.Mock, at, truth, compress)
	})
	synctest.Test(t, func(t *testing.T) {
		s, err := mockserver.New(cfg)
		fatalIf(t, err)
		same(t, "no socket", overHTTP(t, cfg, streams, s.RoundTripper(), "http://mock.invalid"), want)
		sameLevels(t, "no socket", s, at, truth, compress)
	})
}

// same compares attempts. Over HTTP a run begins a few nanoseconds after the
// mock and resets are cut to seconds.
func same(t *testing.T, how string, got, want history) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d attempts, want %d", how, len(got), len(want))
	}
	for i := range got {
		g, w := got[i], want[i]
		for _, p := range [][3]any{{"started", g.Started, w.Started}, {"first token", g.FirstToken, w.FirstToken}, {"done", g.Done, w.Done}} {
			if off := p[1].(time.Duration) - p[2].(time.Duration); off < -time.Millisecond || off > time.Millisecond {
				t.Errorf("%s: attempt %d: %s at %v, want %v", how, i, p[0], p[1], p[2])
			}
		}
		for k := range g.Response.Limits {
			g.Response.Limits[k].Reset = w.Response.Limits[k].Reset
		}
		if g.Response != w.Response {
			t.Errorf("%s: attempt %d:\n got %+v\nwant %+v", how, i, g.Response, w.Response)
		}
	}
}

// sameLevels compares what is in the buckets a second after the end; they take an
// hour to fill, so all that was charged shows.
func sameLevels(t *testing.T, how string, s *mockserver.Server, at time.Duration, want []model.Level, compress float64) {
	t.Helper()
	time.Sleep(time.Duration(float64(at-s.Now()) / compress)) // virtual: in a bubble
	got := s.Levels()
	if len(got) != len(want) {
		t.Fatalf("%s: %d buckets, want %d", how, len(got), len(want))
	}
	for i := range got {
		if off := got[i].Tokens() - want[i].Tokens(); off < -.01 || off > .01 || got[i].FullAt < at {
			t.Errorf("%s: %v at %v, want %v", how, got[i].Dimension, got[i].Tokens(), want[i].Tokens())
		}
	}
}
