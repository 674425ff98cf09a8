package model_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/mockserver/model"
	"ratecliff/ratelimit"
)

// drawEverything is a service with any mix of what can be configured.
func drawEverything(r *rapid.T) model.Config {
	cfg := drawConfig(r)
	cfg.RPM, cfg.ITPM, cfg.OTPM = 0, 0, 0
	pool := model.Pool{Name: "p", Models: []string{"*"}, RPM: 60, ITPM: 20_000, OTPM: 4000, CacheReadsCount: rapid.Bool().Draw(r, "reads")}
	limits := &model.TokenLimits{ITPM: 5000, OTPM: 1000}
	if rapid.Bool().Draw(r, "fast") {
		pool.Fast = limits
	}
	if rapid.Bool().Draw(r, "priority") {
		pool.Priority = limits
	}
	if rapid.Bool().Draw(r, "long") {
		pool.LongContext = &model.LongContext{TokenLimits: *limits, Above: 1500}
	}
	cfg.Pools = []model.Pool{pool}
	cfg.Algorithm = rapid.SampledFrom(ratelimit.Algorithms()).Draw(r, "algorithm")
	if cfg.Algorithm != ratelimit.UseTokenBucket {
		cfg.Output = rapid.SampledFrom([]model.Output{"", model.Reserve, model.Postpaid}).Draw(r, "output")
	} else if rapid.Bool().Draw(r, "noise") {
		cfg.Noise = model.Noise{Share: 0.5, Spread: 0.9}
	}
	cfg.RefusalsCharged = false
	cfg.Refusals = rapid.SampledFrom([]model.Refusals{model.RefusalsOff, model.RefusalsRequest, model.RefusalsLogged}).Draw(r, "refusals")
	cfg.Estimate = model.Estimate{Bias: rapid.Float64Range(-0.5, 0.5).Draw(r, "bias"), Error: rapid.Float64Range(0, 0.5).Draw(r, "error")}
	if rapid.Bool().Draw(r, "scopes") {
		cfg.Workspaces = map[string]model.Workspace{"w": {ScopeLimits: model.ScopeLimits{RPM: 20, OTPM: 1000, Concurrency: 2}, Keys: []string{"0", "x"}}}
		cfg.KeyLimits = map[string]model.ScopeLimits{"*": {RPM: 30, ITPM: 9000, SpendLimit: 1}}
	}
	if rapid.Bool().Draw(r, "acceleration") {
		cfg.Acceleration = model.Acceleration{Start: 4000, Step: 1000}
	}
	if rapid.Bool().Draw(r, "days") {
		cfg.TokensPerDay = 30_000
	}
	if rapid.Bool().Draw(r, "money") {
		cfg.Spend = model.Spend{Cap: 1, Limit: 2}
	}
	return cfg
}

// Whatever is configured and whatever happens: answers make sense, two runs are
// equal, and long after the last answer nothing is in flight and every limit is
// as unused as at the start, so that nothing leaked.
func TestEverythingSettles(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		cfg := drawEverything(r)
		m, twin := build(t, cfg), build(t, cfg)
		end := time.Duration(0)
		var a, b []model.Reply
		for _, e := range drawTraffic(r) {
			e.req.Fast, e.req.StandardOnly = rapid.Bool().Draw(r, "fast"), rapid.Bool().Draw(r, "standard")
			e.req.KeyID, e.req.Workspace = rapid.SampledFrom([]string{"", "x", "y"}).Draw(r, "key"), rapid.SampledFrom([]string{"", "w", "v"}).Draw(r, "workspace")
			e.req.Endpoint = rapid.SampledFrom([]model.Endpoint{0, 0, 0, model.CountTokens, model.Batches}).Draw(r, "endpoint")
			a, b = play(m, e, a), play(twin, e, b)
			reply := &a[len(a)-1]
			if *reply != b[len(b)-1] {
				r.Fatalf("two runs: %+v and %+v", *reply, b[len(b)-1])
			}
			sensible(r, e.at, reply)
			end = max(e.at, reply.Done, end)
		}
		end = over(m, end) + 24*time.Hour
		if n := m.InFlight(end); n != 0 {
			r.Fatalf("%d in flight after the end", n)
		}
		for _, l := range m.Levels(end) {
			if l.Units != l.Capacity*ratelimit.Unit || l.FullAt != end {
				r.Fatalf("not full a day later: %+v", l)
			}
		}
	})
}

// over is when the last answer in progress ends, which a cancelled reply no longer
// tells.
func over(m *model.Model, now time.Duration) time.Duration {
	for m.InFlight(now) > 0 {
		now += time.Hour
	}
	return now
}

func sensible(r *rapid.T, at time.Duration, reply *model.Reply) {
	resp := &reply.Response
	switch {
	case resp.Outcome == load.OK && (resp.Status != 200 || resp.Dimension != load.NoDimension || reply.FirstToken < at || reply.Done < reply.FirstToken):
		r.Fatalf("admitted: %+v", reply)
	case resp.Outcome == load.Throttled && (resp.Status != 429 || resp.ErrorType != "rate_limit_error" || reply.Handle != (model.Handle{}) || reply.Limit <= 0 && reply.Cause != model.SpendCap):
		r.Fatalf("refused: %+v", reply)
	case resp.HasRetryAfter && (resp.RetryAfter < time.Second || resp.RetryAfter%time.Second != 0 || resp.RetryAfter > 25*time.Hour):
		r.Fatalf("retry-after: %+v", reply)
	case resp.Outcome == load.Failed && resp.Status != 400:
		r.Fatalf("failed: %+v", reply)
	}
	for d := load.RPM; d <= load.OTPM; d++ {
		if s := resp.Limits.At(d); s.Known && (s.Limit <= 0 || s.Remaining < 0 || s.Reset < at) {
			r.Fatalf("%v: %+v", d, s)
		}
	}
}
