package breaker_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/policy/breaker"
)

// The breakers of libraries, with the constants they are shipped with.
var (
	gobreaker    = breaker.Config{Failures: 6, Open: 60 * s, Trials: 1, CountThrottled: true, WhenOpen: breaker.Fail}
	hystrix      = breaker.Config{Ratio: 0.495, Within: 10 * s, Minimum: 20, Open: 5 * s, RepeatTrials: true, CountThrottled: true, WhenOpen: breaker.Fail}
	failsafe     = breaker.Config{Failures: 1, Open: 60 * s, Trials: 1, CountThrottled: true, WhenOpen: breaker.Fail}
	resilience4j = breaker.Config{Ratio: 0.5, Window: 100, Minimum: 100, Open: 60 * s, Trials: 10, TrialRatio: 0.5, CountThrottled: true, WhenOpen: breaker.Fail}
)

// tester drives a breaker one call after the other.
type tester struct {
	*testing.T
	b    *breaker.Breaker
	slot int32
}

func drive(t *testing.T, cfg breaker.Config) *tester {
	t.Helper()
	if ps := cfg.Validate(); len(ps) > 0 {
		t.Fatal(ps)
	}
	return &tester{T: t, b: breaker.New(cfg)}
}

// send takes a permit for a new call and returns its slot.
func (t *tester) send(now time.Duration) int32 {
	t.Helper()
	t.slot++
	c := &load.Call{Slot: t.slot}
	if p := t.b.Ready(now, c); p.State != load.Granted {
		t.Fatalf("at %v: %+v, want a permit", now, p)
	}
	t.b.Take(now, c)
	return t.slot
}

func (t *tester) end(now time.Duration, slot int32, sent time.Duration, status int) {
	t.b.Done(now, &load.Call{Slot: slot}, step{status: status, sent: sent}.attempt())
}

// play sends and ends n calls at one instant.
func (t *tester) play(now time.Duration, status, n int) {
	t.Helper()
	for range n {
		t.end(now, t.send(now), now, status)
	}
}

func (t *tester) is(now time.Duration, want breaker.State) {
	t.Helper()
	if got := t.b.State(now); got != want {
		t.Fatalf("at %v it is %v, want %v", now, got, want)
	}
	permit := t.b.Ready(now, &load.Call{})
	if open := permit.State == load.Granted; open == (want == breaker.Open) {
		t.Fatalf("at %v it is %v and says %+v", now, want, permit)
	}
}

// sony/gobreaker/v2 v2.4.0 gobreaker.go: more than 5 failures in a row, 60 s, 1 request.
func TestGobreaker(t *testing.T) {
	t.Parallel()
	d := drive(t, gobreaker)
	d.play(0, 500, 5)
	d.play(0, 200, 1)
	d.play(s, 529, 5)
	d.is(s, breaker.Closed)
	d.play(s, 429, 1)
	d.is(61*s-1, breaker.Open)
	d.is(61*s, breaker.HalfOpen)
	d.play(61*s, 500, 1)
	d.is(121*s-1, breaker.Open)
	d.play(121*s, 200, 1)
	d.is(121*s, breaker.Closed)
	d.play(121*s, 500, 5)
	d.is(121*s, breaker.Closed)
}

// hystrix-go settings.go, circuit.go: half of at least 20 in 10 s, a test each 5 s.
func TestHystrix(t *testing.T) {
	t.Parallel()
	d := drive(t, hystrix)
	d.play(0, 500, 19)
	d.is(0, breaker.Closed)
	d.play(11*s, 500, 9) // the first nineteen are too old
	late := d.send(11 * s)
	d.play(11*s, 200, 10)
	d.is(11*s, breaker.Closed) // 9 of 19
	d.play(11*s, 500, 1)       // 10 of 20
	d.is(16*s-1, breaker.Open)
	d.is(16*s, breaker.HalfOpen)
	first := d.send(16 * s)
	d.is(16*s, breaker.Open) // one at a time,
	d.is(21*s-1, breaker.Open)
	second := d.send(21 * s) // and another though the first has not come back
	d.end(22*s, first, 16*s, 500)
	d.is(22*s, breaker.Open)
	d.end(23*s, late, 11*s, 200) // any success closes it
	d.is(23*s, breaker.Closed)
	d.end(24*s, second, 21*s, 500)
	d.play(24*s, 500, 18)
	d.is(24*s, breaker.Closed) // closing forgot what was counted before: 19
	d.play(24*s, 500, 1)
	d.is(24*s, breaker.Open)
}

// failsafe-go v0.9.8 circuitbreakerbuilder.go: one failure, one minute.
func TestFailsafe(t *testing.T) {
	t.Parallel()
	d := drive(t, failsafe)
	d.play(0, 200, 3)
	d.play(s, 500, 1)
	d.is(61*s-1, breaker.Open)
	d.play(61*s, 500, 1)
	d.is(121*s-1, breaker.Open)
	d.play(121*s, 200, 1)
	d.is(121*s, breaker.Closed)
}

