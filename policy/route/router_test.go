package route_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/policy/route"
)

const s = time.Second

// caller is one call as the engine leads it through a router.
type caller struct {
	router *route.Router
	call   load.Call
	rng    *rand.Rand
}

func newCaller(r *route.Router, slot int) *caller {
	c := &caller{router: r, rng: rand.New(rand.NewPCG(uint64(slot), 0))}
	c.call.Slot, c.call.Epoch, c.call.Model = int32(slot), 1, "big"
	return c
}

func (c *caller) pick(now time.Duration) (load.Target, load.Permit) {
	return c.router.Pick(now, &c.call, c.rng)
}

// end sends to a target and ends there.
func (c *caller) end(now time.Duration, to load.Target, r load.Response) {
	c.call.Attempts++
	c.router.Observe(now, &c.call, &load.Attempt{Target: to, Response: r})
}

var (
	fine     = load.Response{Outcome: load.OK, Status: 200}
	busy     = load.Response{Outcome: load.Overloaded, Status: 529}
	limited  = load.Response{Outcome: load.Throttled, Status: 429}
	broken   = load.Response{Outcome: load.Failed, Status: 500}
	limited7 = load.Response{Outcome: load.Throttled, Status: 429, HasRetryAfter: true, RetryAfter: 7 * s}
)

func key(k int) load.Target          { return load.Target{Key: k, Model: "big"} }
func spare(model string) load.Target { return load.Target{Model: model, Degraded: true} }

func wait(at time.Duration) load.Permit {
	return load.Permit{State: load.WaitUntil, At: at, By: "route"}
}

// step is one attempt of a timeline: where it is sent, and how it ends at once.
type step struct {
	at     time.Duration
	call   int
	target load.Target
	permit load.Permit
	answer load.Response
}

func TestTimelines(t *testing.T) {
	t.Parallel()
	none := load.Permit{}
	for _, tl := range []struct {
		name  string
		cfg   route.Config
		steps []step
	}{
		{"one key, the model asked for", route.Config{}, []step{
			{0, 0, key(0), none, limited7},
			{0, 0, key(0), none, busy},
			{0, 1, key(0), none, fine},
		}},
		{"first", route.Config{Keys: 3, Cooldown: route.Cooldown{For: 60 * s}}, []step{
			{0, 0, key(0), none, fine},
			{1 * s, 1, key(0), none, limited},
			{2 * s, 1, key(1), none, limited7}, // the header is not read
			{3 * s, 2, key(2), none, limited},
			{4 * s, 3, key(0), wait(61 * s), fine},
			{61 * s, 3, key(0), none, fine},
			{62 * s, 4, key(0), none, fine},
		}},
		{"round robin passes over a cooling key", route.Config{Keys: 3, Pick: route.RoundRobin, Cooldown: route.Cooldown{For: 10 * s}}, []step{
			{0, 0, key(0), none, fine},
			{0, 1, key(1), none, limited},
			{0, 2, key(2), none, fine},
			{0, 3, key(0), none, fine},
			{0, 4, key(2), none, fine},
			{0, 5, key(0), none, fine},
			{10 * s, 6, key(1), none, fine},
		}},
		{"least used", route.Config{Keys: 2, Pick: route.LeastUsed, Cooldown: route.Cooldown{For: 10 * s}}, []step{
			{0, 0, key(0), none, limited},
			{0, 1, key(1), none, fine},
			{0, 2, key(1), none, fine},
			{10 * s, 3, key(0), none, fine},
			{10 * s, 4, key(0), none, fine}, // 2 and 2: the lowest
			{10 * s, 5, key(1), none, fine},
		}},
		{"cooldown by the header", route.Config{Cooldown: route.Cooldown{RetryAfter: true, For: 30 * s}}, []step{
			{0, 0, key(0), none, limited7},
			{6 * s, 0, key(0), wait(7 * s), fine},
			{7 * s, 0, key(0), none, limited},
			{8 * s, 0, key(0), wait(37 * s), fine},
		}},
		{"no header, no fixed time: no cooldown", route.Config{Cooldown: route.Cooldown{RetryAfter: true}}, []step{
			{0, 0, key(0), none, limited},
			{0, 0, key(0), none, fine},
		}},
		{"fallback after two refusals in a row, of this call", route.Config{Fallback: route.Fallback{Models: []string{"mid", "small"}, After: 2}}, []step{
			{0, 0, key(0), none, limited},
			{0, 1, key(0), none, busy},   // another call's
			{0, 0, key(0), none, broken}, // ends the row
			{0, 0, key(0), none, busy},
			{0, 0, key(0), none, limited},
			{0, 0, spare("mid"), none, busy},
			{0, 0, spare("mid"), none, busy},
			{0, 0, spare("small"), none, busy},
			{0, 0, spare("small"), none, busy},
			{0, 0, spare("small"), none, fine},
			{0, 1, key(0), none, fine},
		}},
		{"fallback while the model cools", route.Config{Cooldown: route.Cooldown{For: 10 * s}, Fallback: route.Fallback{Models: []string{"mid"}, WhileCooling: true}}, []step{
			{0, 0, key(0), none, limited},
			{1 * s, 0, spare("mid"), none, limited},
			{2 * s, 0, key(0), wait(10 * s), fine},
			{10 * s, 0, key(0), none, fine},
		}},
	} {
		t.Run(tl.name, func(t *testing.T) {
			t.Parallel()
			if ps := tl.cfg.Validate(); len(ps) > 0 {
				t.Fatal(ps)
			}
			router := route.New(tl.cfg, 1)
			calls := map[int]*caller{}
			for i, st := range tl.steps {
				c := calls[st.call]
				if c == nil {
					c = newCaller(router, st.call)
					calls[st.call] = c
				}
				c.pick(st.at) // asking twice changes nothing
				target, permit := c.pick(st.at)
				if target != st.target || permit != st.permit {
					t.Errorf("line %d: %+v %+v, want %+v %+v", i, target, permit, st.target, st.permit)
				}
				if permit.State == load.Granted {
					c.end(st.at, target, st.answer)
				}
			}
		})
	}
}

