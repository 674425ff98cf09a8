package route

import (
	"math/rand/v2"
	"slices"
	"time"

	"ratecliff/load"
)

// Router chooses key and model of each attempt. An attempt that is asked about
// again, because a gate held it, keeps its key while that key is not cooling, so
// that holding shifts nothing.
type Router struct {
	cfg    Config
	keys   int
	turn   int                        // round-robin: the next key
	used   []int64                    // by key: uses counted; with a daily allowance those of today
	today  time.Duration              // day of used
	rests  map[string][]time.Duration // by model, key: cooling until
	plans  []plan                     // by slot
	simple bool                       // one key, no chain, no cooldown: nothing to remember
	open   []int                      // scratch: keys not cooling
}

// plan is what a router remembers of one call.
type plan struct {
	epoch   uint32
	key     int32
	attempt int32 // attempts sent when key was chosen, plus 1; 0 for none
	level   int32 // place in the chain: 0 is the model the arrival wants
	refused int32 // attempts in a row refused on this level
}

// New builds a router from a valid configuration (see [Config.Validate]).
func New(cfg Config) *Router {
	cfg.Fallback.Models = slices.Clone(cfg.Fallback.Models)
	cfg.Daily.Counts = max(cfg.Daily.Counts, 1)
	keys := max(cfg.Keys, 1)
	return &Router{
		cfg: cfg, keys: keys,
		used:   make([]int64, keys),
		rests:  make(map[string][]time.Duration),
		simple: keys == 1 && len(cfg.Fallback.Models) == 0 && cfg.Cooldown == Cooldown{} && cfg.Daily.Limit == 0,
		open:   make([]int, 0, keys),
	}
}

// Pick chooses where the next attempt of c goes. While every key of the model
// cools or is used up it moves along the chain when told to, and else waits for
// the earliest key, or fails.
func (r *Router) Pick(now time.Duration, c *load.Call, rng *rand.Rand) (load.Target, load.Permit) {
	if r.simple {
		return load.Target{Model: c.Model}, load.Permit{}
	}
	p := r.plan(c)
	if r.inside(c) {
		return r.target(r.model(c, p.level), int(p.key), c), load.Permit{}
	}
	r.newDay(now)
	if model := r.model(c, p.level); r.keeps(now, c, p, model) {
		return r.target(model, int(p.key), c), load.Permit{}
	}
	earliest, last := load.Never, p.level
	if r.cfg.Fallback.WhileCooling {
		last = int32(len(r.cfg.Fallback.Models))
	}
	for level := p.level; level <= last; level++ {
		model := r.model(c, level)
		at := r.awake(now, model)
		if at <= now {
			return r.target(model, r.key(now, c, p, model, rng), c), load.Permit{}
		}
		earliest = min(earliest, at)
	}
	held := load.Permit{State: load.WaitUntil, At: earliest, By: "route"}
	if r.cfg.WhenNone == Fail {
		held = load.Permit{State: load.Refused, By: "route"}
	}
	return r.target(r.model(c, p.level), 0, c), held
}

// inside says whether a layer the router stands around is retrying.
func (r *Router) inside(c *load.Call) bool {
	for i := range r.cfg.Around {
		if c.Layers[i].Failures > 0 {
			return c.Attempts > 0
		}
	}
	return false
}

// keeps says whether a call that was held keeps a key it has already been
// counted for, though that use was the key's last of the day.
func (r *Router) keeps(now time.Duration, c *load.Call, p *plan, model string) bool {
	rests := r.rests[model]
	return r.cfg.Daily.Limit > 0 && p.attempt == int32(c.Attempts)+1 && (rests == nil || rests[p.key] <= now)
}

// newDay begins every key's allowance anew at each full 24 h of the run.
func (r *Router) newDay(now time.Duration) {
	if today := now / day; r.cfg.Daily.Limit > 0 && today != r.today {
		r.today = today
		clear(r.used)
	}
}

// Observe learns from what became of an attempt: a 429 may start a cooldown,
// and refusals in a row may move the call along the chain. With Around, failures
// wait for Surfaced.
func (r *Router) Observe(now time.Duration, c *load.Call, a *load.Attempt) {
	if r.simple || r.cfg.Around > 0 && a.Response.Outcome != load.OK {
		return
	}
	r.learn(now, c, a)
}

