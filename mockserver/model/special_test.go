package model_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/mockserver/model"
	"ratecliff/ratelimit"
)

// find is the level of a dimension of a pool of the organisation.
func find(t testing.TB, m *model.Model, now time.Duration, pool string, d load.Dimension) float64 {
	t.Helper()
	for _, l := range m.Levels(now) {
		if l.Pool == pool && l.Dimension == d && l.Scope == model.OfOrganization {
			return l.Tokens()
		}
	}
	t.Fatalf("no level of %v in pool %s", d, pool)
	return 0
}

func withSpecial(p model.Pool) model.Config {
	p.Name, p.Models, p.RPM, p.ITPM, p.OTPM = "p", []string{"*"}, 60, 60_000, 6000
	return model.Config{Pools: []model.Pool{p}, Latency: speed}
}

// Fast requests have token limits and headers of their own, and share the
// requests of the class.
func TestFastMode(t *testing.T) {
	t.Parallel()
	m := build(t, withSpecial(model.Pool{Fast: &model.TokenLimits{ITPM: 6000, OTPM: 600}}))
	var r model.Reply
	req := model.Request{ID: 1, Attempt: 1, Model: "m", Tokens: load.Tokens{Input: 5000, Output: 100}, Fast: true, Stream: true}
	m.Handle(0, &req, &r)
	if !r.Fast || r.Family != model.FastFamily || r.Special.At(load.ITPM).Limit != 6000 || r.Special.At(load.ITPM).Remaining != 1000 || r.Special.At(load.RPM).Known {
		t.Errorf("fast: %+v", r)
	}
	if l := r.Response.Limits; l.At(load.RPM).Remaining != 59 || l.At(load.ITPM).Known {
		t.Errorf("ordinary headers: %+v", l)
	}
	m.Handle(0, &req, &r)
	if r.Response.Dimension != load.ITPM || r.Limit != 6000 || r.Response.RetryAfter != 40*second {
		t.Errorf("second: %+v", r)
	}
	same(t, "fast output", find(t, m, 2*second, "p fast", load.OTPM), 600-100+10)
	same(t, "ordinary output", find(t, m, 2*second, "p", load.OTPM), 6000)
	req.Fast = false
	m.Handle(2*second, &req, &r)
	if r.Response.Outcome != load.OK || r.Fast || r.Family != model.NoFamily || r.Response.Limits.At(load.ITPM).Remaining != 55_000 {
		t.Errorf("at standard speed: %+v", r)
	}
	plain := build(t, withSpecial(model.Pool{}))
	req.Fast = true
	plain.Handle(0, &req, &r)
	if r.Fast || r.Response.Limits.At(load.ITPM).Remaining != 55_000 {
		t.Errorf("a class without fast mode: %+v", r)
	}
}

func TestLongContext(t *testing.T) {
	t.Parallel()
	m := build(t, withSpecial(model.Pool{LongContext: &model.LongContext{TokenLimits: model.TokenLimits{ITPM: 10_000, OTPM: 1000}, Above: 2000}}))
	for i, row := range []struct {
		tokens load.Tokens
		limit  int64
		remain int64
	}{
		{load.Tokens{Input: 500, CacheRead: 1500}, 60_000, 60_000}, // 500 of 60000, to the nearest thousand
		{load.Tokens{Input: 501, CacheRead: 1500}, 10_000, 9000},
		{load.Tokens{Input: 4000}, 10_000, 5000},
	} {
		var r model.Reply
		m.Handle(0, &model.Request{ID: uint64(i), Attempt: 1, Model: "m", Tokens: row.tokens}, &r)
		if in := r.Response.Limits.At(load.ITPM); in.Limit != row.limit || in.Remaining != row.remain && in.Remaining != row.remain+1000 || r.Response.Limits.At(load.RPM).Remaining != 59-int64(i) {
			t.Errorf("row %d: %+v", i, r.Response.Limits)
		}
	}
	same(t, "long input", find(t, m, 0, "p long context", load.ITPM), 10_000-4501)
	same(t, "ordinary input", find(t, m, 0, "p", load.ITPM), 60_000-500)
}

