package governor

import (
	"testing"
	"time"

	"ratecliff/load"
)

// rates are the rates of an AIMD governor by dimension.
func (r *rig) rates() (requests, input, output float64) {
	b := &r.g.of(call(0)).controller.(*aimd).bucket
	return b[0].rate, b[1].rate, b[2].rate
}

func TestAIMDTimeline(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: AIMD, Start: 2})
	r.send(0, 1)
	r.wants(0, s/2) // 2 a second
	r.send(s/2, 2)
	r.answer(s/2, 1, ok())
	want := 2 + 0.05/2
	requests, input, output := r.rates()
	near(t, "a success", requests, want)
	if input != 0 || output != 0 {
		t.Errorf("tokens have a rate before a 429 names them: %v, %v", input, output)
	}
	r.send(s, 3)
	r.send(3*s/2, 4)
	r.answer(2*s, 2, refusal(load.RPM))
	want *= 0.7
	requests, _, _ = r.rates()
	near(t, "a 429", requests, want)
	r.answer(2*s, 3, refusal(load.RPM))
	r.answer(2*s, 4, refusal(load.NoDimension))
	requests, _, _ = r.rates()
	near(t, "429s of calls sent before the cut", requests, want)
	after := 2*s + time.Duration(1e9/want)
	r.wants(2*s, after) // the bucket was emptied
	r.send(after, 5)
	r.answer(after, 5, refusal(load.Concurrency))
	requests, _, _ = r.rates()
	near(t, "the next epoch", requests, want*0.7)
	r.send(time.Minute, 6)
	r.answer(time.Minute, 6, ok())
	requests, _, _ = r.rates()
	near(t, "a rate that is not used", requests, want*0.7)
}

// The named limit is the one whose rate is cut: the wrong rate is left alone.
func TestAIMDBlame(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: AIMD, Start: 2})
	r.send(0, 1)
	r.answer(s/10, 1, refusal(load.ITPM))
	requests, input, output := r.rates()
	near(t, "requests", requests, 2)
	near(t, "input", input, 0.7*2*1000)
	near(t, "output", output, 0)
	r.wants(s/10, s/10+s*1000/1400)
	at := s/10 + 5*s/7 + 1
	r.send(at, 2)
	r.answer(at+s/10, 2, ok())
	_, input, _ = r.rates()
	near(t, "input after a success", input, 1400+0.05*1000*1000/1400)
	r.send(10*s, 3)
	r.answer(10*s, 3, refusal(load.OTPM))
	r.send(20*s, 4)
	r.answer(20*s, 4, refusal(load.Spend))
	requests, _, output = r.rates()
	if output <= 0 || requests < 2 {
		t.Errorf("requests %v, output %v", requests, output)
	}
}

func TestAIMDBounds(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: AIMD, Start: 2, Min: 1.9, Max: 2.01, Epoch: time.Minute})
	r.send(0, 1)
	r.answer(0, 1, ok())
	requests, _, _ := r.rates()
	near(t, "ceiling", requests, 2.01)
	r.send(s, 2)
	r.answer(s, 2, refusal(load.RPM))
	requests, _, _ = r.rates()
	near(t, "floor", requests, 1.9)
	r.g.of(call(0)).controller.(*aimd).bucket[0].rate = 2
	r.send(30*s, 3)
	r.answer(30*s, 3, refusal(load.RPM))
	requests, _, _ = r.rates()
	near(t, "within the epoch", requests, 2)
}

