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
	used   []int64                    // by key: attempts given
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
	keys := max(cfg.Keys, 1)
	return &Router{
		cfg: cfg, keys: keys,
		used:   make([]int64, keys),
		rests:  make(map[string][]time.Duration),
		simple: keys == 1 && len(cfg.Fallback.Models) == 0 && cfg.Cooldown == Cooldown{},
		open:   make([]int, 0, keys),
	}
}

// Pick chooses where the next attempt of c goes. While every key of the model
// cools it moves along the chain when told to, and else asks to wait for the
// earliest key.
func (r *Router) Pick(now time.Duration, c *load.Call, rng *rand.Rand) (load.Target, load.Permit) {
	if r.simple {
		return load.Target{Model: c.Model}, load.Permit{}
	}
	p := r.plan(c)
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
	return r.target(r.model(c, p.level), 0, c), load.Permit{State: load.WaitUntil, At: earliest, By: "route"}
}

// Observe learns from what became of an attempt: a 429 may start a cooldown,
// and refusals in a row may move the call along the chain.
func (r *Router) Observe(now time.Duration, c *load.Call, a *load.Attempt) {
	if r.simple {
		return
	}
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
	rests[a.Target.Key] = max(rests[a.Target.Key], now+wait)
}

// awake is the earliest instant from now at which a key of the model may go.
func (r *Router) awake(now time.Duration, model string) time.Duration {
	rests := r.rests[model]
	if rests == nil {
		return now
	}
	return max(now, slices.Min(rests))
}

// key chooses among the keys that do not cool for the model; one there is.
func (r *Router) key(now time.Duration, c *load.Call, p *plan, model string, rng *rand.Rand) int {
	rests := r.rests[model]
	attempt := int32(c.Attempts) + 1
	if p.attempt == attempt && (rests == nil || rests[p.key] <= now) {
		return int(p.key)
	}
	r.open = r.open[:0]
	for k := range r.keys {
		if rests == nil || rests[k] <= now {
			r.open = append(r.open, k)
		}
	}
	key := r.choose(rng)
	if p.attempt == attempt {
		r.used[p.key]--
	}
	r.used[key]++
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