// A priority request draws from commitment and ordinary limits; beyond the
// commitment it is a standard one. Burn-down weighs kinds of input.
func TestPriorityTier(t *testing.T) {
	t.Parallel()
	m := build(t, withSpecial(model.Pool{Priority: &model.TokenLimits{ITPM: 6000, OTPM: 600}}))
	ask := func(id uint64, tokens load.Tokens, standard bool) model.Reply {
		var r model.Reply
		m.Handle(0, &model.Request{ID: id, Attempt: 1, Model: "m", Tokens: tokens, StandardOnly: standard, Stream: true}, &r)
		return r
	}
	r := ask(1, load.Tokens{Input: 1000, CacheWrite: 400, CacheRead: 5000, Output: 60}, false)
	if !r.Priority || r.Family != model.PriorityFamily || r.Special.At(load.ITPM).Remaining != 4000 || r.Response.Limits.At(load.ITPM).Remaining != 59_000 {
		t.Errorf("first: %+v", r)
	}
	same(t, "commitment", find(t, m, 0, "p priority", load.ITPM), 6000-1000-500-500)
	same(t, "ordinary", find(t, m, 0, "p", load.ITPM), 60_000-1400)
	if r := ask(2, load.Tokens{Input: 4001}, false); r.Priority || r.Response.Outcome != load.OK || r.Family != model.PriorityFamily {
		t.Errorf("beyond the commitment: %+v", r)
	}
	if r := ask(3, load.Tokens{Input: 10}, true); r.Priority || r.Response.Outcome != load.OK {
		t.Errorf("standard only: %+v", r)
	}
	same(t, "commitment untouched", find(t, m, 0, "p priority", load.ITPM), 4000)
	same(t, "its output", find(t, m, 2*second, "p priority", load.OTPM), 600-60+10-0)
}

// Counting tokens and batches have requests per minute of their own.
func TestOtherEndpoints(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{
		RPM: 1, Burst: 9, ITPM: 1000, Latency: speed, CountTokens: model.CountLimits{RPM: 2}, Batches: model.BatchLimits{RPM: 60, Queued: 100, PerBatch: 80},
	})
	do := func(at time.Duration, e model.Endpoint, n int64) model.Reply {
		var r model.Reply
		m.Handle(at, &model.Request{ID: uint64(at), Attempt: 1, Model: "m", Endpoint: e, Tokens: load.Tokens{Input: 5000}, Enqueue: n}, &r)
		return r
	}
	for i, want := range []load.Outcome{load.OK, load.OK, load.Throttled} {
		r := do(0, model.CountTokens, 0)
		if r.Response.Outcome != want || r.Done != second/4 || r.Handle != (model.Handle{}) {
			t.Errorf("count %d: %+v", i, r)
		}
		if want == load.Throttled && (r.Response.Dimension != load.RPM || r.Limit != 2 || r.Response.RetryAfter != 30*second) {
			t.Errorf("count %d: %+v", i, r)
		}
	}
	if r := ask(m, 0, 1, 1000, 1); r.Response.Outcome != load.OK {
		t.Errorf("messages are independent: %+v", r)
	}
	for i, row := range []struct {
		n      int64
		status int
		cause  model.Cause
		limit  int64
		queued int64
	}{
		{81, 400, model.BatchSize, 80, 0}, {80, 200, model.ByDimension, 0, 80}, {21, 429, model.BatchQueue, 100, 80}, {20, 200, model.ByDimension, 0, 100},
	} {
		if r := do(0, model.Batches, row.n); r.Response.Status != row.status || r.Cause != row.cause || r.Limit != row.limit || m.Queued() != row.queued {
			t.Errorf("batch %d: %+v, %d queued", i, r, m.Queued())
		}
	}
	m.Dequeue(30)
	if r := do(0, model.Batches, 30); r.Response.Status != 200 || m.Queued() != 100 {
		t.Errorf("after 30 are done: %+v", r)
	}
	m.Dequeue(1 << 40)
	if m.Queued() != 0 {
		t.Errorf("%d queued", m.Queued())
	}
	tight := build(t, model.Config{Batches: model.BatchLimits{RPM: 1}})
	var r model.Reply
	for range 2 {
		tight.Handle(0, &model.Request{Endpoint: model.Batches}, &r)
	}
	if r.Response.Dimension != load.RPM || r.Response.Limits.At(load.RPM).Limit != 1 {
		t.Errorf("batch requests per minute: %+v", r)
	}
	unknown := build(t, model.Config{Profile: "start"})
	unknown.Handle(0, &model.Request{Endpoint: model.CountTokens, Model: "gpt-4"}, &r)
	if r.Response.Status != 404 {
		t.Errorf("counting for an unknown model: %+v", r)
	}
}

