package route_test

import (
	"slices"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/route"
)

// fail ends an attempt as the engine does: the router observes it, and hears how
// many layers gave it up; the innermost remembers what it has seen.
func (c *caller) fail(now time.Duration, to load.Target, layers int) {
	c.end(now, to, limited)
	c.call.Layers[0].Failures++
	if layers > 0 {
		c.call.Layers[0] = load.RetryState{}
	}
	c.router.Surfaced(now, &c.call, &load.Attempt{Target: to, Response: limited}, layers)
}

// A client that retries by itself keeps its key, and the key rests only once the
// client gives up.
func TestRouterAroundALayer(t *testing.T) {
	t.Parallel()
	r := route.New(route.Config{
		Keys: 2, Around: 1, Cooldown: route.Cooldown{For: 60 * s}, WhenNone: route.Fail,
	}, 1)
	c := newCaller(r, 0)
	for i, step := range []struct {
		key    int
		layers int
	}{{0, 0}, {0, 0}, {0, 1}, {1, 0}, {1, 1}} {
		to, p := c.pick(time.Duration(i) * s)
		if to != key(step.key) || p.State != load.Granted {
			t.Fatalf("attempt %d: %v %v, want key %d", i+1, to, p, step.key)
		}
		c.fail(time.Duration(i)*s, to, step.layers)
		other, _ := newCaller(r, 1+i).pick(time.Duration(i) * s)
		if i < 2 && other != key(0) {
			t.Errorf("attempt %d: key 0 rests though its client goes on", i+1)
		}
	}
	if _, p := c.pick(5 * s); p.State != load.Refused {
		t.Errorf("both keys rest: %v, want refused", p)
	}
	if to, p := c.pick(62 * s); to != key(0) || p.State != load.Granted {
		t.Errorf("the first key has rested: %v %v", to, p)
	}
}

// With two timers for one key the first to run out wakes it.
func TestFirstTimer(t *testing.T) {
	t.Parallel()
	for first, want := range map[bool]time.Duration{true: 60 * s, false: 90 * s} {
		r := route.New(route.Config{Keys: 1, Cooldown: route.Cooldown{For: 60 * s, FirstTimer: first}}, 1)
		a, b := newCaller(r, 0), newCaller(r, 1)
		a.end(0, key(0), limited)
		b.end(30*s, key(0), limited)
		if _, p := a.pick(31 * s); p != wait(want) {
			t.Errorf("first timer %v: %v, want until %v", first, p, want)
		}
	}
}

// A key's uses of a day run out, sooner where each counts twice, and are there
// again the next day.
func TestDailyAllowance(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for counts, want := range map[int64]int{0: 4, 1: 4, 2: 2} {
		r := route.New(route.Config{Keys: 2, Pick: route.LeastUsed, Daily: route.Daily{Limit: 2, Counts: counts}}, 1)
		for i := range want {
			c := newCaller(r, i)
			to, p := c.pick(s)
			if again, held := c.pick(s); p.State != load.Granted || again != to || held.State != load.Granted {
				t.Fatalf("counts %d, use %d: %v %v, asked again %v %v", counts, i, to, p, again, held)
			}
			c.end(s, to, fine)
		}
		late := newCaller(r, want)
		if _, p := late.pick(s); p != wait(day) {
			t.Errorf("counts %d, use %d: %v, want until the next day", counts, want, p)
		}
		if _, p := late.pick(day); p.State != load.Granted {
			t.Errorf("counts %d, the next day: %v", counts, p)
		}
	}
}

func TestValidateAllowance(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		cfg  route.Config
		want []string
	}{
		{route.Config{Around: 1, Daily: route.Daily{Limit: 100, Counts: 2}, WhenNone: route.Fail, Cooldown: route.Cooldown{For: s, FirstTimer: true}}, nil},
		{route.Config{Around: 5, Daily: route.Daily{Limit: -1, Counts: -1}}, []string{"around", "daily.limit", "daily.counts"}},
		{route.Config{Daily: route.Daily{Counts: 2}}, []string{"daily.counts"}},
		{route.Config{WhenNone: "panic"}, []string{"when_none", "when_none"}},
		{route.Config{Cooldown: route.Cooldown{FirstTimer: true}}, []string{"cooldown.first_timer"}},
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
