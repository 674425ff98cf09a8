package model_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/mockserver/model"
)

// The recorded message: the current limit is 58,276 and will rise to 68,276 at
// the next minute boundary.
func TestRecordedAcceleration(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{ITPM: 200_000, Acceleration: model.Acceleration{Start: 58_276}, Latency: speed})
	ask(m, 90*second, 1, 58_000, 0)
	r := ask(m, 100*second, 2, 1000, 0)
	if r.Response.Dimension != load.Acceleration || r.Response.ErrorCode != "ramp_limit_exceeded" || r.Limit != 58_276 || r.Next != 68_276 ||
		r.Response.Status != 429 || r.Response.RetryAfter != 20*second || r.Response.ErrorType != "rate_limit_error" {
		t.Errorf("got %+v", r)
	}
	if in := r.Response.Limits.At(load.ITPM); !in.Known || in.Limit != 200_000 || in.Remaining < 140_000 {
		t.Errorf("headers show the nominal limit, which is far: %+v", in)
	}
	if r := ask(m, 120*second, 3, 1000, 0); r.Response.Outcome != load.OK {
		t.Errorf("after the boundary: %+v", r)
	}
}

// The allowance rises by a step a minute under use, stays no higher than what is
// used makes it, and sinks back when idle.
func TestAccelerationFollowsUse(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{ITPM: 1_000_000, Acceleration: model.Acceleration{Start: 10_000, Step: 5000}, Latency: speed})
	id := uint64(0)
	allowed := func(at time.Duration) int64 {
		id++
		r := ask(m, at, id, 500_000, 0)
		if r.Response.Dimension != load.Acceleration || r.Next != r.Limit+5000 {
			t.Fatalf("at %v: %+v", at, r)
		}
		return r.Limit
	}
	for _, row := range []struct {
		at   time.Duration
		want int64
	}{{0, 10_000}, {60 * second, 15_000}, {130 * second, 20_000}, {240 * second, 20_000}, {600 * second, 10_000}} {
		if got := allowed(row.at); got != row.want {
			t.Errorf("at %v: allowance %d, want %d", row.at, got, row.want)
		}
	}
}

// A pool whose nominal limit is no higher than the allowance never meets it.
func TestAccelerationEndsAtTheNominalLimit(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{ITPM: 10_000, Acceleration: model.Acceleration{Start: 10_000}, Latency: speed})
	ask(m, 0, 1, 10_000, 0)
	if r := ask(m, 0, 2, 10, 0); r.Response.Dimension != load.ITPM {
		t.Errorf("got %+v", r)
	}
}

// In no sliding minute more is admitted than the highest allowance so far plus
// what the two-counter window can let through at its edge.
func TestAccelerationBoundsGrowth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		const start, step = 10_000, 5000
		m := build(t, model.Config{Acceleration: model.Acceleration{Start: start, Step: step}, Latency: speed})
		now := time.Duration(0)
		var minute [64]int64
		for id := range uint64(rapid.IntRange(1, 80).Draw(r, "requests")) {
			now += time.Duration(rapid.Int64Range(0, int64(10*time.Second)).Draw(r, "gap"))
			input := rapid.Int64Range(1, 9000).Draw(r, "input")
			if ask(m, now, id, input, 0).Response.Outcome == load.OK {
				minute[now/time.Minute] += input
			}
		}
		for i, used := range minute {
			if used > start+int64(i)*step {
				r.Fatalf("minute %d used %d, more than %d", i, used, start+i*step)
			}
		}
	})
}

func TestTokensPerDay(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{TokensPerDay: 1000, Latency: speed})
	ask(m, 0, 1, 700, 200)
	if r := ask(m, second, 2, 301, 0); r.Cause != model.DailyTokens || r.Response.Status != 429 || r.Response.Dimension != load.NoDimension || r.Limit != 1000 || r.Response.RetryAfter != 24*time.Hour-second {
		t.Errorf("beyond the day: %+v", r)
	}
	if r := ask(m, 4*second, 3, 101, 0); r.Cause != model.DailyTokens {
		t.Errorf("output counts too: %+v", r)
	}
	if r := ask(m, 4*second, 4, 100, 5); r.Response.Outcome != load.OK {
		t.Errorf("what is left of the day: %+v", r)
	}
	if r := ask(m, 24*time.Hour, 5, 900, 0); r.Response.Outcome != load.OK {
		t.Errorf("the next day: %+v", r)
	}
	if r := ask(m, 24*time.Hour, 6, 1001, 0); !r.Impossible {
		t.Errorf("more than any day has: %+v", r)
	}
}

func spender(spend model.Spend) model.Config {
	return model.Config{Spend: spend, Latency: speed}
}

