package retry_test

import (
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/retry"
)

// articleA is the retry function of article A: it calls itself inside its own
// try when it is throttled, and again from its handler of any other error.
func articleA() retry.Config {
	return retry.Config{
		Attempts: 6, On: []retry.Failure{retry.Any}, RecurseOn: []retry.Failure{retry.Throttled},
		Delay:      retry.Delay{Kind: retry.Exponential, Base: s, Cap: 60 * s, JitterAdd: 0.1},
		ErrorDelay: retry.Delay{Kind: retry.Exponential, Base: s},
		RetryAfter: retry.RetryAfter{Use: retry.Verbatim, Dates: retry.CrashDate},
	}
}

// play sends requests until the layer gives up, and tells how many there were
// and how long it slept in all. fails says how request n, at some depth, fails.
func play(cfg retry.Config, fails func(n, depth int) load.Response) (requests int, slept time.Duration) {
	layer := retry.New(cfg)
	var state load.RetryState
	for n := 1; ; n++ {
		a := load.Attempt{N: n, Response: fails(n, state.Depth)}
		state.Failures++
		wait, again := layer.Next(slept, &load.Call{}, &state, &a, share(0.5))
		if !again {
			return n, slept + layer.Linger(slept, &load.Call{}, &state, &a, share(0.5))
		}
		slept += wait
	}
}

var serverError = load.Response{Outcome: load.Failed, Status: 500}

// The numbers of requests that the article's function was seen to make where six
// were meant, with no retry-after.
func TestRecursionInsideTheTry(t *testing.T) {
	t.Parallel()
	limited := load.Response{Outcome: load.Throttled, Status: 429}
	first := func(throttled int) func(int, int) load.Response {
		return func(n, _ int) load.Response {
			if n <= throttled {
				return limited
			}
			return serverError
		}
	}
	for name, c := range map[string]struct {
		fails func(n, depth int) load.Response
		want  int
		slept time.Duration
	}{
		"only 500s":            {first(0), 6, 31 * s},
		"only 400s":            {func(int, int) load.Response { return load.Response{Outcome: load.Failed, Status: 400} }, 6, 31 * s},
		"only 429s":            {first(99), 6, 32550 * ms},
		"one 429, then 500s":   {first(1), 11, (1050 + 30_000 + 1_000 + 30_000) * ms},
		"four 429s, then 500s": {first(4), 20, 0},
		"429 but at the bottom: the worst": {func(_, depth int) load.Response {
			if depth < 5 {
				return limited
			}
			return serverError
		}, 63, (341*1050 + 341*1000) * ms},
	} {
		got, slept := play(articleA(), c.fails)
		if got != c.want || c.slept != 0 && slept != c.slept {
			t.Errorf("%s: %d requests and %v of sleep, want %d and %v", name, got, slept, c.want, c.slept)
		}
		loop := articleA()
		loop.RecurseOn = nil
		if got, _ := play(loop, c.fails); got != 6 {
			t.Errorf("%s: a loop makes %d requests, want 6", name, got)
		}
	}
}

// Article D's loop sleeps 2, 4, 8, 16 and 32 s; the last sleep serves nothing.
func TestSleepAfterLast(t *testing.T) {
	t.Parallel()
	cfg := retry.Config{
		Attempts: 5, On: []retry.Failure{retry.Throttled}, SleepAfterLast: true,
		Delay: retry.Delay{Kind: retry.Exponential, Base: 2 * s},
	}
	limited := func(int, int) load.Response { return load.Response{Outcome: load.Throttled, Status: 429} }
	if n, slept := play(cfg, limited); n != 5 || slept != 62*s {
		t.Errorf("%d requests and %v of sleep, want 5 and 62s", n, slept)
	}
	cfg.SleepAfterLast = false
	if n, slept := play(cfg, limited); n != 5 || slept != 30*s {
		t.Errorf("%d requests and %v of sleep without the last, want 5 and 30s", n, slept)
	}
	cfg.SleepAfterLast = true
	if n, slept := play(cfg, func(int, int) load.Response { return serverError }); n != 1 || slept != 0 {
		t.Errorf("%d requests and %v of sleep on an error it does not retry, want 1 and none", n, slept)
	}
}

// What clients that read the header as a plain number make of a date, of a
// fraction, and of an error that has none.
func TestHeaderForms(t *testing.T) {
	t.Parallel()
	date := load.Response{Outcome: load.Throttled, Status: 429, HasRetryAfter: true, RetryAfter: 9 * s, DateForm: true}
	fraction := load.Response{Outcome: load.Throttled, Status: 429, HasRetryAfter: true, RetryAfter: 1900 * ms}
	overloaded := load.Response{Outcome: load.Overloaded, Status: 529, HasRetryAfter: true, RetryAfter: 9 * s}
	const crash = -1
	for name, c := range map[string]struct {
		ra   retry.RetryAfter
		r    load.Response
		want time.Duration
	}{
		"a date, read":               {retry.RetryAfter{Use: retry.Verbatim}, date, 9 * s},
		"a date, read by name":       {retry.RetryAfter{Use: retry.Verbatim, Dates: retry.ReadDates}, date, 9 * s},
		"a date, ignored":            {retry.RetryAfter{Use: retry.Verbatim, Dates: retry.NoDates}, date, 4 * s},
		"a date, float() raises":     {retry.RetryAfter{Use: retry.Verbatim, Dates: retry.CrashDate}, date, crash},
		"a date, parseInt gives NaN": {retry.RetryAfter{Use: retry.Verbatim, Dates: retry.DateAsNow}, date, ms},
		"a fraction":                 {retry.RetryAfter{Use: retry.Verbatim}, fraction, 1900 * ms},
		"a fraction, cut":            {retry.RetryAfter{Use: retry.Verbatim, WholeSeconds: true}, fraction, s},
		"a number where dates crash": {retry.RetryAfter{Use: retry.Verbatim, Dates: retry.CrashDate}, fraction, 1900 * ms},
		"an error's own delay":       {retry.RetryAfter{Use: retry.Verbatim}, overloaded, 7 * s},
	} {
		layer := retry.New(retry.Config{
			Attempts: 2, Delay: retry.Delay{Kind: retry.Fixed, Base: 4 * s}, ErrorDelay: retry.Delay{Kind: retry.Fixed, Base: 7 * s}, RetryAfter: c.ra,
		})
		wait, again := layer.Next(0, &load.Call{}, &load.RetryState{Failures: 1}, &load.Attempt{Response: c.r}, share(0.5))
		if !again {
			wait = crash
		}
		if wait != c.want {
			t.Errorf("%s: %v, want %v", name, wait, c.want)
		}
	}
}
