package retry_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/policy/retry"
)

// The first values of the formulas that have no table in delay_test.go, worked
// out by hand, but for Polly's.
func TestFormulas(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		delay retry.Delay
		u     float64
		want  []time.Duration
	}{
		{"full jitter with a floor, least", retry.Delay{Kind: retry.FullJitter, Base: s, Cap: 8 * s, Floor: s}, 0, []time.Duration{s, s, s, s, s}},
		{"full jitter with a floor, middle", retry.Delay{Kind: retry.FullJitter, Base: s, Cap: 8 * s, Floor: s}, 0.5, []time.Duration{s, 1500 * ms, 2500 * ms, 4500 * ms, 4500 * ms}},
		{"a floor above the first ceilings", retry.Delay{Kind: retry.FullJitter, Base: s, Cap: 8 * s, Floor: 4 * s}, 0.5, []time.Duration{s, 2 * s, 4 * s, 6 * s}},
		{"linear jitter, least", retry.Delay{Kind: retry.LinearJitter, Base: s, Cap: 30 * s}, 0, []time.Duration{s, 2 * s, 3 * s, 4 * s}},
		{"linear jitter, middle", retry.Delay{Kind: retry.LinearJitter, Base: s, Cap: 30 * s}, 0.5, []time.Duration{15500 * ms, 31 * s, 46500 * ms, 62 * s}},
		{"linear jitter without width", retry.Delay{Kind: retry.LinearJitter, Base: s, Cap: s}, 0.5, []time.Duration{s, 2 * s, 3 * s}},
		{"jitter below the cap, then none", retry.Delay{Kind: retry.JitterBelowCap, Base: 2 * s, Cap: 20 * s}, 0.5, []time.Duration{s, 2 * s, 4 * s, 8 * s, 20 * s, 20 * s}},
		{"jitter up to the cap itself", retry.Delay{Kind: retry.JitterBelowCap, Base: 2 * s, Cap: 16 * s}, 0.5, []time.Duration{s, 2 * s, 4 * s, 8 * s, 16 * s}},
		// g(0.5) = √2·tanh √2 = 1.256367, g(1.5) = 2√2·tanh √6 = 2.786572: 0.897405 s and 1.093004 s
		{"polly, middle", retry.Delay{Kind: retry.Polly, Base: s}, 0.5, nanoseconds(0.897404936, 1.093003547, 2.035747963, 4.045979423, 8.083631610)},
		{"polly, least", retry.Delay{Kind: retry.Polly, Base: s}, 0, nanoseconds(0, 1.377182257, 1.460067301, 2.865849862, 5.717806862)},
		{"polly, capped outside", retry.Delay{Kind: retry.Polly, Base: s, Cap: 2 * s}, 0.5, nanoseconds(0.897404936, 1.093003547, 2, 2)},
		{"capped before the jitter", retry.Delay{Kind: retry.Exponential, Base: s, Cap: 4 * s, JitterSpread: 0.5}, 0.75, []time.Duration{1250 * ms, 2500 * ms, 5 * s, 5 * s}},
		{"capped after the jitter", retry.Delay{Kind: retry.Exponential, Base: s, Cap: 4 * s, JitterSpread: 0.5, CapAfter: true}, 0.75, []time.Duration{1250 * ms, 2500 * ms, 4 * s, 4 * s}},
		{"capped after the jitter, low draws still grow", retry.Delay{Kind: retry.Exponential, Base: s, Cap: 4 * s, JitterSpread: 0.5, CapAfter: true}, 0, []time.Duration{500 * ms, s, 2 * s, 4 * s, 4 * s}},
		{"windowed, at the start of each", retry.Delay{Kind: retry.Windowed, Base: 15 * s}, 0, []time.Duration{15 * s, 30 * s, 45 * s}}, // all from the first attempt's instant
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			cfg := retry.Config{Unlimited: true, Delay: tc.delay}
			if ps := cfg.Validate(); len(ps) > 0 {
				t.Fatal(ps)
			}
			got := waits(cfg, tc.u, len(tc.want))
			if !slices.EqualFunc(got, tc.want, near) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func nanoseconds(seconds ...float64) []time.Duration {
	out := make([]time.Duration, len(seconds))
	for i, x := range seconds {
		out[i] = time.Duration(x * float64(time.Second))
	}
	return out
}

// near allows for the places the expected values are written with.
func near(a, b time.Duration) bool { return (a - b).Abs() < 100*time.Microsecond }

// Polly's own claim: the first wait has a median near b, and retries come, counted
// from the first failure, at medians near b, 2b, 4b, 8b; and no wait exceeds
// b·2ⁿ·4, as its tests demand.
func TestPollyMedians(t *testing.T) {
	t.Parallel()
	layer := retry.New(retry.Config{Unlimited: true, Delay: retry.Delay{Kind: retry.Polly, Base: s}})
	rng := rand.New(rand.NewPCG(7, 7))
	const calls, retries = 20_001, 5
	var instants [retries][]float64
	for range calls {
		state, at := load.RetryState{}, time.Duration(0)
		for n := range retries {
			state.Failures++
			wait, _ := layer.Next(0, &load.Call{}, &state, &throttled, rng)
			if wait < 0 || wait >= time.Duration(4<<n)*s {
				t.Fatalf("retry %d after %v", n+1, wait)
			}
			at += wait
			instants[n] = append(instants[n], at.Seconds())
		}
	}
	for n, at := range instants {
		slices.Sort(at)
		if median, want := at[calls/2], math.Exp2(float64(n)); math.Abs(median/want-1) > 0.12 {
			t.Errorf("retry %d: median %.3f s, want near %v s", n+1, median, want)
		}
	}
}

// A windowed client tries once in every window, however long its answers take.
func TestOneTryPerWindow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		width := time.Duration(rapid.Int64Range(int64(time.Millisecond), int64(time.Minute)).Draw(t, "window"))
		since := time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "first attempt"))
		layer := retry.New(retry.Config{Unlimited: true, Delay: retry.Delay{Kind: retry.Windowed, Base: width}})
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		state, now, last := load.RetryState{Since: since}, since, int64(0)
		for range 20 {
			now += time.Duration(rapid.Int64Range(0, int64(3*width)).Draw(t, "answer after"))
			state.Failures++
			wait, _ := layer.Next(now, &load.Call{}, &state, &throttled, rng)
			answered := int64((now - since) / width)
			now += wait
			window := int64((now - since) / width)
			if wait < 0 || window <= last || window > max(last, answered)+1 {
				t.Fatalf("retry %d in window %d after %d, answered in %d, wait %v", state.Failures, window, last, answered, wait)
			}
			last = window
		}
	})
}

