package route_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/policy/route"
)

// sender sends calls through a router and lets them answer when it likes.
type sender struct {
	*testing.T
	router *route.Router
	slots  int
}

func newSender(t *testing.T, cfg route.Config) *sender {
	t.Helper()
	if ps := cfg.Validate(); len(ps) > 0 {
		t.Fatal(ps)
	}
	return &sender{T: t, router: route.New(cfg, 1)}
}

// sent is an attempt under way.
type sent struct {
	*caller
	to load.Target
	at time.Duration
}

// send asks for a target and sends there.
func (d *sender) send(now time.Duration, tokens load.Tokens) *sent {
	d.Helper()
	c := newCaller(d.router, d.slots)
	d.slots++
	c.call.ID, c.call.Tokens, c.call.MaxTokens = uint64(d.slots), tokens, 100
	return d.again(now, c)
}

func (d *sender) again(now time.Duration, c *caller) *sent {
	d.Helper()
	to, p := c.pick(now)
	if p.State != load.Granted {
		d.Fatalf("at %v: %+v, want a permit", now, p)
	}
	c.call.Attempts++
	return &sent{c, to, now}
}

// answer ends an attempt.
func (x *sent) answer(now time.Duration, r load.Response) {
	x.router.Observe(now, &x.call, &load.Attempt{Target: x.to, Scheduled: x.at, Done: now, Response: r})
}

// says is an answer with a limit of 60 a minute of which so much is left; the
// bucket holds 60.
func says(left int64, at time.Duration) load.Response {
	r := fine
	*r.Limits.At(load.RPM) = load.LimitStatus{Known: true, Limit: 60, Remaining: left, Reset: at + time.Duration(60-left)*s}
	return r
}

func TestLeastInFlight(t *testing.T) {
	t.Parallel()
	d := newSender(t, route.Config{Keys: 3, Pick: route.LeastInFlight})
	var all []*sent
	for i := range 6 {
		x := d.send(0, load.Tokens{})
		if x.to.Key != i%3 {
			t.Fatalf("call %d: key %d, want %d: all are equally busy", i, x.to.Key, i%3)
		}
		all = append(all, x)
	}
	all[1].answer(s, fine)
	all[4].answer(s, fine)
	for _, want := range []int{1, 1, 0} {
		if x := d.send(s, load.Tokens{}); x.to.Key != want {
			t.Errorf("key %d, want %d", x.to.Key, want)
		}
	}
	// Whoever asks and is held does not count.
	held := newCaller(d.router, 100)
	for range 5 {
		if to, _ := held.pick(2 * s); to.Key != 1 {
			t.Fatalf("key %d, want 1, however often it is asked", to.Key)
		}
	}
	held.call.Epoch++ // it ended unsent; another call has its place, and was sent by somebody else
	held.call.Attempts++
	if to, _ := held.pick(2 * s); to.Key != 1 {
		t.Errorf("key %d, want 1: nothing was sent since", to.Key)
	}
}

// A key that refuses has few in flight and draws all, unless it is rested.
func TestARefusingKeyDrawsAll(t *testing.T) {
	t.Parallel()
	for rest, want := range map[time.Duration]int{0: 10, 60 * s: 1} {
		d := newSender(t, route.Config{Keys: 2, Pick: route.LeastInFlight, Cooldown: route.Cooldown{For: rest}})
		refused := 0
		for range 10 {
			x := d.send(0, load.Tokens{})
			for x.to.Key == 1 {
				x = d.send(0, load.Tokens{}) // key 1 serves and stays busy
			}
			x.answer(0, limited)
			refused++
			if rest > 0 {
				break
			}
		}
		if refused != want {
			t.Errorf("rest %v: %d refusals, want %d", rest, refused, want)
		}
		if x := d.send(0, load.Tokens{}); rest > 0 && x.to.Key != 1 {
			t.Errorf("key %d, want 1: the other rests", x.to.Key)
		}
	}
}

// Of two keys both are drawn, so the one with fewer in flight has it.
func TestTwoChoices(t *testing.T) {
	t.Parallel()
	d := newSender(t, route.Config{Keys: 2, Pick: route.TwoChoices})
	first := d.send(0, load.Tokens{})
	if x := d.send(0, load.Tokens{}); x.to == first.to {
		t.Errorf("both on key %d", x.to.Key)
	}
	var counts [8]int
	wide := newSender(t, route.Config{Keys: 8, Pick: route.TwoChoices})
	for range 800 {
		counts[wide.send(0, load.Tokens{}).to.Key]++
	}
	for k, n := range counts {
		if n < 97 || n > 103 {
			t.Errorf("key %d has %d of 800 in flight, want about 100: %v", k, n, counts)
		}
	}
}

// What is in flight is counted once for each attempt, however the calls are
// held, dropped and sent, and comes back to nothing.
func TestInFlightComesBackToNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const keys = 3
		pick := rapid.SampledFrom([]route.Pick{route.LeastInFlight, route.TwoChoices, route.Headroom}).Draw(t, "pick")
		r := route.New(route.Config{Keys: keys, Pick: pick}, 1)
		var flying []*sent
		var busy [keys]int
		now := time.Duration(0)
		calls := make([]*caller, 8)
		for i := range calls {
			calls[i] = newCaller(r, i)
		}
		free := func(c *caller) bool {
			for _, x := range flying {
				if x.caller == c {
					return false
				}
			}
			return true
		}
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			now += time.Duration(rapid.IntRange(0, 2).Draw(t, "later"))
			c := calls[rapid.IntRange(0, len(calls)-1).Draw(t, "call")]
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0: // asked and held
				if free(c) {
					c.pick(now)
				}
			case 1: // sent
				if free(c) {
					to, _ := c.pick(now)
					if pick == route.LeastInFlight {
						for k := range keys {
							if busy[k] < busy[to.Key] {
								t.Fatalf("key %d with %d in flight, %v", to.Key, busy[to.Key], busy)
							}
						}
					}
					c.call.Attempts++
					busy[to.Key]++
					flying = append(flying, &sent{c, to, now})
				}
			case 2: // ended unsent: another call has the slot
				if free(c) {
					c.call.Epoch++
					c.call.Attempts = 0
				}
			case 3: // answered
				if n := len(flying); n > 0 {
					i := rapid.IntRange(0, n-1).Draw(t, "which")
					busy[flying[i].to.Key]--
					flying[i].answer(now, fine)
					flying = append(flying[:i], flying[i+1:]...)
				}
			}
		}
		for _, x := range flying {
			x.answer(now, fine)
		}
		probe := newCaller(r, 99)
		probe.rng = rand.New(rand.NewPCG(1, 2))
		if to, _ := probe.pick(now); pick == route.LeastInFlight && to.Key != 0 {
			t.Fatalf("key %d, want 0: nothing is in flight", to.Key)
		}
	})
}
