package retry_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/retry"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	const no = -1 // gives up
	for _, row := range []struct {
		name   string
		ra     retry.RetryAfter
		header time.Duration
		want   time.Duration // with an own delay of 4 s, and every draw a half
	}{
		{"ignored", retry.RetryAfter{}, 10 * s, 4 * s},
		{"ignored by name", retry.RetryAfter{Use: retry.Ignore}, 10 * s, 4 * s},
		{"verbatim", retry.RetryAfter{Use: retry.Verbatim}, 10 * s, 10 * s},
		{"floor, header longer", retry.RetryAfter{Use: retry.Floor}, 10 * s, 10 * s},
		{"floor, delay longer", retry.RetryAfter{Use: retry.Floor}, s, 4 * s},
		{"jitter added", retry.RetryAfter{Use: retry.AddJitter, Jitter: s}, 10 * s, 10500 * ms},
		{"jitter added, a share of a long header", retry.RetryAfter{Use: retry.AddJitter, Jitter: s, JitterShare: 0.5}, 10 * s, 12500 * ms},
		{"jitter added, at least", retry.RetryAfter{Use: retry.AddJitter, Jitter: s, JitterShare: 0.5}, s, 1500 * ms},
		{"delay added", retry.RetryAfter{Use: retry.AddDelay}, 10 * s, 14 * s},
		{"clamp, below", retry.RetryAfter{Use: retry.Clamp}, s, 4 * s},
		{"clamp, within", retry.RetryAfter{Use: retry.Clamp}, 6 * s, 6 * s},
		{"clamp, above", retry.RetryAfter{Use: retry.Clamp}, 60 * s, 9 * s},
		{"clamp, own window", retry.RetryAfter{Use: retry.Clamp, Window: s}, 60 * s, 5 * s},
		{"below min", retry.RetryAfter{Use: retry.Verbatim, Min: 2 * s}, s, 4 * s},
		{"at min", retry.RetryAfter{Use: retry.Verbatim, Min: 2 * s}, 2 * s, 2 * s},
		{"at max", retry.RetryAfter{Use: retry.Verbatim, Max: 60 * s}, 60 * s, 60 * s},
		{"above max", retry.RetryAfter{Use: retry.Verbatim, Max: 60 * s}, 61 * s, 4 * s},
		{"above max, delay by name", retry.RetryAfter{Use: retry.Verbatim, Max: 60 * s, Above: retry.UseDelay}, 61 * s, 4 * s},
		{"above max, clipped", retry.RetryAfter{Use: retry.Verbatim, Max: 60 * s, Above: retry.Clip}, 61 * s, 60 * s},
		{"above max, give up", retry.RetryAfter{Use: retry.Verbatim, Max: 60 * s, Above: retry.GiveUp}, 61 * s, no},
		{"negative", retry.RetryAfter{Use: retry.AddJitter, Jitter: s}, -5 * s, 500 * ms},
	} {
		layer := retry.New(retry.Config{Attempts: 2, Delay: retry.Delay{Kind: retry.Fixed, Base: 4 * s}, RetryAfter: row.ra})
		a := throttled
		a.Response.HasRetryAfter, a.Response.RetryAfter = true, row.header
		wait, again := layer.Next(0, &load.Call{}, &load.RetryState{Failures: 1}, &a, share(0.5))
		if !again {
			wait = no
		}
		if wait != row.want {
			t.Errorf("%s: %v, want %v", row.name, wait, row.want)
		}
	}
}

