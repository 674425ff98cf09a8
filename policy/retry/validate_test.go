package retry_test

import (
	"math"
	"slices"
	"testing"
	"time"

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
		{"linear jitter", retry.Config{Attempts: 2, Delay: retry.Delay{Kind: retry.LinearJitter, Base: s, CapAfter: true}}, []string{"delay.cap", "delay.cap_after"}},
		{"windowed with a cap", retry.Config{Attempts: 2, Delay: retry.Delay{Kind: retry.Windowed, Base: s, Cap: 2 * s}}, []string{"delay.cap"}},
		{"cap after what cap", retry.Config{Attempts: 2, Delay: retry.Delay{Kind: retry.Polly, Base: s, CapAfter: true, Factor: 2}}, []string{"delay.cap_after", "delay.factor"}},
		{"floor", retry.Config{Attempts: 2, Delay: retry.Delay{Kind: retry.Exponential, Base: s, Floor: s}}, []string{"delay.floor"}},
		{"floor above the cap", retry.Config{Attempts: 2, Delay: retry.Delay{Kind: retry.FullJitter, Base: s, Cap: 2 * s, Floor: 3 * s}}, []string{"delay.floor"}},
		{"absurd", retry.Config{Attempts: 1_000_001, MaxElapsed: 8761 * time.Hour, Delay: retry.Delay{Kind: retry.Exponential, Base: 9000 * time.Hour, Factor: 1e7, JitterAdd: 1e7}}, []string{"attempts", "max_elapsed", "delay.base", "delay.factor", "delay.jitter_add"}},
		{"a year is not", retry.Config{Attempts: 1_000_000, MaxElapsed: 8760 * time.Hour, Delay: ok}, nil},
		{"error delay by cost", retry.Config{Attempts: 2, Delay: ok, ErrorDelay: retry.Delay{Kind: retry.Fixed, Base: s, ByCost: true}}, []string{"error_delay.by_cost"}},
		{"header read how", retry.Config{Attempts: 2, Delay: ok, RetryAfter: retry.RetryAfter{Negative: "no", Restart: true, Statuses: []int{429, 42}}}, []string{"retry_after.negative", "retry_after.negative", "retry_after.restart", "retry_after.statuses", "retry_after.statuses[1]"}},
		{"restart of a depth", retry.Config{Attempts: 2, Delay: ok, RecurseOn: []retry.Failure{retry.Throttled}, RetryAfter: retry.RetryAfter{Use: retry.Verbatim, Restart: true}}, []string{"retry_after.restart"}},
		{"jitter by share", retry.Config{Attempts: 2, Delay: ok, RetryAfter: retry.RetryAfter{Use: retry.AddJitter, JitterShare: 0.5}}, nil},
		{"jitter share elsewhere", retry.Config{Attempts: 2, Delay: ok, RetryAfter: retry.RetryAfter{Use: retry.Floor, JitterShare: nan}}, []string{"retry_after.jitter_share", "retry_after.jitter_share"}},
		{"spread needs no jitter", retry.Config{Attempts: 2, Delay: ok, RetryAfter: retry.RetryAfter{Use: retry.Spread}}, nil},
		{"spread may have one", retry.Config{Attempts: 2, Delay: ok, RetryAfter: retry.RetryAfter{Use: retry.Spread, Jitter: s}}, nil},
		{"budget without kind", retry.Config{Attempts: 2, Delay: ok, Budget: retry.Budget{Capacity: nan}}, []string{"budget.kind"}},
		{"unknown budget", retry.Config{Attempts: 2, Delay: ok, Budget: retry.Budget{Kind: "sre"}}, []string{"budget.kind"}},
		{"bucket without capacity", retry.Config{Attempts: 2, Delay: ok, Budget: retry.Budget{Kind: retry.Bucket}}, []string{"budget.capacity"}},
		{"bucket below its price", retry.Config{Attempts: 2, Delay: ok, Budget: retry.Budget{Kind: retry.Bucket, Capacity: 5, Cost: 5, TimeoutCost: 6}}, []string{"budget.capacity"}},
		{"bucket of the others", retry.Config{Attempts: 2, Delay: ok, Budget: retry.Budget{Kind: retry.Bucket, Capacity: 5, Share: 0.2, Reserve: 1, Expiry: s, Min: 1, BeforeSleep: true}}, []string{"budget.share", "budget.reserve", "budget.min", "budget.expiry", "budget.before_sleep"}},
		{"grpc of the others", retry.Config{Attempts: 2, Delay: ok, Budget: retry.Budget{Kind: retry.GRPC, Capacity: 10, Cost: 1, ThrottledCost: 1, TimeoutCost: 1, DepositFirst: true, Return: true}}, []string{"budget.cost", "budget.throttled_cost", "budget.timeout_cost", "budget.deposit_first", "budget.return"}},
		{"finagle of nothing", retry.Config{Attempts: 2, Delay: ok, Budget: retry.Budget{Kind: retry.Finagle, Expiry: 999 * ms}}, []string{"budget.expiry", "budget.share"}},
		{"in-flight of nothing", retry.Config{Attempts: 2, Delay: ok, Budget: retry.Budget{Kind: retry.InFlight}}, []string{"budget.share"}},
		{"in-flight of more than all", retry.Config{Attempts: 2, Delay: ok, Budget: retry.Budget{Kind: retry.InFlight, Share: 1.1}}, []string{"budget.share"}},
		{"budget numbers", retry.Config{Attempts: 2, Delay: ok, Budget: retry.Budget{Kind: retry.Bucket, Capacity: math.Inf(1), Cost: nan, ThrottledCost: -1, TimeoutCost: 1e13, Deposit: -0.1}}, []string{"budget.capacity", "budget.cost", "budget.throttled_cost", "budget.timeout_cost", "budget.deposit"}},
		{"finagle numbers", retry.Config{Attempts: 2, Delay: ok, Budget: retry.Budget{Kind: retry.Finagle, Share: nan, Reserve: math.Inf(-1), Expiry: -s}}, []string{"budget.share", "budget.reserve", "budget.expiry", "budget.expiry"}},
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
