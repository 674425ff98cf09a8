package governor

import (
	"testing"
	"time"

	"ratecliff/load"
)

func TestPauseTimeline(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: Pause, RetryAfter: true})
	for i := range int32(9) {
		r.send(0, i)
	}
	r.answer(s, 0, ok())
	r.wants(s, s)
	r.answer(s, 1, retryAfter(load.RPM, 5*s))
	r.wants(s, 6*s)
	r.answer(2*s, 2, retryAfter(load.RPM, 2*s)) // ends earlier: changes nothing
	r.wants(2*s, 6*s)
	r.answer(3*s, 3, refusal(load.RPM)) // says nothing: 15 s
	r.wants(3*s, 18*s)
	r.answer(4*s, 4, load.Response{Outcome: load.Overloaded, Status: 529})
	r.answer(4*s, 5, retryAfter(load.Spend, 24*time.Hour))
	r.wants(4*s, 18*s)
	for i := range int32(9) {
		r.send(18*s, 20+i) // all at once
	}
	other := call(40)
	other.Model = "another"
	r.answer(19*s, 20, retryAfter(load.RPM, 5*s))
	if p := r.g.Ready(19*s, other); p.State != load.WaitUntil || p.At != 24*s {
		t.Errorf("another model goes on: %+v", p)
	}
}

func TestPauseOneByOne(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: Pause, Pause: 15 * s, Release: OneByOne})
	r.send(0, 1)
	r.wants(0, 100*ms)
	r.send(100*ms, 2)
	r.answer(150*ms, 2, retryAfter(load.RPM, s)) // the header is not asked
	r.wants(150*ms, 15150*ms)
	r.send(15150*ms, 3)
	r.wants(15150*ms, 15250*ms)
	calm := 150*ms + time.Minute
	r.send(calm, 4)
	r.wants(calm, calm) // a minute without a 429
	r.send(calm, 5)
	r.answer(calm+s, 5, refusal(load.RPM))
	r.wants(calm+s, calm+16*s)
	r.send(calm+16*s, 6)
	r.wants(calm+16*s, calm+16*s+100*ms)
}
