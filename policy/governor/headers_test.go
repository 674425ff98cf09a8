package governor

import (
	"testing"
	"time"

	"ratecliff/load"
)

func (r *rig) told() *[dimensions]told { return &r.g.of(call(0)).controller.(*headers).dim }

func (r *rig) level(now time.Duration, d int) float64 { return r.told()[d].now(now) }

// A bucket of 60 that refills one a second, of which the first call left 2: it is
// full 58 s later.
func TestHeadersTimeline(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: Headers})
	r.send(0, 1)
	r.send(0, 2)
	r.send(0, 3)
	r.wants(0, load.Never) // three until something is known
	r.answer(s, 1, says(ok(), load.RPM, 60, 2, 58*s))
	// 2 at 0, one refilled since, two sent after: 1.
	near(t, "level", r.level(s, 0), 1)
	near(t, "rate", r.told()[0].rate, 1)
	near(t, "holds", r.told()[0].holds, 60)
	r.wants(s, s)
	r.send(s, 4)
	r.wants(s, 2*s)
	r.send(2*s, 5)
	r.answer(3*s, 2, says(ok(), load.RPM, 60, 1, 59*s)) // went before anything was known
	r.answer(3*s, 3, says(ok(), load.RPM, 60, 0, 60*s))
	r.wants(3*s, 3*s)
	r.answer(4*s, 4, says(ok(), load.RPM, 60, 0, 61*s)) // as expected
	near(t, "level as expected", r.level(4*s, 0), 2)
	r.answer(4*s, 5, says(ok(), load.RPM, 60, 10, 52*s)) // ten more than expected: half of them count
	near(t, "level raised by half the gap", r.level(4*s, 0), 2+5)
	r.send(4*s, 6)
	r.send(4*s, 7)
	r.answer(5*s, 6, says(ok(), load.RPM, 60, 1, 63*s)) // somebody else took five: all of them count
	near(t, "level lowered by the gap", r.level(5*s, 0), 7-2+1-5)
	r.answer(5*s, 7, says(ok(), load.RPM, 60, 0, 64*s)) // says the same once more, and does not count twice
	near(t, "level", r.level(5*s, 0), 7-2+1-5)
}

func TestHeadersIgnoreOlderAnswers(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: Headers})
	r.send(0, 1)
	r.answer(0, 1, says(ok(), load.RPM, 60, 59, s))
	r.send(0, 2)
	r.send(s, 3)
	r.answer(2*s, 3, says(ok(), load.RPM, 60, 58, 3*s))
	before := r.level(2*s, 0)
	r.answer(2*s, 2, says(ok(), load.RPM, 60, 0, 60*s))
	near(t, "level", r.level(2*s, 0), before)
}

// Tokens are rounded to thousands, so that half of one may be missing; output is
// charged when it is produced, so that what is under way may be in the number or
// not.
func TestHeadersTokens(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: Headers})
	first := says(says(ok(), load.ITPM, 60_000, 30_000, 30*s), load.OTPM, 6000, 3000, 30*s)
	r.send(0, 1)
	r.answer(0, 1, first)
	near(t, "input", r.level(0, 1), 29_500)
	near(t, "output", r.level(0, 2), 2500)
	r.send(0, 2) // reserves 1000 and 50, the mean
	r.send(0, 3)
	near(t, "input reserved", r.level(0, 1), 27_500)
	near(t, "output reserved", r.level(0, 2), 2400)
	longer := ok()
	longer.Usage.Output = 90
	r.answer(0, 2, says(says(longer, load.ITPM, 60_000, 29_000, 31*s), load.OTPM, 6000, 3000, 30*s))
	near(t, "input as expected", r.level(0, 1), 27_500)
	near(t, "output settled", r.level(0, 2), 2360)
	r.answer(0, 3, says(says(ok(), load.ITPM, 60_000, 28_000, 32*s), load.OTPM, 6000, 1000, 50*s))
	near(t, "output taken by somebody else", r.level(0, 2), 500)
}

func TestHeadersSettle(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: Headers, Rounding: -1})
	r.send(0, 1)
	r.answer(0, 1, says(ok(), load.ITPM, 60_000, 30_000, 30*s))
	for i := range int32(3) {
		r.send(0, 2+i)
	}
	near(t, "three reserved", r.level(0, 1), 27_000)
	r.answer(0, 2, load.Response{Outcome: load.Overloaded, Status: 529})
	near(t, "a refusal gives back", r.level(0, 1), 28_000)
	r.answer(0, 3, load.Response{Outcome: load.TimedOut})
	near(t, "what nobody knows stays", r.level(0, 1), 28_000)
	r.answer(0, 4, says(ok(), load.ITPM, 60_000, 28_000, 32*s))
	near(t, "the refused call is not missed", r.level(0, 1), 28_000)
}

// A bucket that holds ten of sixty a minute makes the formula wrong: 58 missing
// of the limit, but full in 8 s.
func TestHeadersOfASmallBucket(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: Headers})
	r.send(0, 1)
	r.answer(0, 1, says(ok(), load.RPM, 60, 2, 8*s))
	near(t, "rate", r.told()[0].rate, 1)
	near(t, "holds", r.told()[0].holds, 10)
	near(t, "never more", r.level(time.Hour, 0), 10)
	for at, want := range map[time.Duration]float64{48 * s: 58.0 / 48, 70 * s: 58.0 / 70, 40 * s: 1, 80 * s: 1} {
		rate, _ := refill(&load.LimitStatus{Limit: 60, Remaining: 2, Reset: at}, 0)
		near(t, at.String(), rate, want)
	}
}

