package model_test

import (
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver/model"
	"ratecliff/mockserver/model/fault"
)

// faulty is a service on which one effect meets the first request: latencies of
// 1 s to the first token, 100 tokens a second and 50 ms for an error; 100
// requests, 10,000 input and 600 output tokens a minute.
func faulty(t *testing.T, e fault.Effect) *model.Model {
	t.Helper()
	m, err := model.New(model.Config{
		Pools: []model.Pool{{Name: "p", Models: []string{"m"}, RPM: 100, ITPM: 10_000, OTPM: 600}},
		Latency: model.Latency{
			TTFT: load.FixedDist(1), TokensPerSecond: load.FixedDist(100), Refusal: load.FixedDist(.05),
		},
		Faults: fault.Config{Rules: []fault.Rule{{Name: "it", Match: fault.Match{Nth: []int64{1}}, Effect: e}}},
	}, 1)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// taken is what is missing in the buckets, in requests and tokens.
func taken(m *model.Model, now time.Duration) (out [3]float64) {
	for i, l := range m.Levels(now) {
		out[i] = float64(l.Capacity) - l.Tokens()
	}
	return out
}

// TestWhatFaultsCost: charges at admission and when all is over. A request of
// 1,000 input and 200 output tokens starts at 0; its first token comes at 1 s and
// its last at 3 s.
func TestWhatFaultsCost(t *testing.T) {
	t.Parallel()
	const none, all = 0, 1000
	for _, row := range []struct {
		name           string
		effect         fault.Effect
		stream         bool
		requests       float64
		input          float64
		production     int64 // output tokens counted
		first, done    time.Duration
		inFlightAtOnce int
	}{
		{"nothing wrong", fault.Effect{Kind: fault.Pass}, true, 1, all, 200, second, 3 * second, 1},
		{"529", fault.Effect{Kind: fault.Error, Status: 529}, true, 0, none, 0, 0, 50 * time.Millisecond, 0},
		{"500 Overloaded", fault.Effect{Kind: fault.Error, Status: 500, Message: "Overloaded"}, true, 0, none, 0, 0, 50 * time.Millisecond, 0},
		{"429", fault.Effect{Kind: fault.Error, Status: 429}, true, 0, none, 0, 0, 50 * time.Millisecond, 0},
		{"500", fault.Effect{Kind: fault.Error, Status: 500}, true, 1, none, 0, 0, 50 * time.Millisecond, 0},
		{"504, late", fault.Effect{Kind: fault.Error, Status: 504, Delay: 60 * second}, true, 1, none, 0, 0, 60050 * time.Millisecond, 0},
		{"500 that keeps all", fault.Effect{Kind: fault.Error, Status: 500, Charge: fault.ChargeAll}, true, 1, all, 0, 0, 50 * time.Millisecond, 0},
		{"500 for nothing", fault.Effect{Kind: fault.Error, Status: 500, Charge: fault.ChargeNothing}, true, 0, none, 0, 0, 50 * time.Millisecond, 0},
		{"reset", fault.Effect{Kind: fault.Reset}, true, 1, all, 0, 0, 50 * time.Millisecond, 1},
		{"error first", fault.Effect{Kind: fault.StreamError}, true, 1, all, 0, 0, 50 * time.Millisecond, 1},
		{"error in place of the first content", fault.Effect{Kind: fault.StreamError, After: 3}, true, 1, all, 0, 0, second, 1},
		{"error half way", fault.Effect{Kind: fault.StreamError, After: 23}, true, 1, all, 100, second, 2 * second, 1},
		{"error for a plain request", fault.Effect{Kind: fault.StreamError, After: 23}, false, 0, none, 0, 0, 50 * time.Millisecond, 0},
		{"truncated half way", fault.Effect{Kind: fault.Truncate, After: 23}, true, 1, all, 100, second, 2 * second, 1},
		{"reset half way", fault.Effect{Kind: fault.ResetBody, After: 23}, true, 1, all, 100, second, 2 * second, 1},
		{"reset, plain", fault.Effect{Kind: fault.ResetBody, After: 23}, false, 1, all, 200, 0, 3 * second, 1},
		{"stalled", fault.Effect{Kind: fault.Stall, After: 23, For: 20 * second}, true, 1, all, 200, second, 22 * second, 1},
		{"stalled for ever", fault.Effect{Kind: fault.Stall, After: 23}, true, 1, all, 200, second, 602 * second, 1},
		{"slow", fault.Effect{Kind: fault.Slow, For: 5 * second}, true, 1, all, 200, second, 8 * second, 1},
		{"late", fault.Effect{Kind: fault.Pass, Delay: 5 * second}, true, 1, all, 200, 6 * second, 8 * second, 1},
		{"garbage", fault.Effect{Kind: fault.Garbage, After: 23}, true, 1, all, 200, second, 3 * second, 1},
	} {
		m := faulty(t, row.effect)
		req := model.Request{ID: 1, Attempt: 1, Model: "m", Stream: row.stream, Tokens: load.Tokens{Input: 1000, Output: 200}}
		var reply model.Reply
		m.Handle(0, &req, &reply)
		if got := taken(m, 0); got[0] != row.requests || got[1] != row.input || got[2] != 0 {
			t.Errorf("%s: %v taken at once, want %v requests and %v input", row.name, got, row.requests, row.input)
		}
		if got := m.InFlight(0); got != row.inFlightAtOnce {
			t.Errorf("%s: %d in flight", row.name, got)
		}
		if reply.FirstToken != row.first || reply.Done != row.done {
			t.Errorf("%s: first token %v, done %v, want %v, %v", row.name, reply.FirstToken, reply.Done, row.first, row.done)
		}
		if reply.Fault.Rule != "it" {
			t.Errorf("%s: rule %q", row.name, reply.Fault.Rule)
		}
		if got := produced(m, reply.Done); got != row.production {
			t.Errorf("%s: %d output tokens counted, want %d", row.name, got, row.production)
		}
		m.Handle(m.Levels(0)[0].FullAt, &req, &reply)
		if reply.Response.Outcome != load.OK || reply.Fault.Effect != nil {
			t.Errorf("%s: the second request met %+v", row.name, reply.Fault)
		}
	}
}

// produced is how many output tokens were counted up to ten seconds after the
// first request: what left the bucket, which refills ten a second while it is
// not full, in steps of a millisecond.
func produced(m *model.Model, until time.Duration) int64 {
	const step, full, refill = time.Millisecond, 600.0, .01
	sum, last := 0.0, full
	for at := step; at <= min(until+second, 10*second); at += step {
		now := m.Levels(at)[2].Tokens()
		if now < full {
			sum += last + refill - now
		}
		last = now
	}
	return int64(sum + .5)
}

// TestFaultsKeepToTheHeaderProfile: a 429 of a fault says as much as a true one,
// and nothing where it is bare; other errors say nothing.
func TestFaultsKeepToTheHeaderProfile(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		headers model.HeaderProfile
		effect  fault.Effect
		rpm     bool
		itpm    bool
	}{
		{model.CurrentHeaders, fault.Effect{Kind: fault.Error, Status: 429}, true, true},
		{model.CurrentHeaders, fault.Effect{Kind: fault.Error, Status: 429, Charge: fault.ChargeRequest}, true, true},
		{model.NoRequests, fault.Effect{Kind: fault.Error, Status: 429, Limit: "rpm"}, false, true},
		{model.NoInput, fault.Effect{Kind: fault.Error, Status: 429, Charge: fault.ChargeAll}, true, false},
		{model.Bare429, fault.Effect{Kind: fault.Error, Status: 429, Limit: "rpm"}, false, false},
		{model.CurrentHeaders, fault.Effect{Kind: fault.Error, Status: 429, Bare: true}, false, false},
		{model.CurrentHeaders, fault.Effect{Kind: fault.Error, Status: 529}, false, false},
		{model.CurrentHeaders, fault.Effect{Kind: fault.Error, Status: 500}, false, false},
	} {
		m, err := model.New(model.Config{RPM: 60, ITPM: 6000, Headers: row.headers, Faults: fault.Config{Rules: []fault.Rule{{Effect: row.effect}}}}, 1)
		if err != nil {
			t.Fatal(err)
		}
		var reply model.Reply
		m.Handle(0, &model.Request{Model: "m", Tokens: load.Tokens{Input: 10}}, &reply)
		got := &reply.Response
		if got.Limits.At(load.RPM).Known != row.rpm || got.Limits.At(load.ITPM).Known != row.itpm || got.Dimension != row.effect.Dimension() {
			t.Errorf("%s %+v: %+v", row.headers, row.effect, got)
		}
	}
}

// BenchmarkHandleUnderOverload is a request to a service with the seven rules of
// the overload suite; beside BenchmarkAdmitDrawn it shows what drawing costs.
func BenchmarkHandleUnderOverload(b *testing.B) {
	m, err := model.New(model.Config{Faults: fault.Config{Suite: "overload"}}, 1)
	if err != nil {
		b.Fatal(err)
	}
	req := model.Request{Attempt: 1, Model: "claude-sonnet-5", Stream: true, Tokens: load.Tokens{Input: 1000, Output: 300}}
	var reply model.Reply
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		req.ID = uint64(i)
		m.Handle(time.Duration(i)*time.Millisecond, &req, &reply)
	}
}
