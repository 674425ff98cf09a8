package route

import (
	"math/rand/v2"
	"slices"
	"time"

	"ratecliff/load"
)

// Router chooses key and model of each attempt. An attempt that is asked about
// again, because a gate held it, keeps its key while that key is not cooling, so
// that holding shifts nothing; where the choice looks at what is in flight, it
// is made again, as it shifts nothing then either.
type Router struct {
	cfg    Config
	keys   int
	turn   int              // round-robin: the next key
	used   []int64          // by key: uses counted; with a daily allowance those of today
	today  time.Duration    // day of used
	pools  map[string]*pool // by model
	plans  load.BySlot[plan]
	simple bool  // one key, no chain, no cooldown: nothing to remember
	tracks bool  // what is in flight and what answers say is remembered
	fresh  bool  // a held call's key is chosen anew
	open   []int // scratch: keys not cooling
	asked  asked
	sent   uint64 // attempts known to have been sent
	moved  map[uint64]int32
	seed   uint64
	chance *load.Chance // of rests; nil without jitter
}

// plan is what a router remembers of one call.
type plan struct {
	epoch   uint32
	key     int32
	attempt int32 // attempts sent when key was chosen, plus 1; 0 for none
	level   int32 // place in the chain: 0 is the model the arrival wants
	at      int32 // place it was last to be sent to
	refused int32 // attempts in a row refused on this level
}

// New builds a router from a valid configuration (see [Config.Validate]). All
// chance but that of Pick derives from the seed.
func New(cfg Config, seed uint64) *Router {
	cfg.Fallback.Models = slices.Clone(cfg.Fallback.Models)
	cfg.Daily.Counts = max(cfg.Daily.Counts, 1)
	keys := max(cfg.Keys, 1)
	r := &Router{
		cfg: cfg, keys: keys, seed: seed,
		used:   make([]int64, keys),
		pools:  make(map[string]*pool),
		moved:  make(map[uint64]int32),
		simple: keys == 1 && len(cfg.Fallback.Models) == 0 && cfg.Cooldown == Cooldown{} && cfg.Daily.Limit == 0,
		fresh:  cfg.Pick == LeastInFlight || cfg.Pick == TwoChoices || cfg.Pick == Headroom,
		open:   make([]int, 0, keys),
	}
	r.tracks = r.fresh || cfg.Pick == Sticky || cfg.Fallback.Return != Return{}
	if cfg.Cooldown.Jitter > 0 {
		r.chance = load.NewChance()
	}
	return r
}

// Pick chooses where the next attempt of c goes. While every key of the model
// cools or is used up it moves along the chain when told to, and else waits for
// the earliest key, or fails.
func (r *Router) Pick(now time.Duration, c *load.Call, rng *rand.Rand) (load.Target, load.Permit) {
	if r.simple {
		return load.Target{Model: c.Model}, load.Permit{}
	}
	r.settle()
	p := r.plan(c)
	if r.inside(c) {
		return r.send(now, c, p.at, int(p.key)), load.Permit{}
	}
	r.newDay(now)
	level := r.level(now, c, p)
	if r.keeps(now, c, p, level) {
		return r.send(now, c, level, int(p.key)), load.Permit{}
	}
	earliest, last := load.Never, level
	if r.cfg.Fallback.WhileCooling {
		last = int32(len(r.cfg.Fallback.Models))
	}
	for to := level; to <= last; to++ {
		model := r.model(c, to)
		at := r.awake(now, c, model)
		if at <= now {
			p.at = to
			for left := level; left < to; left++ {
				r.leave(now, c, left)
			}
			return r.send(now, c, to, r.key(now, c, p, model, rng)), load.Permit{}
		}
		earliest = min(earliest, at)
	}
	return r.target(r.model(c, level), 0, c), r.held(min(earliest, r.back(c, p.level, level)))
}

// held is the answer while no key may be used.
func (r *Router) held(until time.Duration) load.Permit {
	if r.cfg.WhenNone == Fail {
		return load.Permit{State: load.Refused, By: "route"}
	}
	return load.Permit{State: load.WaitUntil, At: until, By: "route"}
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
func (r *Router) keeps(now time.Duration, c *load.Call, p *plan, level int32) bool {
	return r.cfg.Daily.Limit > 0 && p.attempt == int32(c.Attempts)+1 && r.rested(c, r.model(c, level), int(p.key)) <= now
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
	if r.simple {
		return
	}
	if r.tracks {
		r.settle()
		r.land(c, a)
	}
	if r.cfg.Around > 0 && a.Response.Outcome != load.OK {
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
		r.rest(now, c, a)
	}
	p := r.plan(c)
	if a.Response.Outcome != load.Throttled && a.Response.Outcome != load.Overloaded {
		p.refused = 0
		return
	}
	p.refused++
	level := p.level
	if r.cfg.Fallback.Return != (Return{}) {
		level = max(level, p.at)
	}
	if f := &r.cfg.Fallback; f.After > 0 && p.refused >= int32(f.After) && level < int32(len(f.Models)) {
		r.leave(now, c, level)
		p.level = level + 1
		p.refused = 0
	}
}

// plan is what is remembered of c, fresh for a slot's new call.
func (r *Router) plan(c *load.Call) *plan {
	p := r.plans.At(c)
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

// send is the target of an attempt that may go, noted down in case it does.
func (r *Router) send(now time.Duration, c *load.Call, level int32, key int) load.Target {
	model := r.model(c, level)
	if r.tracks {
		r.note(now, c, model, key)
	}
	return r.target(model, key, c)
}
