package model_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/mockserver/model"
	"ratecliff/ratelimit"
)

// traffic is a random history of requests and cancellations.
type traffic struct {
	at     time.Duration
	req    model.Request
	cancel int // index of an earlier request to cancel first, or -1
}

func drawTraffic(r *rapid.T) []traffic {
	events := make([]traffic, rapid.IntRange(1, 40).Draw(r, "requests"))
	now := time.Duration(0)
	for i := range events {
		now += time.Duration(rapid.Int64Range(0, int64(3*time.Second)).Draw(r, "gap"))
		events[i] = traffic{at: now, cancel: -1, req: model.Request{
			ID: uint64(i), Attempt: rapid.IntRange(1, 3).Draw(r, "attempt"), Model: "m",
			Tokens:    load.Tokens{Input: rapid.Int64Range(0, 3000).Draw(r, "input"), Output: rapid.Int64Range(0, 2000).Draw(r, "output")},
			MaxTokens: rapid.Int64Range(0, 1500).Draw(r, "max_tokens"), Stream: rapid.Bool().Draw(r, "stream"),
		}}
		if rapid.IntRange(0, 5).Draw(r, "cancels") == 0 {
			events[i].cancel = rapid.IntRange(0, i).Draw(r, "which")
		}
	}
	return events
}

func drawConfig(r *rapid.T) model.Config {
	return model.Config{
		RPM: 40, ITPM: 20_000, OTPM: 5_000, Burst: rapid.Int64Range(0, 10).Draw(r, "burst"),
		BurstWindow:     time.Duration(rapid.Int64Range(int64(time.Second), int64(time.Minute)).Draw(r, "window")),
		StartLevel:      share(rapid.Float64Range(0, 1).Draw(r, "level")),
		Output:          rapid.SampledFrom([]model.Output{model.AsProduced, model.Reserve, model.Postpaid}).Draw(r, "policy"),
		RefusalsCharged: rapid.Bool().Draw(r, "charged"),
		Concurrency:     rapid.IntRange(0, 5).Draw(r, "concurrency"),
	}
}

// Looking at the levels at any instants changes no answer and no level.
func TestPolledOftenIsPolledRarely(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		cfg, events := drawConfig(r), drawTraffic(r)
		rare, often := build(t, cfg), build(t, cfg)
		var a, b []model.Reply
		last := time.Duration(0)
		for _, e := range events {
			for range rapid.IntRange(0, 4).Draw(r, "polls") {
				often.Levels(last + time.Duration(rapid.Int64Range(0, int64(e.at-last)).Draw(r, "poll")))
			}
			last = e.at
			a, b = play(rare, e, a), play(often, e, b)
			x, y := a[len(a)-1], b[len(b)-1]
			x.Handle, y.Handle = model.Handle{}, model.Handle{}
			if x != y {
				r.Fatalf("at %v:\n%+v polled rarely\n%+v polled often", e.at, x, y)
			}
		}
		end := last + 5*time.Second
		x, y := rare.Levels(end), often.Levels(end)
		for i := range x {
			if x[i] != y[i] {
				r.Fatalf("levels %+v and %+v", x[i], y[i])
			}
		}
	})
}

func play(m *model.Model, e traffic, replies []model.Reply) []model.Reply {
	if e.cancel >= 0 && e.cancel < len(replies) {
		m.Cancel(e.at, replies[e.cancel].Handle)
	}
	var reply model.Reply
	m.Handle(e.at, &e.req, &reply)
	return append(replies, reply)
}

// In any interval the admitted cost is at most burst + limit × length, in exact
// integers, for requests and for input.
func TestAdmittedCostIsBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		cfg, events := drawConfig(r), drawTraffic(r)
		m := build(t, cfg)
		burst := m.Pools()[0].Burst
		var admitted []traffic
		var replies []model.Reply
		for _, e := range events {
			replies = play(m, e, replies)
			if replies[len(replies)-1].Response.Outcome == load.OK {
				admitted = append(admitted, e)
			}
		}
		for i := range admitted {
			input := int64(0)
			for j, e := range admitted[i:] {
				d := int64(e.at - admitted[i].at)
				input += e.req.Tokens.Input
				if int64(j+1)*ratelimit.Unit > burst.Requests*ratelimit.Unit+int64(cfg.RPM)*d || input*ratelimit.Unit > burst.Input*ratelimit.Unit+int64(cfg.ITPM)*d {
					r.Fatalf("%d requests with %d tokens within %v (burst %+v)", j+1, input, time.Duration(d), burst)
				}
			}
		}
	})
}

