package library_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivethrottler"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"ratecliff/load"
	"ratecliff/policy/breaker"
	"ratecliff/policy/throttle"
)

// One call at a time, failsafe-go's default breaker and its preset are open and
// closed at the same instants. (With several under way they part: the library
// lets an answer of before it opened judge the trial; the preset does not.)
func TestFailsafeBreakerAndItsPreset(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		theirs := circuitbreaker.NewWithDefaults[struct{}]()
		ours := open(breaker.New(*entry(t, "failsafe-breaker-counts-429").Breaker))
		rng := rand.New(rand.NewPCG(1, 2))
		refused := 0
		for step := range 5000 {
			time.Sleep(time.Duration(rng.IntN(30_000)) * ms)
			call, p := ours.asks()
			if may := theirs.TryAcquirePermit(); may != (call != nil) {
				t.Fatalf("step %d: failsafe-go lets it go: %v, the preset: %v", step, may, p.State)
			}
			if call == nil {
				refused++
				continue
			}
			time.Sleep(second)
			if rng.IntN(3) == 0 {
				theirs.RecordFailure()
				ours.ends(call, throttled())
			} else {
				theirs.RecordSuccess()
				ours.ends(call, ok())
			}
		}
		if refused < 500 {
			t.Errorf("refused only %d times", refused)
		}
	})
}

// What the documentation says the library does and the preset does not.
func TestFailsafeBreakerListensToOldAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		theirs := circuitbreaker.NewWithDefaults[struct{}]()
		ours := open(breaker.New(*entry(t, "failsafe-breaker-counts-429").Breaker))
		early, _ := ours.asks()
		failing, _ := ours.asks()
		for range 2 {
			theirs.TryAcquirePermit()
		}
		time.Sleep(second)
		theirs.RecordFailure()
		ours.ends(failing, status(500))
		time.Sleep(minute)
		trial, _ := ours.asks()
		if !theirs.TryAcquirePermit() || trial == nil {
			t.Fatal("no trial after a minute")
		}
		theirs.RecordSuccess() // of the first request, sent before it opened
		ours.ends(early, ok())
		if !theirs.IsClosed() {
			t.Error("failsafe-go has learned to wait for its trial: the documentation says otherwise")
		}
		if _, p := ours.asks(); p.State != load.Refused {
			t.Errorf("the preset says %v while its trial is under way", p.State)
		}
	})
}

// The share that the preset refuses is the library's rejection rate.
func TestFailsafeThrottlerAndItsPreset(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		theirs := adaptivethrottler.NewWithDefaults[struct{}]()
		ours, start := throttle.New(*entry(t, "failsafe-throttler").Throttle, 1), time.Now()
		rng := rand.New(rand.NewPCG(1, 2))
		var told float64
		for spell, failing := range []float64{0, 0.05, 0.1, 0.2, 0.5, 0.9, 1, 1, 0.3, 0, 0} {
			for i := range int32(200) {
				time.Sleep(100 * ms)
				c := &load.Call{Slot: i, Epoch: uint32(spell) + 1}
				ours.Take(time.Since(start), c)
				a := load.Attempt{N: 1, Response: ok()}
				if rng.Float64() < failing {
					a.Response = throttled()
					theirs.RecordFailure()
				} else {
					theirs.RecordSuccess()
				}
				ours.Done(time.Since(start), c, &a)
			}
			const asked = 20_000
			refused := 0
			for id := range uint64(asked) {
				c := &load.Call{Arrival: load.Arrival{ID: id}}
				if ours.Ready(time.Since(start), c).State == load.Refused {
					refused++
				}
			}
			_ = theirs.AcquirePermit() // it looks at its rate only when asked
			share := float64(refused) / asked
			if want := theirs.RejectionRate(); math.Abs(share-want) > 0.02 {
				t.Errorf("spell %d: the preset refuses %.3f, failsafe-go %.3f", spell, share, want)
			}
			told = max(told, share)
		}
		if told < 0.5 {
			t.Errorf("never refused more than %.2f", told)
		}
	})
}
