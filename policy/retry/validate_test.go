package retry_test

import (
	"math"
	"slices"
	"testing"

	"ratecliff/policy/retry"
)

func TestValidateNamesEveryProblem(t *testing.T) {
	t.Parallel()
	ok := retry.Delay{Kind: retry.FullJitter, Base: s, Cap: 60 * s}
	nan := math.NaN()
	for _, row := range []struct {
		name string
		cfg  retry.Config
		want []string // paths
	}{
		{"zero", retry.Config{}, []string{"attempts", "delay.kind"}},
		{"good", retry.Config{Attempts: 8, Delay: ok}, nil},
		{"one attempt needs no delay", retry.Config{Attempts: 1}, nil},
		{"one attempt, none", retry.Config{Attempts: 1, Delay: retry.Delay{Kind: retry.None}}, nil},
		{"attempts 0 with a delay", retry.Config{Delay: ok}, []string{"attempts"}},
		{"both", retry.Config{Attempts: 3, Unlimited: true, Delay: ok}, []string{"unlimited"}},
		{"negative", retry.Config{Attempts: -1, MaxElapsed: -1, Delay: ok}, []string{"attempts", "max_elapsed"}},
		{"none but retries", retry.Config{Attempts: 2, Delay: retry.Delay{Kind: retry.None}}, []string{"delay.kind"}},
		{"unlimited none", retry.Config{Unlimited: true, Delay: retry.Delay{Kind: retry.None}}, []string{"delay.kind"}},
		{"lists", retry.Config{Attempts: 2, Delay: ok, On: []retry.Failure{"throttled", "429"}, Statuses: []int{99, 600, 429}, StopOn: []retry.Stop{"never"}}, []string{"on[1]", "statuses[0]", "statuses[1]", "stop_on[0]"}},
		{"unknown kind", retry.Config{Attempts: 2, Delay: retry.Delay{Kind: "quadratic", Base: s}}, []string{"delay.kind"}},
		{"no base", retry.Config{Attempts: 2, Delay: retry.Delay{Kind: retry.Fixed}}, []string{"delay.base"}},
		{"cap below base", retry.Config{Attempts: 2, Delay: retry.Delay{Kind: retry.Exponential, Base: 5 * s, Cap: s}}, []string{"delay.cap"}},
		{"sdk cap below its base", retry.Config{Attempts: 2, Delay: retry.Delay{Kind: retry.SDK, Cap: 100 * ms}}, []string{"delay.cap"}},
		{"immediate with a base", retry.Config{Attempts: 2, Delay: retry.Delay{Kind: retry.Immediate, Base: s, Cap: s}}, []string{"delay.base", "delay.cap"}},
		{"factor", retry.Config{Attempts: 2, Delay: retry.Delay{Kind: retry.Exponential, Base: s, Factor: 0.5}}, []string{"delay.factor"}},
		{"factor of a fixed delay", retry.Config{Attempts: 2, Delay: retry.Delay{Kind: retry.Fixed, Base: s, Factor: 2}}, []string{"delay.factor"}},
		{"not numbers", retry.Config{Attempts: 2, Delay: retry.Delay{Kind: retry.Exponential, Base: s, Factor: nan, JitterAdd: nan, JitterSpread: nan, JitterCut: nan}}, []string{"delay.factor", "delay.jitter_add", "delay.jitter_spread", "delay.jitter_cut"}},
		{"shares", retry.Config{Attempts: 2, Delay: retry.Delay{Kind: retry.Fixed, Base: s, JitterAdd: math.Inf(1), JitterSpread: 1.1, JitterCut: -0.1}}, []string{"delay.jitter_add", "delay.jitter_spread", "delay.jitter_cut"}},
		{"negative times", retry.Config{Attempts: 2, Delay: retry.Delay{Kind: retry.Fixed, Base: -s, Cap: -s, Jitter: -s}}, []string{"delay.base", "delay.cap", "delay.jitter"}},
		{"unknown use", retry.Config{Attempts: 2, Delay: ok, RetryAfter: retry.RetryAfter{Use: "obey"}}, []string{"retry_after.use"}},
		{"ignored but bounded", retry.Config{Attempts: 2, Delay: ok, RetryAfter: retry.RetryAfter{Min: s, Max: 2 * s}}, []string{"retry_after.min", "retry_after.max"}},
		{"max below min", retry.Config{Attempts: 2, Delay: ok, RetryAfter: retry.RetryAfter{Use: retry.Verbatim, Min: 2 * s, Max: s}}, []string{"retry_after.max"}},
		{"above without max", retry.Config{Attempts: 2, Delay: ok, RetryAfter: retry.RetryAfter{Use: retry.Verbatim, Above: retry.GiveUp}}, []string{"retry_after.above"}},
		{"unknown above", retry.Config{Attempts: 2, Delay: ok, RetryAfter: retry.RetryAfter{Use: retry.Verbatim, Max: s, Above: "panic"}}, []string{"retry_after.above"}},
		{"jitter missing", retry.Config{Attempts: 2, Delay: ok, RetryAfter: retry.RetryAfter{Use: retry.AddJitter}}, []string{"retry_after.jitter"}},
		{"jitter and window elsewhere", retry.Config{Attempts: 2, Delay: ok, RetryAfter: retry.RetryAfter{Use: retry.Verbatim, Jitter: s, Window: s}}, []string{"retry_after.jitter", "retry_after.window"}},
		{"negative header bounds", retry.Config{Attempts: 2, Delay: ok, RetryAfter: retry.RetryAfter{Use: retry.Clamp, Min: -1, Max: -1, Window: -1}}, []string{"retry_after.min", "retry_after.max", "retry_after.window"}},
		{"error delay", retry.Config{Attempts: 2, Delay: ok, ErrorDelay: retry.Delay{Kind: retry.Exponential, Base: 5 * s, Cap: s, Factor: nan}}, []string{"error_delay.cap", "error_delay.factor"}},
		{"error delay none", retry.Config{Attempts: 1, ErrorDelay: retry.Delay{Kind: retry.None}}, []string{"error_delay.kind", "error_delay.kind"}},
		{"sleeping after the last of no last", retry.Config{Unlimited: true, Delay: ok, SleepAfterLast: true}, []string{"sleep_after_last"}},
		{"recursion", retry.Config{Attempts: 6, Delay: ok, RecurseOn: []retry.Failure{retry.Throttled}}, nil},
		{"recursion without end", retry.Config{Unlimited: true, Delay: ok, RecurseOn: []retry.Failure{retry.Throttled}}, []string{"recurse_on"}},
		{"recursion too deep", retry.Config{Attempts: 33, Delay: ok, RecurseOn: []retry.Failure{retry.Any}}, []string{"recurse_on[0]", "recurse_on"}},
		{"recursion that lingers", retry.Config{Attempts: 3, Delay: ok, SleepAfterLast: true, RecurseOn: []retry.Failure{retry.Stream}}, []string{"recurse_on"}},
		{"header forms", retry.Config{Attempts: 2, Delay: ok, RetryAfter: retry.RetryAfter{Dates: "no", WholeSeconds: true}}, []string{"retry_after.dates", "retry_after.dates", "retry_after.whole_seconds"}},
	} {
		var got []string
		for _, p := range row.cfg.Validate() {
			got = append(got, p.Path)
			if p.Message == "" {
				t.Errorf("%s: %s says nothing", row.name, p.Path)
			}
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%s: problems at %v, want %v", row.name, got, row.want)
		}
	}
}
