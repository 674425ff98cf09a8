package library_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ratecliff/engine"
	"ratecliff/library"
	"ratecliff/load"
	"ratecliff/policy/breaker"
	"ratecliff/scenario"
)

// gate is the gate of one library, which reads the clock of the bubble.
func gate(name scenario.Library) engine.Gate {
	published := func(model string) (string, int64) {
		if strings.HasPrefix(model, "unlimited") {
			return model, 0
		}
		return "pool", 60
	}
	return library.Build([]scenario.Library{name}, library.AWSLegacy, published).Gates[0]
}

// door drives a gate as the engine does.
type door struct {
	engine.Gate
	start time.Time
	next  int32
	sent  map[*load.Call]time.Duration
}

func open(g engine.Gate) *door {
	return &door{Gate: g, start: time.Now(), sent: map[*load.Call]time.Duration{}}
}

func (d *door) now() time.Duration { return time.Since(d.start) }

// asks says what the gate makes of a further call, and starts it when granted.
func (d *door) asks() (*load.Call, load.Permit) {
	c := &load.Call{Slot: d.next, Epoch: 1}
	c.Target.Model = "claude-test"
	p := d.Ready(d.now(), c)
	if p.State != load.Granted {
		return nil, p
	}
	if again := d.Ready(d.now(), c); again.State != load.Granted {
		panic("asking twice changed the answer")
	}
	d.next++
	d.sent[c] = d.now()
	d.Take(d.now(), c)
	return c, p
}

// ends gives an answer to a call.
func (d *door) ends(c *load.Call, r load.Response) {
	d.Done(d.now(), c, &load.Attempt{N: 1, Response: r, Scheduled: d.sent[c], Done: d.now()})
}

// passes is one call from asking to its answer, which may be refused.
func (d *door) passes(r load.Response) load.PermitState {
	c, p := d.asks()
	if c != nil {
		d.ends(c, r)
	}
	return p.State
}

// More than 5 failures in a row open it for 60 s; then one trial.
func TestGobreaker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(gate(scenario.Gobreaker))
		for n, r := range []load.Response{throttled(), status(500), ok(), throttled(), status(529), late(), unreachable(), status(503), told(second)} {
			if s := d.passes(r); s != load.Granted {
				t.Fatalf("call %d: %v", n, s)
			}
		}
		if s := d.passes(ok()); s != load.Refused {
			t.Fatalf("after six failures in a row: %v", s)
		}
		time.Sleep(60*second - 1)
		if s := d.passes(ok()); s != load.Refused {
			t.Fatalf("before a minute is over: %v", s)
		}
		time.Sleep(2 * time.Nanosecond)
		trial, p := d.asks()
		if p.State != load.Granted {
			t.Fatalf("no trial: %v", p.State)
		}
		if s := d.passes(ok()); s != load.Refused {
			t.Fatalf("a second trial: %v", s)
		}
		d.ends(trial, status(500))
		if s := d.passes(ok()); s != load.Refused {
			t.Fatalf("after a trial that failed: %v", s)
		}
		time.Sleep(60*second + 1)
		for range 2 {
			if s := d.passes(ok()); s != load.Granted {
				t.Fatalf("a trial that succeeded did not close it: %v", s)
			}
		}
	})
}

// With 429 excluded none of them counts, and 400 is a success.
func TestGobreakerWithoutThrottles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(gate(scenario.GobreakerUnthrottled))
		for range 20 {
			if s := d.passes(throttled()); s != load.Granted {
				t.Fatalf("429 counts: %v", s)
			}
		}
		for n := range 6 {
			if s := d.passes(status(500)); s != load.Granted {
				t.Fatalf("failure %d: %v", n, s)
			}
			d.passes(throttled())
		}
		if s := d.passes(ok()); s != load.Refused {
			t.Fatalf("after six failures: %v", s)
		}
	})
}

// The breaker of the catalog that imitates gobreaker goes through the same
// states, whatever happens.
func TestGobreakerAndItsPreset(t *testing.T) {
	t.Parallel()
	for name, preset := range map[scenario.Library]string{
		scenario.Gobreaker: "gobreaker-counts-429", scenario.GobreakerUnthrottled: "gobreaker-ignores-429",
	} {
		synctest.Test(t, func(t *testing.T) {
			theirs, ours := open(gate(name)), open(breaker.New(*entry(t, preset).Breaker))
			rng := newCall(nil, 0, 5).rng
			answers := []load.Response{ok(), ok(), throttled(), status(500), status(500), status(529), unreachable(), late(), status(404), status(200)}
			opened := 0
			var underway [2][]*load.Call
			for step := range 20_000 {
				time.Sleep(time.Nanosecond)
				switch k := rng.IntN(8); {
				case k < 4:
					a, p := theirs.asks()
					b, q := ours.asks()
					if p.State != q.State {
						t.Fatalf("step %d at %v: gobreaker says %v, the preset %v", step, theirs.now(), p.State, q.State)
					}
					if a == nil {
						opened++
						continue
					}
					underway[0], underway[1] = append(underway[0], a), append(underway[1], b)
				case k < 7 && len(underway[0]) > 0:
					i, r := rng.IntN(len(underway[0])), answers[rng.IntN(len(answers))]
					if rng.IntN(4) == 0 {
						r = status(500)
					}
					theirs.ends(underway[0][i], r)
					ours.ends(underway[1][i], r)
					for s := range underway {
						underway[s] = append(underway[s][:i], underway[s][i+1:]...)
					}
				default:
					time.Sleep(time.Duration(rng.IntN(9000))*ms + 1)
				}
			}
			if opened < 100 {
				t.Errorf("refused only %d times", opened)
			}
		})
	}
}