func TestHeadersAfterARefusal(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: Headers})
	r.send(0, 1)
	r.answer(0, 1, says(ok(), load.RPM, 60, 30, 30*s))
	r.send(0, 2)
	r.answer(0, 2, says(refusal(load.RPM), load.RPM, 60, 0, 60*s))
	r.wants(0, s) // it costs nothing, and less than one was left
	r.send(s, 3)
	r.answer(s, 3, retryAfter(load.Concurrency, 7*s)) // no header speaks of that
	r.wants(s, 8*s)
	r.send(8*s, 4)
	r.answer(8*s, 4, refusal(load.NoDimension)) // says nothing: put down to requests
	r.wants(8*s, 9*s)
	r.send(9*s, 5)
	r.answer(9*s, 5, refusal(load.Spend)) // hopeless, and nobody else's matter
	r.wants(9*s, 9*s)
}

func TestHeadersWithoutHeaders(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: Headers, Probes: 2})
	r.send(0, 1)
	r.send(0, 2)
	r.answer(s, 1, ok())
	r.send(s, 3)
	r.wants(s, load.Never) // still two at a time
	r.answer(2*s, 2, refusal(load.NoDimension))
	r.wants(2*s, 3*s)
	r.answer(3*s, 3, retryAfter(load.RPM, 4*s))
	r.wants(3*s, 7*s)
}

func TestHeadersOfWindows(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: Headers, Semantics: FixedReset})
	r.send(0, 1)
	r.answer(0, 1, says(ok(), load.RPM, 60, 1, 40*s))
	r.send(s, 2)
	r.wants(s, 40*s)
	r.answer(s, 2, says(ok(), load.RPM, 60, 0, 40*s))
	r.send(40*s, 3) // two were seen in the last window
	r.send(40*s, 4)
	r.wants(40*s, load.Never) // until an answer tells when the next begins
	r.answer(41*s, 3, says(ok(), load.RPM, 60, 59, 100*s))
	near(t, "half of the gap", r.level(41*s, 0), 0+58.0/2)
	r.answer(41*s, 4, says(ok(), load.RPM, 60, 58, 30*s)) // of a window that is over
	near(t, "unchanged", r.level(41*s, 0), 29)
}

// If no answer is to come, somebody has to ask.
func TestHeadersNeverWaitForNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: Headers, Semantics: FixedReset})
	r.send(0, 1)
	r.answer(0, 1, says(ok(), load.RPM, 60, 0, 40*s))
	r.send(40*s, 2)
	r.wants(40*s, load.Never)
	r.answer(50*s, 2, load.Response{Outcome: load.TimedOut})
	r.wants(50*s, 50*s)
}

// A server that refuses for output although more than the mean is left wants room
// for all of max_tokens.
func TestHeadersLearnReservation(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: Headers})
	r.send(0, 1)
	r.answer(0, 1, says(ok(), load.OTPM, 6000, 3000, 30*s))
	p := r.g.of(call(0))
	near(t, "the mean", p.cost(call(0))[2], 50)
	r.send(0, 2)
	r.answer(0, 2, says(refusal(load.OTPM), load.OTPM, 6000, 0, 60*s))
	near(t, "an empty bucket is no reason", p.cost(call(0))[2], 50)
	r.g.Done(0, r.sent(0, 3), &load.Attempt{Response: says(refusal(load.OTPM), load.OTPM, 6000, 3000, 30*s)})
	near(t, "max_tokens", p.cost(call(0))[2], 100)
}

// sent takes a permit without asking.
func (r *rig) sent(now time.Duration, slot int32) *load.Call {
	c := call(slot)
	r.g.Take(now, c)
	return c
}

// The safety sleeps until a 429 comes, is cut from the rate the headers tell, and
// falls asleep again above it.
func TestHeadersSafety(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: HeadersAIMD})
	r.send(0, 1)
	r.answer(0, 1, says(ok(), load.RPM, 60, 50, 10*s))
	safety := r.g.of(call(0)).controller.(*headers).safety
	near(t, "asleep", safety.bucket[0].rate, 0)
	r.send(0, 2)
	r.answer(0, 2, says(refusal(load.RPM), load.RPM, 60, 50, 10*s))
	near(t, "awake", safety.bucket[0].rate, 0.7)
	now := 2 * s
	for i := range int32(100) {
		if safety.bucket[0].rate == 0 {
			if i < 5 {
				t.Errorf("asleep again after %d successes", i)
			}
			return
		}
		if p := r.g.Ready(now, call(0)); p.State == load.WaitUntil {
			now = p.At
		}
		r.send(now, 10+i)
		r.answer(now, 10+i, says(ok(), load.RPM, 60, 50, now+10*s))
	}
	t.Error("awake for ever")
}

func TestHeadersSafetyWithoutHeaders(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: HeadersAIMD, Start: 5})
	r.send(0, 1)
	r.wants(0, 0)
	r.answer(s, 1, ok())
	r.wants(s, s+200*ms) // now AIMD has the word
}