// resilience4j CircuitBreakerConfig.java: half of 100, 60 s, 10 trials judged by
// the same share.
func TestResilience4j(t *testing.T) {
	t.Parallel()
	for failing, want := range map[int]breaker.State{4: breaker.Closed, 5: breaker.Open} {
		d := drive(t, resilience4j)
		d.play(0, 200, 50)
		d.play(0, 500, 49)
		d.is(0, breaker.Closed)
		d.play(0, 500, 1)
		d.is(60*s-1, breaker.Open)
		var trials []int32
		for range 10 {
			trials = append(trials, d.send(60*s))
		}
		if p := d.b.Ready(60*s, &load.Call{}); p != refused {
			t.Fatalf("an eleventh trial: %+v", p)
		}
		for i, slot := range trials {
			if got := d.b.State(61 * s); got != breaker.HalfOpen {
				t.Fatalf("after %d trials: %v", i, got)
			}
			status := 200
			if i < failing {
				status = 500
			}
			d.end(61*s, slot, 60*s, status)
		}
		if got := d.b.State(61 * s); got != want {
			t.Errorf("%d of 10 trials failed: %v, want %v", failing, got, want)
		}
	}
}

// What is not counted says nothing in any of them: a 429 neither opens a breaker
// nor ends a trial.
func TestUncounted429(t *testing.T) {
	t.Parallel()
	for _, cfg := range []breaker.Config{gobreaker, hystrix, failsafe, resilience4j} {
		cfg.CountThrottled = false
		d := drive(t, cfg)
		d.play(0, 429, 500)
		d.is(0, breaker.Closed)
		for range 100 {
			if d.b.State(0) == breaker.Closed {
				d.play(0, 500, 1)
			}
		}
		d.is(0, breaker.Open)
		d.play(cfg.Open, 429, 1)
		if got := d.b.State(cfg.Open); got == breaker.Closed {
			t.Errorf("%+v: a 429 closed it", cfg)
		}
	}
}

// The window in time holds what a plain list of the same slices does.
func TestWithinAgainstAList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const slice = s
		least := rapid.IntRange(1, 12).Draw(t, "minimum")
		b := breaker.New(breaker.Config{Ratio: 0.5, Within: 10 * slice, Minimum: least, Open: s})
		type one struct {
			at     time.Duration
			failed bool
		}
		var all []one
		now := time.Duration(0)
		for range rapid.IntRange(1, 60).Draw(t, "answers") {
			now += time.Duration(rapid.Int64Range(0, int64(4*s)).Draw(t, "later"))
			failed := rapid.IntRange(0, 3).Draw(t, "failed") == 0
			all = append(all, one{now, failed})
			n, k := 0, 0
			for _, o := range all {
				if now/slice-o.at/slice < 10 {
					n++
					if o.failed {
						k++
					}
				}
			}
			status := 200
			if failed {
				status = 500
			}
			b.Done(now, &load.Call{}, step{status: status, sent: now}.attempt())
			opens := n >= least && 2*k >= n
			if got := b.State(now) == breaker.Open; got != opens {
				t.Fatalf("at %v %d of %d failed, open: %v", now, k, n, got)
			}
			if opens {
				return
			}
		}
	})
}

func TestValidateWhatPresetsNeed(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	for _, row := range []struct {
		cfg  breaker.Config
		want []string
	}{
		{breaker.Config{Failures: 5, Within: s, Minimum: 1}, []string{"within", "minimum"}},
		{breaker.Config{Ratio: 0.5, Within: s, Window: 5}, []string{"window"}},
		{breaker.Config{Ratio: 0.5, Minimum: 21}, []string{"minimum"}},
		{breaker.Config{Ratio: 0.5, Window: 100, Minimum: 21}, nil},
		{breaker.Config{Ratio: 0.5, Within: s, Minimum: 21}, nil},
		{breaker.Config{Ratio: 0.5, Within: year + 1, Open: year + 1, Minimum: 65537}, []string{"within", "minimum", "open"}},
		{breaker.Config{Failures: 1, TrialRatio: 2}, []string{"trial_ratio"}},
		{breaker.Config{Failures: 1, RepeatTrials: true, Trials: 2}, []string{"repeat_trials"}},
		{breaker.Config{Failures: 1, RepeatTrials: true, TrialRatio: 0.5}, []string{"repeat_trials"}},
	} {
		var got []string
		for _, p := range row.cfg.Validate() {
			got = append(got, p.Path)
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%+v: problems at %v, want %v", row.cfg, got, row.want)
		}
	}
}