// What a header that restarts the delay does to the waits after it: grpc's
// numRetriesSincePushback, cenkalti's Reset.
func TestRestart(t *testing.T) {
	t.Parallel()
	exponential := retry.Delay{Kind: retry.Exponential, Base: s}
	for _, row := range []struct {
		name    string
		restart bool
		delay   retry.Delay
		want    []time.Duration // header in the third answer
	}{
		{"goes on", false, exponential, []time.Duration{s, 2 * s, 7 * s, 8 * s, 16 * s}},
		{"anew", true, exponential, []time.Duration{s, 2 * s, 7 * s, s, 2 * s}},
		{"decorrelated anew", true, retry.Delay{Kind: retry.Decorrelated, Base: s}, []time.Duration{2 * s, 3500 * ms, 7 * s, 2 * s, 3500 * ms}},
		{"polly anew", true, retry.Delay{Kind: retry.Polly, Base: s}, nanoseconds(0.897404936, 1.093003547, 7, 0.897404936, 1.093003547)},
		{"polly draws beside a header", false, retry.Delay{Kind: retry.Polly, Base: s}, nanoseconds(0.897404936, 1.093003547, 7, 4.045979423, 8.083631610)},
	} {
		layer := retry.New(retry.Config{Unlimited: true, Delay: row.delay, RetryAfter: retry.RetryAfter{Use: retry.Verbatim, Restart: row.restart}})
		state, told := load.RetryState{}, throttled
		told.Response.HasRetryAfter, told.Response.RetryAfter = true, 7*s
		var got []time.Duration
		for _, a := range []*load.Attempt{&throttled, &throttled, &told, &throttled, &throttled} {
			state.Failures++
			wait, _ := layer.Next(0, &load.Call{}, &state, a, share(0.5))
			got = append(got, wait)
		}
		if !slices.EqualFunc(got, row.want, near) {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
}

// How a header is read: its sign, the statuses that carry it, a ceiling above
// which it only shortens.
func TestHowAHeaderIsRead(t *testing.T) {
	t.Parallel()
	const no = -1
	unavailable := load.Attempt{Response: load.Response{Outcome: load.Failed, Status: 503}}
	overloaded := load.Attempt{Response: load.Response{Outcome: load.Overloaded, Status: 529}}
	for _, row := range []struct {
		name   string
		ra     retry.RetryAfter
		a      load.Attempt
		header time.Duration
		want   time.Duration // with an own delay of 4 s
	}{
		{"negative as zero", retry.RetryAfter{Use: retry.Verbatim, Negative: retry.AsZero}, throttled, -s, 0},
		{"negative as absent", retry.RetryAfter{Use: retry.Verbatim, Negative: retry.AsAbsent}, throttled, -s, 4 * s},
		{"negative ends it", retry.RetryAfter{Use: retry.Verbatim, Negative: retry.AsStop}, throttled, -1, no},
		{"zero does not", retry.RetryAfter{Use: retry.Verbatim, Negative: retry.AsStop}, throttled, 0, 0},
		{"429 carries it", retry.RetryAfter{Use: retry.Verbatim, Statuses: []int{429, 503}}, throttled, 9 * s, 9 * s},
		{"503 carries it", retry.RetryAfter{Use: retry.Verbatim, Statuses: []int{429, 503}}, unavailable, 9 * s, 9 * s},
		{"529 does not", retry.RetryAfter{Use: retry.Verbatim, Statuses: []int{429, 503}}, overloaded, 9 * s, 4 * s},
		{"too long, but shorter than the delay", retry.RetryAfter{Use: retry.Verbatim, Max: 2 * s, Above: retry.Shorter}, throttled, 3 * s, 3 * s},
		{"too long and longer", retry.RetryAfter{Use: retry.Verbatim, Max: 2 * s, Above: retry.Shorter}, throttled, 5 * s, 4 * s},
	} {
		layer := retry.New(retry.Config{Attempts: 2, Delay: retry.Delay{Kind: retry.Fixed, Base: 4 * s}, RetryAfter: row.ra})
		row.a.Response.HasRetryAfter, row.a.Response.RetryAfter = true, row.header
		wait, again := layer.Next(0, &load.Call{}, &load.RetryState{Failures: 1}, &row.a, share(0.5))
		if !again {
			wait = no
		}
		if wait != row.want {
			t.Errorf("%s: %v, want %v", row.name, wait, row.want)
		}
	}
}