// A slot's next call starts anew.
func TestNewCallInAnOldSlot(t *testing.T) {
	t.Parallel()
	router := route.New(route.Config{Fallback: route.Fallback{Models: []string{"mid"}, After: 1}}, 1)
	c := newCaller(router, 0)
	c.end(0, key(0), busy)
	if target, _ := c.pick(0); target != spare("mid") {
		t.Fatalf("%+v, want mid", target)
	}
	c.call.Epoch, c.call.Attempts = 2, 0
	if target, _ := c.pick(0); target != key(0) {
		t.Errorf("%+v, want the model asked for", target)
	}
}

// A held attempt keeps its key, but not one that has come to cool meanwhile.
func TestHeldAttemptMovesOffACoolingKey(t *testing.T) {
	t.Parallel()
	router := route.New(route.Config{Keys: 2, Pick: route.LeastUsed, Cooldown: route.Cooldown{For: 10 * s}}, 1)
	held, other := newCaller(router, 0), newCaller(router, 1)
	if target, _ := held.pick(0); target.Key != 0 {
		t.Fatalf("key %d, want 0", target.Key)
	}
	other.end(0, key(0), limited)
	if target, _ := held.pick(0); target.Key != 1 {
		t.Errorf("key %d, want 1: key 0 cools", target.Key)
	}
	for slot := 2; slot < 4; slot++ {
		if target, _ := newCaller(router, slot).pick(10 * s); target.Key != 0 {
			t.Errorf("call %d: key %d, want 0: the held attempt no longer counts for it", slot, target.Key)
		}
	}
}

// No pick ever lands on a cooling key, a wait ends when some key is free again,
// and random picks reach every key.
func TestPicksAvoidCoolingKeys(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.IntRange(1, 5).Draw(t, "keys")
		rest := time.Duration(rapid.Int64Range(1, 20).Draw(t, "rest"))
		pick := rapid.SampledFrom(append(route.Picks(), "")).Draw(t, "pick")
		router := route.New(route.Config{Keys: keys, Pick: pick, Cooldown: route.Cooldown{For: rest}}, 1)
		until := make([]time.Duration, keys)
		now := time.Duration(0)
		for slot := range rapid.IntRange(1, 100).Draw(t, "calls") {
			now += time.Duration(rapid.Int64Range(0, 3).Draw(t, "later"))
			c := newCaller(router, slot)
			target, permit := c.pick(now)
			if permit.State == load.WaitUntil {
				if earliest := slices.Min(until); permit.At != earliest || earliest <= now {
					t.Fatalf("at %v told to wait until %v, first key free at %v", now, permit.At, earliest)
				}
				continue
			}
			if target.Key < 0 || target.Key >= keys || until[target.Key] > now {
				t.Fatalf("at %v key %d, cooling until %v", now, target.Key, until)
			}
			if rapid.Bool().Draw(t, "refused") {
				c.end(now, target, limited)
				until[target.Key] = now + rest
			}
		}
	})
	router := route.New(route.Config{Keys: 3, Pick: route.Random}, 1)
	var seen [3]int
	for slot := range 100 {
		target, _ := newCaller(router, slot).pick(0)
		seen[target.Key]++
	}
	if slices.Min(seen[:]) == 0 {
		t.Errorf("keys picked %v times: one never", seen)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		cfg  route.Config
		want []string
	}{
		{route.Config{}, nil},
		{route.Config{Keys: 3, Pick: route.Random, Cooldown: route.Cooldown{For: s, RetryAfter: true}, Fallback: route.Fallback{Models: []string{"a", "b"}, After: 1, WhileCooling: true}}, nil},
		{route.Config{Keys: -1, Pick: "magic", Cooldown: route.Cooldown{For: -1}, Fallback: route.Fallback{After: -1}}, []string{"keys", "pick", "cooldown.for", "fallback.after", "fallback.models"}},
		{route.Config{Keys: math.MaxInt}, []string{"keys"}},
		{route.Config{Fallback: route.Fallback{Models: []string{"a"}}}, []string{"fallback.after"}},
		{route.Config{Fallback: route.Fallback{Models: []string{"a", "", "a"}, After: 1}}, []string{"fallback.models[1]", "fallback.models[2]"}},
		{route.Config{Fallback: route.Fallback{Models: []string{"a"}, WhileCooling: true}}, []string{"fallback.while_cooling"}},
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

func BenchmarkPickObserve(b *testing.B) {
	for name, cfg := range map[string]route.Config{
		"single":   {},
		"headroom": {Keys: 4, Pick: route.Headroom, Cooldown: route.Cooldown{RetryAfter: true, Jitter: s, PerDimension: true}},
		"sticky":   {Keys: 4, Pick: route.Sticky, Cooldown: route.Cooldown{RetryAfter: true}},
		"pool":     {Keys: 4, Pick: route.LeastUsed, Cooldown: route.Cooldown{For: s}, Fallback: route.Fallback{Models: []string{"mid"}, After: 3, WhileCooling: true}},
	} {
		b.Run(name, func(b *testing.B) {
			c := newCaller(route.New(cfg, 1), 0)
			a := &load.Attempt{Response: limited}
			now := time.Duration(0)
			b.ReportAllocs()
			for b.Loop() {
				now += time.Millisecond
				c.call.Attempts++
				a.Target, _ = c.pick(now)
				c.router.Observe(now, &c.call, a)
			}
		})
	}
}