// The estimate is charged at admission and corrected when the answer starts,
// plain or streamed, cancelled or not: in the end the true input is charged.
func TestEstimateIsCorrected(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{ITPM: 60_000, StartLevel: share(0.5), Estimate: model.Estimate{Bias: 0.5}, Latency: speed})
	r := ask(m, 0, 1, 1000, 100)
	if r.Estimated != 1500 {
		t.Errorf("estimated %d", r.Estimated)
	}
	same(t, "at admission", level(t, m, 0, load.ITPM), 30_000-1500)
	same(t, "before it starts", level(t, m, second-1, load.ITPM), 30_000-1500+1000-1e-6)
	same(t, "when it starts", level(t, m, second, load.ITPM), 30_000-1000+1000)
	low := build(t, model.Config{ITPM: 1000, Estimate: model.Estimate{Bias: -0.5}, Latency: speed})
	ask(low, 0, 1, 2000, 100)
	if got := level(t, low, second, load.ITPM); got >= -900 {
		t.Errorf("a guess too low ends in debt: %v", got)
	}
}

func TestEstimateErrorBelongsToTheRequest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		half := rapid.Float64Range(0.01, 1).Draw(r, "error")
		cfg := model.Config{ITPM: 100_000_000, StartLevel: share(0.5), Estimate: model.Estimate{Error: half}}
		a, b := build(t, cfg), build(t, cfg)
		input := rapid.Int64Range(0, 100_000).Draw(r, "input")
		id, stream := rapid.Uint64().Draw(r, "id"), rapid.Bool().Draw(r, "stream")
		ask(b, 0, id+1, 5, 5) // another request first
		var x, y model.Reply
		req := model.Request{ID: id, Attempt: 1, Model: "m", Tokens: load.Tokens{Input: input, Output: 10}, Stream: stream}
		a.Handle(0, &req, &x)
		b.Handle(0, &req, &y)
		if off := float64(x.Estimated - input); x.Estimated != y.Estimated || off > half*float64(input)+1 || -off > half*float64(input)+1 {
			r.Fatalf("estimates %d and %d of %d", x.Estimated, y.Estimated, input)
		}
		end := x.Done
		if rapid.Bool().Draw(r, "cancel") {
			end = time.Duration(rapid.Int64Range(0, int64(x.Done)).Draw(r, "at"))
			a.Cancel(end, x.Handle)
		}
		exact := build(t, model.Config{ITPM: 100_000_000, StartLevel: share(0.5)})
		ask(exact, 0, id, input, 10)
		if got, want := level(t, a, end, load.ITPM), level(t, exact, end, load.ITPM); got != want {
			r.Fatalf("in the end %v, exactly %v", got, want)
		}
	})
}

// Other tenants take their share of the refill and no more: never what is there,
// and on average what is configured.
func TestNoise(t *testing.T) {
	t.Parallel()
	cfg := model.Config{ITPM: 60_000, RPM: 60, StartLevel: share(0), Latency: speed, Noise: model.Noise{Share: 0.2}}
	m := build(t, cfg)
	same(t, "constant share", level(t, m, 10*second, load.ITPM), 8000)
	same(t, "requests too", level(t, m, 10*second, load.RPM), 8)
	cfg.Noise = model.Noise{Share: 0.3, Spread: 1, Every: 100 * time.Millisecond}
	cfg.BurstWindow = time.Hour
	drawn := build(t, cfg)
	got := level(t, drawn, 3000*second, load.ITPM) / 3_000_000
	if got < 0.68 || got > 0.72 {
		t.Errorf("the share that is left on average is %v, want about 0.7", got)
	}
	full := build(t, model.Config{RPM: 60, Noise: model.Noise{Share: 1}})
	if r := ask(full, time.Hour, 1, 1, 1); r.Response.Limits.At(load.RPM).Remaining != 59 {
		t.Errorf("what is there stays: %+v", r.Response.Limits)
	}
}

// Noise is drawn by (seed, pool, period): polling changes nothing, a long
// silence is gone through quickly, and another seed is another noise.
func TestNoiseIsDrawnByPeriod(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		cfg := drawConfig(r)
		cfg.Noise = model.Noise{Share: 0.4, Spread: 0.9, Every: 700 * time.Millisecond}
		cfg.Estimate = model.Estimate{Error: 0.3}
		rare, often := build(t, cfg), build(t, cfg)
		end := time.Duration(0)
		var a, b []model.Reply
		for _, e := range drawTraffic(r) {
			for at := end; at < e.at; at += 300 * time.Millisecond {
				often.Levels(at)
			}
			end = e.at
			a, b = play(rare, e, a), play(often, e, b)
		}
		x, y := rare.Levels(end), often.Levels(end)
		for i := range x {
			if x[i] != y[i] {
				r.Fatalf("levels %+v and %+v", x[i], y[i])
			}
		}
	})
	quick := build(t, model.Config{RPM: 60, StartLevel: share(0), Noise: model.Noise{Share: 0.5, Every: 10 * time.Millisecond}})
	if r := ask(quick, load.Never, 1, 1, 1); r.Response.Outcome != load.OK {
		t.Errorf("at the end of time: %+v", r)
	}
}