// The numbers that the SDKs of AWS are tested with (aws-sdk-go-v2 v1.47.7,
// aws/retry/adaptive_ratelimit_test.go): every 200 ms an answer.
func TestCubicAgainstPublishedNumbers(t *testing.T) {
	t.Parallel()
	cfg := Config{Kind: Cubic}.complete()
	c := newCubic(&cfg)
	for i, row := range []struct {
		throttled      bool
		measured, fill float64
	}{
		{false, 0, 0.5},
		{false, 0, 0.5},
		{false, 4.8, 0.5},
		{false, 4.8, 0.5},
		{false, 4.16, 0.5},
		{false, 4.16, 0.6912},
		{false, 4.16, 1.0976},
		{false, 5.632, 1.6384},
		{false, 5.632, 2.3328},
		{true, 4.3264, 3.02848},
		{false, 4.3264, 3.4866391734702598},
		{false, 4.3264, 3.8218744160402554},
		{false, 5.66528, 4.053385727709987},
		{false, 5.66528, 4.200373108479455},
		{false, 4.333056, 4.282036558348658},
		{true, 4.333056, 2.99742559084406},
		{false, 4.333056, 3.4522263943863463},
	} {
		now := time.Duration(i+1) * 200 * ms
		r := ok()
		if row.throttled {
			r = refusal(load.RPM)
		}
		c.done(now, &note{}, &r)
		near(t, now.String()+" measured", c.sent.measured, row.measured)
		near(t, now.String()+" fill", c.fill, row.fill)
	}
}

// However far the curve has risen, the refill is at most twice the measured rate.
func TestCubicKeepsToWhatIsSent(t *testing.T) {
	t.Parallel()
	cfg := Config{Kind: Cubic}.complete()
	c := newCubic(&cfg)
	r := ok()
	for i := range 100 {
		c.done(time.Duration(i)*s, &note{}, &r)
	}
	near(t, "fill", c.fill, 2*c.sent.measured)
	if c.fill < 1.9 || c.fill > 2.1 {
		t.Errorf("%v a second, for one sent", c.fill)
	}
}

// Before the first 429 nothing is held back; afterwards a second's worth may go
// at once.
func TestCubicGate(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: Cubic})
	for i := range int32(100) {
		r.send(s, i)
	}
	r.answer(s, 0, refusal(load.RPM)) // one answer in a second: 0.8/s measured, 0.56 a second
	r.wants(s, s+s*100/56)
	r.answer(s, 1, refusal(load.Spend)) // hopeless, but no throttling
	c := r.g.of(call(0)).controller.(*cubic)
	near(t, "W_max", c.most, 0.8)
	if c.fill < 0.5 {
		t.Errorf("fill %v below the floor", c.fill)
	}
}

// The adaptive bucket with the numbers of its authors' configuration.
func TestATBTimeline(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: ATB})
	b := r.g.of(call(0)).controller.(*atb)
	near(t, "start", b.rate, 40.0/60)
	r.send(0, 1) // the one token of the start
	r.wants(0, 3*s/2)
	r.answer(s, 1, ok())
	near(t, "a success", b.rate, 0.8)
	r.wants(s, 5*s/4) // what was refilled counts at the new rate
	r.send(2*s, 2)    // 1.6 tokens
	near(t, "left", b.tokens, 0.6)
	r.answer(3*s, 2, refusal(load.RPM))
	near(t, "a failure", b.rate, 0.4)
	near(t, "congestion", b.congestion, 0.8)
	near(t, "emptied", b.tokens, 0)
	r.send(5*s, 3)
	for status, want := range map[int]float64{408: 0.2, 425: 0.2, 500: 0.2, 503: 0.2, 529: 0.4, 400: 0.4, 0: 0.4} {
		b.rate = 0.4
		b.done(6*s, &note{}, &load.Response{Outcome: load.Failed, Status: status})
		near(t, "failure", b.rate, want)
	}
	b.rate = 0.011
	b.done(6*s, &note{}, &load.Response{Outcome: load.Failed, Status: 500})
	near(t, "floor", b.rate, 0.01)
	b.done(6*s, &note{}, &load.Response{Outcome: load.OK})
	near(t, "least step", b.rate, 0.02)
	for range 1000 {
		b.done(6*s, &note{}, &load.Response{Outcome: load.OK})
	}
	near(t, "ceiling", b.rate, 1000)
}

func TestATBSteps(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: ATB, Start: 1, Congestion: 1.4, FirstStep: 1.5, SecondStep: 1.1, Burst: 4, Tokens: 4})
	b := r.g.of(call(0)).controller.(*atb)
	for i := range int32(4) {
		r.send(0, i)
	}
	r.wants(0, s)
	r.answer(0, 0, ok())
	near(t, "below the last failure", b.rate, 1.5)
	r.answer(0, 1, ok())
	near(t, "above it", b.rate, 1.65)
}