func buy(m *model.Model, now time.Duration, id uint64, t load.Tokens) model.Reply {
	var r model.Reply
	m.Handle(now, &model.Request{ID: id, Attempt: 1, Model: "claude-sonnet-5", Tokens: t, Stream: true}, &r)
	return r
}

// Sonnet 5 costs 2 USD a million in and 10 out: 1000 in and 800 out are a cent.
func TestSpendCap(t *testing.T) {
	t.Parallel()
	never := false
	for _, row := range []struct {
		spend  model.Spend
		status int
		cause  model.Cause
		code   string
		advice load.Advice
	}{
		{model.Spend{Cap: 0.01}, 429, model.SpendCap, "enforced_spend_limit_reached", load.NoAdvice},
		{model.Spend{Cap: 0.01, ShouldRetry: &never}, 429, model.SpendCap, "enforced_spend_limit_reached", load.DoNotRetry},
		{model.Spend{Limit: 0.01}, 400, model.SpendLimit, "", load.NoAdvice},
	} {
		m := build(t, spender(row.spend))
		r := buy(m, 0, 1, load.Tokens{Input: 1000, Output: 800})
		if got := m.Spent(0, 0); math.Abs(got-0.002) > 1e-15 {
			t.Errorf("at admission: %v USD", got)
		}
		buy(m, r.Done-1, 2, load.Tokens{}) // not spent yet
		if got := m.Spent(r.Done, 0); got != 0.01 {
			t.Errorf("at the end: %v USD, want 0.01 exactly", got)
		}
		for _, at := range []time.Duration{r.Done, 40 * 24 * time.Hour} {
			r := buy(m, at, 3, load.Tokens{Input: 1})
			if r.Response.Status != row.status || r.Cause != row.cause || r.Response.ErrorCode != row.code || r.Response.HasRetryAfter ||
				r.Response.Dimension != load.Spend || r.Response.Advice != row.advice {
				t.Errorf("%+v at %v: %+v", row.spend, at, r)
			}
		}
	}
}

// Money is spent in any order to the same sum, and a cancelled answer pays for
// what it produced.
func TestSpentIsExact(t *testing.T) {
	t.Parallel()
	m := build(t, spender(model.Spend{Cap: 1000}))
	price, _ := model.Prices().Lookup("claude-sonnet-5")
	var sum load.Tokens
	for id := range uint64(1000) {
		tokens := load.Tokens{Input: int64(id), CacheWrite: int64(id % 7), CacheRead: int64(3 * id), Output: int64(id % 100)}
		buy(m, 0, id, tokens)
		sum = sum.Add(tokens)
	}
	if got, want := m.Spent(time.Hour, 0), price.Cost(sum); math.Abs(got-want) > 1e-9 {
		t.Errorf("spent %v, want %v", got, want)
	}
	cut := build(t, spender(model.Spend{Cap: 1000}))
	r := buy(cut, 0, 1, load.Tokens{Output: 100})
	cut.Cancel(second+second/2, r.Handle)
	if got := cut.Spent(time.Hour, 0); math.Abs(got-50*10e-6) > 1e-15 {
		t.Errorf("cancelled half way: %v USD", got)
	}
}

// Half of the allowance is use enough to raise it, and the wait for older use to
// fade can be shorter than that for the minute to end.
func TestAccelerationAtItsEdges(t *testing.T) {
	t.Parallel()
	for used, want := range map[int64]int64{5000: 15_000, 4999: 10_000} {
		m := build(t, model.Config{Acceleration: model.Acceleration{Start: 10_000, Step: 5000}, Latency: speed})
		ask(m, 0, 1, used, 0)
		if r := ask(m, 60*second, 2, 500_000, 0); r.Limit != want {
			t.Errorf("after %d the allowance is %d, want %d", used, r.Limit, want)
		}
	}
	m := build(t, model.Config{Acceleration: model.Acceleration{Start: 6000, Step: 1}, Latency: speed})
	ask(m, 59*second, 1, 6000, 0)
	r := ask(m, 60*second, 2, 1000, 0) // 6,001 are allowed; 999 of 6,000 must fade
	if r.Response.Dimension != load.Acceleration || r.Response.RetryAfter != 10*second {
		t.Errorf("got %+v", r)
	}
}

// Fast mode costs twice as much.
func TestFastModeCostsDouble(t *testing.T) {
	t.Parallel()
	cfg := withSpecial(model.Pool{Fast: &model.TokenLimits{ITPM: 60_000, OTPM: 60_000}})
	cfg.Spend.Cap = 100
	m := build(t, cfg)
	var r model.Reply
	m.Handle(0, &model.Request{ID: 1, Attempt: 1, Model: "claude-sonnet-5", Tokens: load.Tokens{Input: 1000, Output: 100}, Fast: true}, &r)
	if got := m.Spent(time.Hour, 0); math.Abs(got-0.006) > 1e-15 {
		t.Errorf("spent %v USD, want 0.006", got)
	}
}