// Other algorithms keep the promise of their retry-after too, and output is
// charged at the end.
func TestEveryAlgorithm(t *testing.T) {
	t.Parallel()
	for _, algorithm := range ratelimit.Algorithms() {
		t.Run(string(algorithm), func(t *testing.T) {
			t.Parallel()
			m := build(t, model.Config{
				RPM: 60, ITPM: 60_000, OTPM: 60_000, BurstWindow: 10 * second, Algorithm: algorithm, Latency: speed, WindowPhase: 5 * second,
			})
			now := time.Duration(0)
			for id := uint64(0); ; id++ {
				r := ask(m, now, id, 500, 100)
				if r.Response.Outcome == load.Throttled {
					if again := ask(m, now+r.Response.RetryAfter, id, 500, 100); again.Response.Outcome != load.OK {
						t.Errorf("refused after obeying %v: %+v", r.Response.RetryAfter, again)
					}
					break
				}
				wait := time.Duration(0)
				if algorithm == ratelimit.UseLeakyBucket {
					wait = time.Duration(id) * second
				}
				if r.FirstToken != second+wait || id > 20 {
					t.Fatalf("request %d: first token at %v", id, r.FirstToken)
				}
			}
			one := build(t, model.Config{OTPM: 60_000, BurstWindow: 10 * second, Algorithm: algorithm, Output: model.Postpaid, Latency: speed})
			r := ask(one, 0, 1, 500, 100)
			same(t, "before the end", level(t, one, r.Done-1, load.OTPM), 10_000)
			same(t, "at the end", level(t, one, r.Done, load.OTPM), 9900)
		})
	}
}

// Logged refusals push the end away from a client that hammers; and buckets go
// no deeper into debt than they hold.
func TestRefusalsLogged(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{RPM: 60, BurstWindow: 10 * second, Algorithm: ratelimit.UseSlidingLog, Refusals: model.RefusalsLogged, Latency: speed})
	for id := range uint64(10) {
		ask(m, 0, id, 1, 1)
	}
	for i, at := range []time.Duration{1, 5, 9} {
		ask(m, at*second, uint64(20+i), 1, 1)
	}
	if r := ask(m, 10*second, 30, 1, 1); r.Response.Outcome != load.OK || r.Response.Limits.At(load.RPM).Remaining != 6 {
		t.Errorf("the refused ones count: %+v", r)
	}
	for _, algorithm := range []ratelimit.Algorithm{ratelimit.UseTokenBucket, ratelimit.UseGCRA} {
		deep := build(t, model.Config{RPM: 60, ITPM: 600, Burst: 3, Algorithm: algorithm, Refusals: model.RefusalsLogged, Latency: speed})
		for id := range uint64(100) {
			ask(deep, 0, id, 100, 1)
		}
		wait := ask(deep, 0, 200, 1, 1).Response.RetryAfter
		if wait < 4*second || wait > 121*second {
			t.Errorf("%s: after a hundred refusals retry-after is %v", algorithm, wait)
		}
	}
}

func TestRetryAfterHasAMinimum(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{RPM: 60, Burst: 1, RetryAfterMin: 4500 * time.Millisecond})
	ask(m, 0, 1, 1, 1)
	if r := ask(m, 0, 2, 1, 1); r.Response.RetryAfter != 5*second {
		t.Errorf("retry-after %v", r.Response.RetryAfter)
	}
}

// Others may take their share for a while only: 60 a minute, of which they take
// 40 % from 10 s to 20 s.
func TestNoiseForAWhile(t *testing.T) {
	t.Parallel()
	cfg := model.Config{RPM: 60, StartLevel: share(0), Latency: speed, Noise: model.Noise{Share: 0.4, From: 10 * second, To: 20 * second}}
	m := build(t, cfg)
	for _, row := range []struct {
		at   time.Duration
		want float64
	}{{10 * second, 10}, {15 * second, 13}, {20 * second, 16}, {25 * second, 21}} {
		same(t, row.at.String(), level(t, m, row.at, load.RPM), row.want)
	}
	for _, n := range []model.Noise{{From: second}, {Share: 0.4, From: -1}, {Share: 0.4, From: second, To: second}, {Share: 0.4, To: -1}} {
		cfg.Noise = n
		if ps := cfg.Validate(); len(ps) != 1 {
			t.Errorf("%+v: %v, want one problem", n, ps)
		}
	}
}
