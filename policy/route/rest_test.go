package route_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/route"
)

// A key that is refused for input rests only for calls as large; one refused for
// requests rests for all.
func TestRestsByDimension(t *testing.T) {
	t.Parallel()
	d := newSender(t, route.Config{Keys: 1, Cooldown: route.Cooldown{RetryAfter: true, PerDimension: true}, WhenNone: route.Fail})
	goes := func(at time.Duration, input int64) bool {
		c := newCaller(d.router, 50)
		c.call.Tokens.Input = input
		_, p := c.pick(at)
		return p.State == load.Granted
	}
	d.send(0, load.Tokens{Input: 5000}).answer(0, refuses(load.ITPM, 0, 30*s))
	if goes(0, 5000) || !goes(0, 4999) {
		t.Error("refused for 5000 input tokens: 5000 rest, 4999 go")
	}
	d.send(0, load.Tokens{Input: 100}).answer(s, refuses(load.RPM, s, 4*s))
	if goes(5*s-1, 1) || !goes(5*s, 1) || goes(5*s, 9000) || !goes(30*s, 9000) {
		t.Error("refused for requests: all rest until 5 s, the large ones until 30 s")
	}
	d.send(31*s, load.Tokens{Input: 9000}).answer(31*s, refuses(load.ITPM, 31*s, 30*s))
	if !goes(31*s, 5000) || goes(31*s, 9000) {
		t.Error("a rest that is over holds no size")
	}
}

// Rests are jittered by U(0, jitter): never shorter than the header, the mean in
// the middle, the same for the same call.
func TestRestJitter(t *testing.T) {
	t.Parallel()
	until := func(id uint64) time.Duration {
		r := route.New(route.Config{Keys: 1, Cooldown: route.Cooldown{RetryAfter: true, Jitter: s}}, 7)
		c := newCaller(r, 0)
		c.call.ID = id
		c.end(0, key(0), refuses(load.RPM, 0, 10*s))
		_, p := c.pick(0)
		return p.At
	}
	sum := time.Duration(0)
	for id := range uint64(1000) {
		at := until(id)
		if at < 10*s || at >= 11*s || at != until(id) {
			t.Fatalf("call %d: until %v and %v", id, at, until(id))
		}
		sum += at
	}
	if mean := (sum / 1000).Seconds(); math.Abs(mean-10.5) > 0.03 {
		t.Errorf("mean %v s, want 10.5", mean)
	}
}

// A session keeps its key while that key rests for less than the hit is worth:
// 30,000 tokens at 60,000 a minute are 30 s. Then it moves, and stays.
func TestSticky(t *testing.T) {
	t.Parallel()
	r := route.New(route.Config{Keys: 3, Pick: route.Sticky, Cooldown: route.Cooldown{RetryAfter: true}}, 1)
	slot := 0
	session := func(user int, cached int64) *caller {
		slot++
		c := newCaller(r, slot)
		c.call.Class, c.call.User, c.call.Tokens = 1, user, load.Tokens{Input: 100, CacheRead: cached}
		return c
	}
	home, _ := session(7, 30_000).pick(0)
	var seen [3]int
	for user := range 300 {
		to, _ := session(user, 0).pick(0)
		if again, _ := session(user, 0).pick(s); again != to {
			t.Fatalf("user %d: key %d and then %d", user, to.Key, again.Key)
		}
		seen[to.Key]++
	}
	if slices.Min(seen[:]) < 80 {
		t.Errorf("sessions by key: %v", seen)
	}
	refuse := func(at, after time.Duration) {
		c := session(7, 30_000)
		c.pick(at)
		answer := refuses(load.ITPM, at, after)
		*answer.Limits.At(load.ITPM) = load.LimitStatus{Known: true, Limit: 60_000, Reset: at + 60*s}
		c.end(at, home, answer)
	}
	refuse(0, 30*s)
	if to, p := session(7, 30_000).pick(0); p != wait(30*s) {
		t.Errorf("%+v %+v, want to wait 30 s for 30 s worth of tokens", to, p)
	}
	if to, p := session(7, 29_000).pick(s / 2); p.State != load.Granted || to == home {
		t.Errorf("%+v %+v, want another key: 29 s worth of tokens", to, p)
	}
	moved, _ := session(7, 30_000).pick(31 * s)
	if moved == home {
		t.Error("moved once, it stays where its prefix now is")
	}
}
