package retry_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/policy/retry"
)

const (
	s  = time.Second
	ms = time.Millisecond
)

// always is a source whose every Float64 is the share it was made of.
type always uint64

func (a always) Uint64() uint64 { return uint64(a) }

// share returns a generator whose Float64 is always u (a multiple of 2⁻⁵³).
func share(u float64) *rand.Rand { return rand.New(always(u * (1 << 53))) }

var throttled = load.Attempt{Response: load.Response{Outcome: load.Throttled, Status: 429}}

// waits are the delays of the first retries when every answer is a 429 without
// a header and every draw is u.
func waits(cfg retry.Config, u float64, n int) []time.Duration {
	layer, state, rng := retry.New(cfg), load.RetryState{}, share(u)
	var out []time.Duration
	for range n {
		state.Failures++
		wait, again := layer.Next(0, &load.Call{}, &state, &throttled, rng)
		if !again {
			break
		}
		out = append(out, wait)
	}
	return out
}

func TestDelayTables(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		delay retry.Delay
		u     float64 // every uniform draw
		want  []time.Duration
	}{
		{"immediate", retry.Delay{Kind: retry.Immediate}, 0.5, []time.Duration{0, 0, 0}},
		{"fixed", retry.Delay{Kind: retry.Fixed, Base: 5 * s}, 0.5, []time.Duration{5 * s, 5 * s, 5 * s}},
		{"linear", retry.Delay{Kind: retry.Linear, Base: s, Cap: 3 * s}, 0.5, []time.Duration{s, 2 * s, 3 * s, 3 * s}},
		{"exponential", retry.Delay{Kind: retry.Exponential, Base: s, Cap: 60 * s}, 0.5, []time.Duration{s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 60 * s, 60 * s}},
		{"exponential without cap", retry.Delay{Kind: retry.Exponential, Base: 2 * s}, 0.5, []time.Duration{2 * s, 4 * s, 8 * s, 16 * s, 32 * s}},
		{"exponential factor 1.5", retry.Delay{Kind: retry.Exponential, Base: 500 * ms, Factor: 1.5}, 0.5, []time.Duration{500 * ms, 750 * ms, 1125 * ms}},
		{"full jitter, least", retry.Delay{Kind: retry.FullJitter, Base: s, Cap: 4 * s}, 0, []time.Duration{0, 0, 0, 0}},
		{"full jitter, middle", retry.Delay{Kind: retry.FullJitter, Base: s, Cap: 4 * s}, 0.5, []time.Duration{500 * ms, s, 2 * s, 2 * s}},
		{"equal jitter, least", retry.Delay{Kind: retry.EqualJitter, Base: s, Cap: 4 * s}, 0, []time.Duration{500 * ms, s, 2 * s, 2 * s}},
		{"equal jitter, middle", retry.Delay{Kind: retry.EqualJitter, Base: s, Cap: 4 * s}, 0.5, []time.Duration{750 * ms, 1500 * ms, 3 * s, 3 * s}},
		// previous starts at the base: U(1, 3) = 2, U(1, 6) = 3.5, U(1, 10.5) = 5.75
		{"decorrelated, middle", retry.Delay{Kind: retry.Decorrelated, Base: s, Cap: 60 * s}, 0.5, []time.Duration{2 * s, 3500 * ms, 5750 * ms}},
		{"decorrelated, least", retry.Delay{Kind: retry.Decorrelated, Base: s, Cap: 60 * s}, 0, []time.Duration{s, s, s}},
		{"decorrelated, at the cap", retry.Delay{Kind: retry.Decorrelated, Base: s, Cap: 3 * s}, 0.5, []time.Duration{2 * s, 3 * s, 3 * s}},
		{"sdk defaults, longest", retry.Delay{Kind: retry.SDK}, 0, []time.Duration{500 * ms, s, 2 * s, 4 * s, 8 * s, 8 * s}},
		{"sdk defaults, middle", retry.Delay{Kind: retry.SDK}, 0.5, []time.Duration{437500 * time.Microsecond, 875 * ms}},
		// seed-a-backoff: 10 % added after the cap, so up to 66 s
		{"share added after the cap", retry.Delay{Kind: retry.Exponential, Base: 32 * s, Cap: 60 * s, JitterAdd: 0.1}, 0.5, []time.Duration{33600 * ms, 63 * s}},
		// seed-c-retry: U(0, 0.5) s on top
		{"jitter added after the cap", retry.Delay{Kind: retry.Exponential, Base: s, Cap: 2 * s, Jitter: 500 * ms}, 0.5, []time.Duration{1250 * ms, 2250 * ms, 2250 * ms}},
		// cenkalti/backoff: ±50 %
		{"spread, least", retry.Delay{Kind: retry.Fixed, Base: s, JitterSpread: 0.5}, 0, []time.Duration{500 * ms}},
		{"spread, upper half", retry.Delay{Kind: retry.Fixed, Base: s, JitterSpread: 0.5}, 0.75, []time.Duration{1250 * ms}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			cfg := retry.Config{Unlimited: true, Delay: tc.delay}
			if ps := cfg.Validate(); len(ps) > 0 {
				t.Fatal(ps)
			}
			if got := waits(cfg, tc.u, len(tc.want)); !slices.Equal(got, tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

// The range of every kind holds for any draw and any number of failures, however
// large, and the tabulated start of a curve meets its computed rest.
func TestDelaysStayInTheirRange(t *testing.T) {
	t.Parallel()
	kinds := []retry.Kind{retry.Fixed, retry.Linear, retry.Exponential, retry.FullJitter, retry.EqualJitter, retry.Decorrelated, retry.SDK}
	rapid.Check(t, func(t *rapid.T) {
		base := time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "base"))
		limit := base + time.Duration(rapid.Int64Range(0, int64(24*time.Hour)).Draw(t, "cap above base"))
		kind := rapid.SampledFrom(kinds).Draw(t, "kind")
		layer := retry.New(retry.Config{Unlimited: true, Delay: retry.Delay{Kind: kind, Base: base, Cap: limit}})
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		state := load.RetryState{}
		for range 100 {
			state.Failures++
			got, again := layer.Next(0, &load.Call{}, &state, &throttled, rng)
			low := map[retry.Kind]time.Duration{retry.FullJitter: 0, retry.EqualJitter: base / 2, retry.SDK: base * 3 / 4}
			least, jittered := low[kind]
			if !jittered {
				least = base
			}
			if !again || got < least || got > limit {
				t.Fatalf("%s: failure %d: %v again %v, want %v to %v", kind, state.Failures, got, again, least, limit)
			}
		}
	})
}

// Without a cap a curve grows until instants still cannot overflow.
func TestUncappedDelaysDoNotOverflow(t *testing.T) {
	t.Parallel()
	layer := retry.New(retry.Config{Unlimited: true, Delay: retry.Delay{Kind: retry.Exponential, Base: s, Jitter: time.Hour, JitterAdd: 9}, RetryAfter: retry.RetryAfter{Use: retry.AddDelay}})
	a := throttled
	a.Response.HasRetryAfter, a.Response.RetryAfter = true, 1<<63-1
	for _, failures := range []int{1, 31, 32, 33, 64, 1000, 1 << 40} {
		state := load.RetryState{Failures: failures}
		for _, at := range []*load.Attempt{&throttled, &a} {
			if wait, again := layer.Next(0, &load.Call{}, &state, at, share(0.5)); wait <= 0 || !again {
				t.Errorf("%d failures: %v, %v", failures, wait, again)
			}
		}
	}
}
