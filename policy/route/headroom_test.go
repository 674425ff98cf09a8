package route_test

import (
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/route"
)

// Headroom is what the headers left, what came in since and what is on its way.
func TestHeadroom(t *testing.T) {
	t.Parallel()
	d := newSender(t, route.Config{Keys: 2, Pick: route.Headroom})
	one := load.Tokens{Input: 1}
	a, b := d.send(0, one), d.send(0, one)
	if a.to == b.to {
		t.Fatal("two keys nobody knows, and both calls on one")
	}
	if b.to.Key == 0 {
		a, b = b, a
	}
	a.answer(s, says(10, 0))
	b.answer(s, says(7, 0))
	for i, want := range []int{0, 0, 0, -1, -1, -1, -1} { // 10 9 8 against 7, then in turn
		if x := d.send(s, one); want >= 0 && x.to.Key != want {
			t.Fatalf("call %d: key %d, want %d", i, x.to.Key, want)
		}
	}
}

// What came in since counts, until the reset.
func TestHeadroomRefills(t *testing.T) {
	t.Parallel()
	d := newSender(t, route.Config{Keys: 2, Pick: route.Headroom})
	one := load.Tokens{Input: 1}
	a, b := d.send(0, one), d.send(0, one)
	if b.to.Key == 0 {
		a, b = b, a
	}
	fast := says(5, 0)
	*fast.Limits.At(load.RPM) = load.LimitStatus{Known: true, Limit: 600, Remaining: 5, Reset: 2 * s}
	a.answer(s, says(10, 0))
	b.answer(s, fast)
	for _, row := range []struct {
		at   time.Duration
		want int
	}{
		{s / 2, 0}, // 10.5 against 10
		{s, 1},     // 11 against 15
	} {
		x := d.send(row.at, one)
		if x.to.Key != row.want {
			t.Errorf("at %v: key %d, want %d", row.at, x.to.Key, row.want)
		}
		x.answer(row.at, broken) // no headers, no reservation
	}
	if x := d.send(16*s, one); x.to.Key != 0 {
		t.Errorf("at 16 s: key %d, want 0: the other was full at 2 s, with 25", x.to.Key)
	}
}

// What the newest answer has seen is not taken off a second time.
func TestHeadroomReservesWhatIsNew(t *testing.T) {
	t.Parallel()
	d := newSender(t, route.Config{Keys: 2, Pick: route.Headroom})
	one := load.Tokens{Input: 1}
	var by [2][]*sent
	for range 6 {
		x := d.send(0, one)
		by[x.to.Key] = append(by[x.to.Key], x)
	}
	if len(by[0]) != 3 || len(by[1]) != 3 {
		t.Fatalf("%d and %d", len(by[0]), len(by[1]))
	}
	by[0][2].answer(0, says(5, 0)) // its last: the first two are in these 5
	by[1][0].answer(0, says(6, 0)) // its first: two more are to come off these 6
	if x := d.send(0, one); x.to.Key != 0 {
		t.Errorf("key %d, want 0: 5 against 4", x.to.Key)
	}
}

func TestHeadroomByTheScarcestLimit(t *testing.T) {
	t.Parallel()
	big, small := load.Tokens{Input: 5000}, load.Tokens{Input: 10}
	answer := func(requests, input int64) load.Response {
		r := says(requests, 0)
		*r.Limits.At(load.ITPM) = load.LimitStatus{Known: true, Limit: 60_000, Remaining: input, Reset: 0}
		return r
	}
	for _, row := range []struct {
		tokens load.Tokens
		want   int
	}{{big, 1}, {small, 0}} {
		d := newSender(t, route.Config{Keys: 2, Pick: route.Headroom})
		a, b := d.send(0, small), d.send(0, small)
		if b.to.Key == 0 {
			a, b = b, a
		}
		a.answer(0, answer(50, 8000))  // 1.6 big ones, 50 small ones
		b.answer(0, answer(20, 40000)) // 8 big ones, 20 small ones
		if x := d.send(0, row.tokens); x.to.Key != row.want {
			t.Errorf("%+v: key %d, want %d", row.tokens, x.to.Key, row.want)
		}
	}
}

// An older answer that comes later says nothing.
func TestHeadroomBelievesTheNewest(t *testing.T) {
	t.Parallel()
	d := newSender(t, route.Config{Keys: 1, Pick: route.Headroom, Fallback: route.Fallback{
		Models: []string{"mid"}, After: 1, Return: route.Return{Above: 0.5},
	}})
	early := d.send(0, load.Tokens{})
	late := d.send(s, load.Tokens{})
	refusal := says(0, s)
	refusal.Outcome, refusal.Status = load.Throttled, 429
	late.answer(s, refusal)
	early.answer(2*s, says(59, 0))
	if x := d.send(30*s, load.Tokens{}); x.to != spare("mid") {
		t.Errorf("at 30 s %+v: 29 of 60 are not half", x.to)
	}
	if x := d.send(31*s, load.Tokens{}); x.to != key(0) {
		t.Errorf("at 31 s %+v: 30 of 60 are half", x.to)
	}
}
