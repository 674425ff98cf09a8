package mockserver_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/mockserver/model"
)

// traffic is a seeded mixture that meets every limit. Instants are distinct
// multiples of a microsecond and of the compression.
func traffic(n int) []call {
	rng := rand.New(rand.NewPCG(1, 2))
	calls := make([]call, n)
	at := time.Duration(0)
	for i := range calls {
		at += time.Duration(1+rng.IntN(1_200_000)) * time.Microsecond
		at = at / (60 * time.Microsecond) * (60 * time.Microsecond)
		at += 60 * time.Microsecond
		q := call{at: at, hint: true, id: uint64(i / 2), attempt: 1 + i%2, key: i % 3, request: tokens(rng.Int64N(3000), rng.Int64N(600))}
		q.request.Tokens.CacheRead = rng.Int64N(500)
		q.request.MaxTokens = 1 + rng.Int64N(800)
		q.request.Stream = rng.IntN(2) == 0
		calls[i] = q
	}
	return calls
}

// TestParity: the same requests put to a model directly and to a mock over HTTP
// get the same decisions, headers and timelines.
func TestParity(t *testing.T) {
	t.Parallel()
	own := false
	for _, cfg := range []mockserver.Config{
		{Model: model.Config{RPM: 50, ITPM: 60000, OTPM: 12000}, Seed: 7, Compress: 1},
		{Model: model.Config{RPM: 60, Burst: 2, ITPM: 90000, OTPM: 8000, Output: model.Reserve}, Seed: 8, Compress: 60},
		{Model: model.Config{RPM: 40, ITPM: 40000, KeysShareBucket: &own, Concurrency: 2, RefusalsCharged: true}, Seed: 9, Compress: 1},
		{Model: model.Config{Profile: "start"}, Seed: 10, Compress: 1}, // claude-x is in no pool: 404
	} {
		t.Run(fmt.Sprint(cfg.Seed), func(t *testing.T) {
			t.Parallel()
			cfg.TrustHints = true
			calls := traffic(300)
			want := throughModel(t, cfg, calls)
			synctest.Test(t, func(t *testing.T) {
				got := throughHTTP(t, cfg, calls)
				outcomes := map[load.Outcome]int{}
				for i := range calls {
					outcomes[want[i].Response.Outcome]++
					compare(t, cfg.Compress, i, got[i], want[i])
				}
				t.Log(outcomes)
			})
		})
	}
}

func throughModel(t *testing.T, cfg mockserver.Config, calls []call) []model.Reply {
	m, err := model.New(cfg.Model, cfg.Seed)
	fatalIf(t, err)
	replies := make([]model.Reply, len(calls))
	for i := range calls {
		q := &calls[i]
		m.Handle(q.at, &model.Request{
			ID: q.id, Attempt: q.attempt, Key: q.key, Model: q.request.Model, Tokens: q.request.Tokens,
			MaxTokens: q.request.MaxTokens, Stream: q.request.Stream,
		}, &replies[i])
	}
	return replies
}

func throughHTTP(t *testing.T, cfg mockserver.Config, calls []call) []answer {
	c := newClient(mockservertest.StartInMemory(t, cfg), cfg.Compress)
	answers := make([]answer, len(calls))
	var wg sync.WaitGroup
	for i := range calls {
		wg.Go(func() {
			sleepUntil(c, calls[i].at)
			answers[i] = c.do(context.Background(), &calls[i])
		})
	}
	wg.Wait()
	return answers
}

func compare(t *testing.T, compress float64, i int, got answer, want model.Reply) {
	t.Helper()
	if got.err != nil {
		t.Errorf("call %d: %v", i, got.err)
		return
	}
	late := got.done - want.Done
	grain := time.Duration(2 * compress) // nanoseconds of the wall
	if late < -grain || late > grain {
		t.Errorf("call %d: done at %v, want %v", i, got.done, want.Done)
	}
	g, w := got.response, want.Response
	for k := range g.Limits {
		early := w.Limits[k].Reset - g.Limits[k].Reset
		if w.Limits[k].Known && (early < -grain || early >= time.Second) {
			t.Errorf("call %d: reset %v, want %v", i, g.Limits[k].Reset, w.Limits[k].Reset)
		}
		g.Limits[k].Reset = w.Limits[k].Reset
	}
	if early := w.RetryAfter - g.RetryAfter; early > 0 || early < -time.Millisecond {
		t.Errorf("call %d: retry-after %v, want %v", i, g.RetryAfter, w.RetryAfter)
	}
	g.RetryAfter = w.RetryAfter
	if g != w {
		t.Errorf("call %d: got  %+v\nwant %+v", i, g, w)
	}
}