// Surfaced learns from a failure, once the layers the router stands around have
// given it up.
func (r *Router) Surfaced(now time.Duration, c *load.Call, a *load.Attempt, layers int) {
	if r.simple || r.cfg.Around == 0 || layers < r.cfg.Around || a.Response.Outcome == load.Shed {
		return
	}
	r.learn(now, c, a)
}

func (r *Router) learn(now time.Duration, c *load.Call, a *load.Attempt) {
	if a.Response.Outcome == load.Throttled {
		r.rest(now, a)
	}
	p := r.plan(c)
	if a.Response.Outcome != load.Throttled && a.Response.Outcome != load.Overloaded {
		p.refused = 0
		return
	}
	p.refused++
	if f := &r.cfg.Fallback; f.After > 0 && p.refused >= int32(f.After) && p.level < int32(len(f.Models)) {
		p.level++
		p.refused = 0
	}
}

// plan is what is remembered of c, fresh for a slot's new call.
func (r *Router) plan(c *load.Call) *plan {
	for int(c.Slot) >= len(r.plans) {
		r.plans = append(r.plans, plan{})
	}
	p := &r.plans[c.Slot]
	if p.epoch != c.Epoch {
		*p = plan{epoch: c.Epoch}
	}
	return p
}

func (r *Router) model(c *load.Call, level int32) string {
	if level == 0 {
		return c.Model
	}
	return r.cfg.Fallback.Models[level-1]
}

func (r *Router) target(model string, key int, c *load.Call) load.Target {
	return load.Target{Key: key, Model: model, Degraded: model != c.Model}
}

// rest starts the cooldown of the attempt's key for its model.
func (r *Router) rest(now time.Duration, a *load.Attempt) {
	wait := r.cfg.Cooldown.For
	if r.cfg.Cooldown.RetryAfter && a.Response.HasRetryAfter {
		wait = min(a.Response.RetryAfter, load.Never-now)
	}
	if wait <= 0 || a.Target.Key < 0 || a.Target.Key >= r.keys {
		return
	}
	rests := r.rests[a.Target.Model]
	if rests == nil {
		rests = make([]time.Duration, r.keys)
		r.rests[a.Target.Model] = rests
	}
	if r.cfg.Cooldown.FirstTimer && rests[a.Target.Key] > now {
		return
	}
	rests[a.Target.Key] = max(rests[a.Target.Key], now+wait)
}

// awake is the earliest instant from now at which a key of the model may go.
func (r *Router) awake(now time.Duration, model string) time.Duration {
	rests := r.rests[model]
	if rests == nil && r.cfg.Daily.Limit == 0 {
		return now
	}
	earliest := load.Never
	for k := range r.keys {
		earliest = min(earliest, r.usable(k, rests))
	}
	return max(now, earliest)
}

// usable is when a key may be used, as far as its rest (by key, or nil) and its
// allowance go.
func (r *Router) usable(key int, rests []time.Duration) time.Duration {
	at := time.Duration(0)
	if rests != nil {
		at = rests[key]
	}
	if r.cfg.Daily.Limit > 0 && r.used[key] >= r.cfg.Daily.Limit {
		at = max(at, (r.today+1)*day)
	}
	return at
}

// key chooses among the keys that do not cool for the model; one there is.
func (r *Router) key(now time.Duration, c *load.Call, p *plan, model string, rng *rand.Rand) int {
	rests := r.rests[model]
	attempt := int32(c.Attempts) + 1
	if p.attempt == attempt {
		if rests == nil || rests[p.key] <= now {
			return int(p.key)
		}
		r.used[p.key] -= r.cfg.Daily.Counts
	}
	r.open = r.open[:0]
	for k := range r.keys {
		if r.usable(k, rests) <= now {
			r.open = append(r.open, k)
		}
	}
	key := r.choose(rng)
	r.used[key] += r.cfg.Daily.Counts
	p.attempt, p.key = attempt, int32(key)
	return key
}

// choose is one of the open keys.
func (r *Router) choose(rng *rand.Rand) int {
	switch r.cfg.Pick {
	case RoundRobin:
		key := r.open[0]
		for _, k := range r.open {
			if k >= r.turn {
				key = k
				break
			}
		}
		r.turn = (key + 1) % r.keys
		return key
	case LeastUsed:
		return slices.MinFunc(r.open, func(a, b int) int { return int(r.used[a] - r.used[b]) })
	case Random:
		return r.open[rng.IntN(len(r.open))]
	}
	return r.open[0]
}