// Once everything has ended, exactly the tokens produced have left the output
// bucket, whatever the policy, cancellations aside.
func TestOutputIsConserved(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		policy := rapid.SampledFrom([]model.Output{model.AsProduced, model.Reserve, model.Postpaid}).Draw(r, "policy")
		m := build(t, model.Config{OTPM: 60_000, BurstWindow: time.Hour, Output: policy, StartLevel: share(0.5)})
		start := m.Levels(0)[0].Units
		used, end := int64(0), time.Duration(0)
		for _, e := range drawTraffic(r) {
			var reply model.Reply
			m.Handle(e.at, &e.req, &reply)
			used += reply.Response.Usage.Output
			end = max(end, reply.Done)
		}
		if got, want := m.Levels(end)[0].Units, start+60_000*int64(end)-used*ratelimit.Unit; got != want {
			r.Fatalf("%s: %d tokens produced: level %d units, want %d", policy, used, got, want)
		}
		if n := m.InFlight(end); n != 0 {
			r.Fatalf("%d still in flight after the last answer", n)
		}
	})
}

// A single client that obeys retry-after, when nothing flows, is let in at its
// first retry, and its retry-after is less than a second too long.
func TestObeyingRetryAfterSucceeds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		cfg := drawConfig(r)
		cfg.Concurrency, cfg.Output, cfg.OTPM = 0, model.AsProduced, 0
		cfg.BurstWindow, cfg.RefusalsCharged = time.Minute, false
		m := build(t, cfg)
		var refused model.Request
		var reply model.Reply
		now := time.Duration(0)
		for _, e := range drawTraffic(r) {
			refused, now = e.req, e.at
			m.Handle(now, &refused, &reply)
			if reply.Response.Outcome == load.Throttled {
				break
			}
		}
		if reply.Response.Outcome != load.Throttled {
			return
		}
		wait := reply.Response.RetryAfter
		if wait > time.Second {
			m.Handle(now+wait-time.Second, &refused, &reply)
			if reply.Response.Outcome != load.Throttled {
				r.Fatalf("let in a second before a retry-after of %v", wait)
			}
		}
		m.Handle(now+wait, &refused, &reply)
		if reply.Response.Outcome != load.OK {
			r.Fatalf("refused again after obeying a retry-after of %v: %+v", wait, reply.Response)
		}
	})
}

// Latencies belong to (seed, ID, attempt), not to order, load or the other
// latencies' distributions.
func TestLatenciesBelongToTheRequest(t *testing.T) {
	t.Parallel()
	times := func(cfg model.Config, seed uint64, ids ...uint64) map[uint64][2]time.Duration {
		m, err := model.New(cfg, seed)
		if err != nil {
			t.Fatal(err)
		}
		got := map[uint64][2]time.Duration{}
		for _, id := range ids {
			r := ask(m, 0, id, 1, 100)
			got[id] = [2]time.Duration{r.FirstToken, r.Done - r.FirstToken}
		}
		return got
	}
	a := times(model.Config{}, 1, 1, 2, 3)
	b := times(model.Config{Concurrency: 9}, 1, 3, 9, 1, 2)
	c := times(model.Config{Latency: model.Latency{TTFT: load.FixedDist(2)}}, 1, 2)
	d := times(model.Config{}, 2, 1)
	for id := range a {
		if a[id] != b[id] {
			t.Errorf("request %d: %v in one order, %v in another", id, a[id], b[id])
		}
	}
	if a[1] == a[2] || a[1] == d[1] || a[2][1] != c[2][1] || c[2][0] != 2*second {
		t.Errorf("a %v, another seed %v, another ttft %v", a, d, c)
	}
}

func TestHandleDoesNotAllocate(t *testing.T) {
	m := build(t, model.Config{Profile: "start"})
	req := model.Request{Attempt: 1, Model: "claude-sonnet-5", Tokens: load.Tokens{Input: 400, Output: 200}, MaxTokens: 1024, Stream: true}
	var reply model.Reply
	now, refused := time.Duration(0), 0
	step := func() {
		now += 40 * time.Millisecond
		req.ID++
		m.Handle(now, &req, &reply)
		if reply.Response.Outcome == load.Throttled {
			refused++
		}
		if req.ID%7 == 0 {
			m.Cancel(now, reply.Handle)
		}
	}
	for range 20_000 {
		step()
	}
	refused = 0
	if n := testing.AllocsPerRun(5000, step); n != 0 || refused == 0 {
		t.Errorf("%v allocations a request, %d refused", n, refused)
	}
}