func TestWhatIsRetried(t *testing.T) {
	t.Parallel()
	spend := load.Response{Outcome: load.Throttled, Status: 429, ErrorCode: "enforced_spend_limit_reached"}
	limit := load.Response{Outcome: load.Throttled, Status: 429, HasRetryAfter: true}
	for _, row := range []struct {
		name string
		cfg  retry.Config
		r    load.Response
		want bool
	}{
		{"default: 429", retry.Config{}, limit, true},
		{"default: broken stream", retry.Config{}, load.Response{Outcome: load.Failed, Status: 200}, false},
		{"default: 409", retry.Config{}, load.Response{Outcome: load.Failed, Status: 409}, false},
		{"default: refused by an own gate", retry.Config{}, load.Response{Outcome: load.Shed}, false},
		{"refused", retry.Config{On: []retry.Failure{retry.Refused}}, load.Response{Outcome: load.Shed}, true},
		{"any but refused", retry.Config{On: []retry.Failure{retry.Any}}, load.Response{Outcome: load.Shed}, false},
		{"any: 400", retry.Config{On: []retry.Failure{retry.Any}}, load.Response{Outcome: load.Failed, Status: 400}, true},
		{"stream", retry.Config{On: []retry.Failure{retry.Stream}}, load.Response{Outcome: load.Failed, Status: 200}, true},
		{"client error: 404", retry.Config{On: []retry.Failure{retry.ClientError}}, load.Response{Outcome: load.Failed, Status: 404}, true},
		{"client error: not 429", retry.Config{On: []retry.Failure{retry.ClientError}}, limit, false},
		{"throttled only: 529", retry.Config{On: []retry.Failure{retry.Throttled}}, load.Response{Outcome: load.Overloaded, Status: 529}, false},
		{"server error: 500", retry.Config{On: []retry.Failure{retry.ServerError}}, load.Response{Outcome: load.Failed, Status: 500}, true},
		{"network", retry.Config{On: []retry.Failure{retry.Network}}, load.Response{Outcome: load.Failed}, true},
		{"timeout", retry.Config{On: []retry.Failure{retry.Timeout}}, load.Response{Outcome: load.TimedOut}, true},
		{"empty list", retry.Config{On: []retry.Failure{}}, limit, false},
		{"empty list, 429 by status", retry.Config{On: []retry.Failure{}, Statuses: []int{429}}, limit, true},
		{"spend cap, not told to stop", retry.Config{}, spend, true},
		{"spend cap by code", retry.Config{StopOn: []retry.Stop{retry.SpendCap}}, spend, false},
		{"spend cap by dimension", retry.Config{StopOn: []retry.Stop{retry.SpendCap}}, load.Response{Outcome: load.Throttled, Dimension: load.Spend}, false},
		{"other limit, spend cap stops", retry.Config{StopOn: []retry.Stop{retry.SpendCap}}, limit, true},
		{"no retry-after", retry.Config{StopOn: []retry.Stop{retry.NoRetryAfter}}, spend, false},
		{"retry-after is there", retry.Config{StopOn: []retry.Stop{retry.NoRetryAfter}}, limit, true},
		{"529 needs no retry-after", retry.Config{StopOn: []retry.Stop{retry.NoRetryAfter}}, load.Response{Outcome: load.Overloaded, Status: 529}, true},
		{"advice not read", retry.Config{}, load.Response{Outcome: load.Throttled, Advice: load.DoNotRetry}, true},
		{"advice beats stop", retry.Config{ObeyShouldRetry: true, StopOn: []retry.Stop{retry.SpendCap}}, load.Response{Outcome: load.Throttled, Dimension: load.Spend, Advice: load.DoRetry}, true},
	} {
		row.cfg.Attempts, row.cfg.Delay.Kind = 2, retry.Immediate
		if ps := row.cfg.Validate(); len(ps) > 0 {
			t.Errorf("%s: %v", row.name, ps)
		}
		a := load.Attempt{Response: row.r}
		if _, again := retry.New(row.cfg).Next(0, &load.Call{}, &load.RetryState{Failures: 1}, &a, share(0)); again != row.want {
			t.Errorf("%s: again %v, want %v", row.name, again, row.want)
		}
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	fixed := retry.Delay{Kind: retry.Fixed, Base: 5 * s}
	for _, row := range []struct {
		name     string
		cfg      retry.Config
		now      time.Duration
		failures int
		want     bool
	}{
		{"one attempt", retry.Config{Attempts: 1}, 0, 1, false},
		{"second of three", retry.Config{Attempts: 3, Delay: fixed}, 0, 1, true},
		{"third of three", retry.Config{Attempts: 3, Delay: fixed}, 0, 2, true},
		{"fourth of three", retry.Config{Attempts: 3, Delay: fixed}, 0, 3, false},
		{"unlimited", retry.Config{Unlimited: true, Delay: fixed}, 0, 1e9, true},
		{"just within elapsed", retry.Config{Unlimited: true, MaxElapsed: 60 * s, Delay: fixed}, 65 * s, 1, true},
		{"just beyond elapsed", retry.Config{Unlimited: true, MaxElapsed: 60 * s, Delay: fixed}, 65*s + 1, 1, false},
	} {
		state := load.RetryState{Failures: row.failures, Since: 10 * s}
		if _, again := retry.New(row.cfg).Next(row.now, &load.Call{}, &state, &throttled, share(0)); again != row.want {
			t.Errorf("%s: again %v, want %v", row.name, again, row.want)
		}
	}
}

// A header that replaces the delay leaves the decorrelated walk where it was.
func TestPreviousIsTheLayersOwnDelay(t *testing.T) {
	t.Parallel()
	layer := retry.New(retry.Config{Unlimited: true, Delay: retry.Delay{Kind: retry.Decorrelated, Base: s, Cap: 60 * s, Jitter: 10 * s}, RetryAfter: retry.RetryAfter{Use: retry.Verbatim}})
	state := load.RetryState{Failures: 1}
	layer.Next(0, &load.Call{}, &state, &throttled, share(0.5))
	if state.Previous != 2*s {
		t.Errorf("previous %v, want 2s: without the added jitter", state.Previous)
	}
	a := throttled
	a.Response.HasRetryAfter, a.Response.RetryAfter = true, 30*s
	layer.Next(0, &load.Call{}, &state, &a, share(0.5))
	if state.Previous != 2*s {
		t.Errorf("previous %v after a header, want 2s still", state.Previous)
	}
}

func BenchmarkNext(b *testing.B) {
	for _, kind := range []retry.Kind{retry.Exponential, retry.FullJitter, retry.Decorrelated, retry.SDK} {
		b.Run(string(kind), func(b *testing.B) {
			layer := retry.New(retry.Config{
				Unlimited: true, Statuses: []int{408, 409}, ObeyShouldRetry: true, StopOn: []retry.Stop{retry.SpendCap},
				Delay: retry.Delay{Kind: kind, Base: s, Cap: 60 * s}, RetryAfter: retry.RetryAfter{Use: retry.Floor},
			})
			rng := rand.New(rand.NewPCG(1, 2))
			c, a := &load.Call{}, throttled
			b.ReportAllocs()
			for b.Loop() {
				state := load.RetryState{Failures: 3}
				layer.Next(0, c, &state, &a, rng)
			}
		})
	}
}
