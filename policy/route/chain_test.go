package route_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/route"
)

// refuses is a 429 by a limit of 60 a minute that holds 60 and has none left.
func refuses(d load.Dimension, at, after time.Duration) load.Response {
	r := says(0, at)
	r.Outcome, r.Status, r.Dimension = load.Throttled, 429, d
	r.RetryAfter, r.HasRetryAfter = after, true
	return r
}

// Hysteresis: 30 % of 60 are there after 18 s, and 10 s later all return.
func TestReturn(t *testing.T) {
	t.Parallel()
	back := route.Return{Above: 0.3, For: 10 * s}
	for name, cfg := range map[string]route.Config{
		"after a refusal": {Fallback: route.Fallback{Models: []string{"mid"}, After: 1, Return: back}},
		"while it rests": {Cooldown: route.Cooldown{RetryAfter: true}, Fallback: route.Fallback{
			Models: []string{"mid"}, WhileCooling: true, Return: back,
		}},
	} {
		d := newSender(t, cfg)
		first := d.send(0, load.Tokens{})
		first.answer(0, refuses(load.RPM, 0, s))
		for _, at := range []time.Duration{0, 2 * s, 18 * s, 28*s - 1} {
			if x := d.send(at, load.Tokens{}); x.to != spare("mid") {
				t.Errorf("%s: at %v %+v, want mid", name, at, x.to)
			}
		}
		if x := d.send(28*s, load.Tokens{}); x.to != key(0) {
			t.Errorf("%s: at 28 s %+v, want the wanted model", name, x.to)
		}
		// The call that was refused stays where it went only if it was moved itself.
		again := d.again(28*s, first.caller)
		if moved := cfg.Fallback.After > 0; again.to.Degraded != moved {
			t.Errorf("%s: the refused call goes to %+v", name, again.to)
		}
	}
}

// A call that was refused by the smaller model too is no more bound to it than
// the others.
func TestReturnOfTheRefused(t *testing.T) {
	t.Parallel()
	d := newSender(t, route.Config{Cooldown: route.Cooldown{RetryAfter: true}, Fallback: route.Fallback{
		Models: []string{"mid"}, WhileCooling: true, Return: route.Return{For: 10 * s},
	}})
	d.send(0, load.Tokens{}).answer(0, refuses(load.RPM, 0, s))
	x := d.send(0, load.Tokens{})
	x.answer(0, refuses(load.RPM, 0, s))
	if again := d.again(10*s, x.caller); again.to != key(0) {
		t.Errorf("at 10 s %+v, want the wanted model", again.to)
	}
}

// Without headers the time alone counts; without Return every call tries.
func TestReturnByTimeAlone(t *testing.T) {
	t.Parallel()
	for wait, want := range map[time.Duration]load.Target{10 * s: spare("mid"), 0: key(0)} {
		d := newSender(t, route.Config{Fallback: route.Fallback{Models: []string{"mid"}, After: 1, Return: route.Return{For: wait}}})
		d.send(5*s, load.Tokens{}).answer(5*s, busy)
		if x := d.send(15*s-1, load.Tokens{}); x.to != want {
			t.Errorf("for %v: %+v, want %+v", wait, x.to, want)
		}
		if x := d.send(15*s, load.Tokens{}); x.to != key(0) {
			t.Errorf("for %v: at 15 s %+v", wait, x.to)
		}
	}
}

// The last model of a chain is all there is: nobody stays away from it. And what
// is refused further down is left too.
func TestReturnAlongAChain(t *testing.T) {
	t.Parallel()
	d := newSender(t, route.Config{Fallback: route.Fallback{Models: []string{"mid", "small"}, After: 1, Return: route.Return{For: 10 * s}}})
	for i, want := range []load.Target{key(0), spare("mid"), spare("small"), spare("small")} {
		x := d.send(time.Duration(i)*s, load.Tokens{})
		if x.to != want {
			t.Fatalf("call %d: %+v, want %+v", i, x.to, want)
		}
		x.answer(time.Duration(i)*s, busy)
	}
	for _, row := range []struct {
		at   time.Duration
		want load.Target
	}{{10*s - 1, spare("small")}, {10 * s, key(0)}} {
		if x := d.send(row.at, load.Tokens{}); x.to != row.want {
			t.Errorf("at %v %+v, want %+v", row.at, x.to, row.want)
		}
	}
}

// With all models resting a call waits for the first that may be used, or that
// is gone back to.
func TestWaitsForTheReturn(t *testing.T) {
	t.Parallel()
	d := newSender(t, route.Config{Cooldown: route.Cooldown{RetryAfter: true}, Fallback: route.Fallback{
		Models: []string{"mid"}, WhileCooling: true, Return: route.Return{For: 10 * s},
	}})
	d.send(0, load.Tokens{}).answer(0, refuses(load.RPM, 0, 5*s))
	d.send(0, load.Tokens{}).answer(0, refuses(load.RPM, 0, 60*s))
	c := newCaller(d.router, 9)
	if _, p := c.pick(s); p != wait(10*s) {
		t.Errorf("%+v, want to wait until the wanted model is gone back to at 10 s", p)
	}
	if to, p := c.pick(10 * s); to != key(0) || p.State != load.Granted {
		t.Errorf("at 10 s %+v %+v", to, p)
	}
}

func TestValidateChains(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	chain := func(r route.Return) route.Fallback {
		return route.Fallback{Models: []string{"a"}, After: 1, Return: r}
	}
	for _, row := range []struct {
		cfg  route.Config
		want []string
	}{
		{route.Config{Fallback: chain(route.Return{Above: 0.3, For: 10 * s})}, nil},
		{route.Config{Fallback: chain(route.Return{Above: 1, For: year + 1})}, []string{"fallback.return.above", "fallback.return.for"}},
		{route.Config{Fallback: chain(route.Return{Above: math.NaN(), For: -1})}, []string{"fallback.return.above", "fallback.return.for"}},
		{route.Config{Fallback: route.Fallback{Return: route.Return{For: s}}}, []string{"fallback.return"}},
		{route.Config{StickyWait: s}, []string{"sticky_wait"}},
		{route.Config{Pick: route.Sticky, StickyWait: -1}, []string{"sticky_wait"}},
		{route.Config{Cooldown: route.Cooldown{Jitter: s, PerDimension: true}}, []string{"cooldown.jitter", "cooldown.per_dimension"}},
		{route.Config{Cooldown: route.Cooldown{For: year + 1, Jitter: -1}}, []string{"cooldown.for", "cooldown.jitter"}},
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

// In the steady state nothing is allocated.
func TestNoAllocation(t *testing.T) {
	for _, pick := range route.Picks() {
		r := route.New(route.Config{
			Keys: 4, Pick: pick, Cooldown: route.Cooldown{RetryAfter: true, Jitter: s, PerDimension: true},
			Fallback: route.Fallback{Models: []string{"mid"}, After: 2, WhileCooling: true, Return: route.Return{Above: 0.3, For: s}},
		}, 1)
		calls := make([]*caller, 16)
		for i := range calls {
			calls[i] = newCaller(r, i)
		}
		now := time.Duration(0)
		a := &load.Attempt{}
		round := func() {
			for i, c := range calls {
				now += 100 * time.Millisecond
				a.Target, _ = c.pick(now)
				c.call.Attempts++
				a.Response = says(int64(i), now)
				if i%5 == 0 {
					a.Response = refuses(load.RPM, now, s)
				}
				r.Observe(now, &c.call, a)
			}
		}
		round()
		if n := testing.AllocsPerRun(20, round); n > 0 {
			t.Errorf("%s: %v allocations a round", pick, n)
		}
	}
}
