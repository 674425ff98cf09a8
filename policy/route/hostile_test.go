package route_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/policy/route"
)

// Whatever a server claims, a call gets a key there is or is told to wait for an
// instant to come, and nobody stays away from a model for longer than a year.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	number := rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{math.MinInt64, -1, 0, 1, 1000, math.MaxInt64}))
	rapid.Check(t, func(t *rapid.T) {
		cfg := route.Config{
			Keys: 3, Pick: rapid.SampledFrom(route.Picks()).Draw(t, "pick"),
			Cooldown: route.Cooldown{For: s, RetryAfter: rapid.Bool().Draw(t, "header"), Jitter: s, PerDimension: rapid.Bool().Draw(t, "apart")},
			Fallback: route.Fallback{
				Models: []string{"mid"}, After: rapid.IntRange(0, 2).Draw(t, "after"), WhileCooling: true,
				Return: route.Return{Above: 0.3, For: 10 * s},
			},
		}
		if ps := cfg.Validate(); len(ps) > 0 {
			t.Fatal(ps)
		}
		r := route.New(cfg, 1)
		now := time.Duration(0)
		for i := range rapid.IntRange(1, 40).Draw(t, "calls") {
			now += time.Duration(rapid.Int64Range(0, int64(20*s)).Draw(t, "later"))
			c := newCaller(r, i)
			c.call.Tokens, c.call.MaxTokens = load.Tokens{Input: number.Draw(t, "input")}, 100
			to, p := c.pick(now)
			switch {
			case p.State == load.WaitUntil && p.At <= now:
				t.Fatalf("at %v told to wait until %v", now, p.At)
			case p.State == load.WaitUntil:
				continue
			case to.Key < 0 || to.Key >= 3:
				t.Fatalf("key %d", to.Key)
			}
			answer := fine
			if rapid.Bool().Draw(t, "refused") {
				answer = limited
			}
			answer.Dimension = load.Dimension(rapid.Uint8().Draw(t, "dimension"))
			answer.RetryAfter, answer.HasRetryAfter = time.Duration(number.Draw(t, "retry-after")), rapid.Bool().Draw(t, "there")
			answer.Usage.Output = number.Draw(t, "output")
			for d := range answer.Limits {
				answer.Limits[d] = load.LimitStatus{
					Known: rapid.Bool().Draw(t, "known"), Limit: number.Draw(t, "limit"),
					Remaining: number.Draw(t, "remaining"), Reset: time.Duration(number.Draw(t, "reset")),
				}
			}
			c.call.Attempts++
			r.Observe(now, &c.call, &load.Attempt{Target: to, Response: answer})
		}
		if cfg.Cooldown.RetryAfter {
			return // a server may well send everybody away for ever
		}
		c := newCaller(r, 1000)
		if to, p := c.pick(now + 366*24*time.Hour); to != key(to.Key) || p.State != load.Granted {
			t.Fatalf("a year later: %+v %+v", to, p)
		}
	})
}

// Resets out of all reason: one long past says that nothing is missing, one in
// centuries keeps calls away for a year.
func TestUnreasonableResets(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	for reset, back := range map[time.Duration]time.Duration{
		math.MinInt64: 10 * s, -1: 10 * s, math.MaxInt64: 10*s + year,
	} {
		d := newSender(t, route.Config{Fallback: route.Fallback{Models: []string{"mid"}, After: 1, Return: route.Return{Above: 0.3}}})
		answer := refuses(load.RPM, 0, s)
		answer.Limits.At(load.RPM).Reset = reset
		d.send(10*s, load.Tokens{}).answer(10*s, answer)
		if x := d.send(back, load.Tokens{}); x.to != key(0) {
			t.Errorf("reset at %v: at %v %+v", reset, back, x.to)
		}
	}
}