// 20 at once to begin with; what ended makes room.
func TestFailsafeLimiter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(gate(scenario.FailsafeLimiter))
		var calls []*load.Call
		for {
			c, p := d.asks()
			if c == nil {
				if p.State != load.WaitEvent {
					t.Errorf("a full limiter says %v", p.State)
				}
				break
			}
			calls = append(calls, c)
		}
		if len(calls) != 20 {
			t.Fatalf("%d at once, want 20", len(calls))
		}
		time.Sleep(second)
		d.ends(calls[0], ok())
		d.ends(calls[1], late())
		for range 2 {
			if _, p := d.asks(); p.State != load.Granted {
				t.Error("no room after one ended")
			}
		}
		if _, p := d.asks(); p.State != load.WaitEvent {
			t.Error("too much room")
		}
	})
}

// Answers that take ever longer under load lower the limit, quick ones raise it.
func TestFailsafeLimiterLearns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(gate(scenario.FailsafeLimiter))
		room := func(took time.Duration, rounds int) (n int) {
			for range rounds {
				var calls []*load.Call
				for c, _ := d.asks(); c != nil && len(calls) < 500; c, _ = d.asks() {
					calls = append(calls, c)
				}
				time.Sleep(took)
				for _, c := range calls {
					d.ends(c, ok())
				}
				n = len(calls)
			}
			return n
		}
		high := room(100*ms, 400)
		low := room(3*second, 100)
		if high <= 20 || low >= high {
			t.Errorf("a limit of %d while answers are quick, %d when they are slow", high, low)
		}
	})
}

// Above 10 % failures in a minute calls are refused, at most 90 % of them.
func TestFailsafeThrottler(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(gate(scenario.FailsafeThrottler))
		for range 100 {
			if s := d.passes(ok()); s != load.Granted {
				t.Fatalf("nothing failed: %v", s)
			}
		}
		refused := 0
		const asked = 5000
		for range asked {
			if d.passes(throttled()) == load.Refused {
				refused++
			}
		}
		if share := float64(refused) / asked; share < 0.7 || share > 0.93 {
			t.Errorf("%v of calls refused while all fail", share)
		}
		// It looks at the rate of failures when something is recorded, not when it is
		// asked: after any rest the first call has to get through all the same.
		refused = 0
		for range 30 {
			for range 500 {
				d.passes(throttled())
			}
			time.Sleep(2 * minute)
			for d.passes(ok()) == load.Refused {
				refused++
			}
			for range 50 {
				if s := d.passes(ok()); s != load.Granted {
					t.Fatalf("nothing failed for two minutes, one call succeeded, and: %v", s)
				}
			}
		}
		if refused < 30 {
			t.Errorf("refused %d times after 30 rests: does it look at the rate when it is asked?", refused)
		}
	})
}

// 60 a minute are one a second, each at its own instant.
func TestFailsafeRateLimiter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(gate(scenario.FailsafeRateLimiter))
		var at []time.Duration
		for len(at) < 5 {
			c, p := d.asks()
			switch {
			case c != nil:
				at = append(at, d.now())
			case p.State != load.WaitUntil || p.At <= d.now():
				t.Fatalf("%+v at %v", p, d.now())
			default:
				time.Sleep(p.At - d.now())
			}
		}
		for i := 1; i < len(at); i++ {
			if at[i]-at[i-1] != second {
				t.Errorf("sent at %v", at)
				break
			}
		}
		free := &load.Call{}
		free.Target.Model = "unlimited"
		for range 100 {
			if p := d.Ready(d.now(), free); p.State != load.Granted {
				t.Fatalf("nothing is published, and %v", p.State)
			}
			d.Take(d.now(), free)
		}
	})
}

// The bucket opens with the first throttle; its rate is at least one in 2 s.
func TestAWSAdaptive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(gate(scenario.AWSAdaptive))
		for range 100 {
			if s := d.passes(ok()); s != load.Granted {
				t.Fatalf("no throttle yet, and %v", s)
			}
			time.Sleep(10 * ms)
		}
		d.passes(throttled())
		if _, p := d.asks(); p.State != load.WaitUntil || p.At <= d.now() {
			t.Fatalf("after a throttle: %+v", p)
		}
		begin, n := d.now(), 0
		for d.now() < begin+10*second {
			if c, p := d.asks(); c != nil {
				d.ends(c, throttled())
				n++
			} else {
				time.Sleep(p.At - d.now())
			}
		}
		if n < 5 || n > 250 {
			t.Errorf("%d in 10 s while all are refused", n)
		}
	})
}
