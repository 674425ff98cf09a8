package route

import (
	"slices"
	"time"

	"ratecliff/load"
)

// pool is what a router knows of one model.
type pool struct {
	keys []keyState
	mean float64 // of outputs seen: 0.9·mean + 0.1·output (ours); 0 before the first

	away bool          // calls skip it until it has room again
	left time.Duration // when it was last left
}

// keyState is what a router knows of one key for one model.
type keyState struct {
	rests  [load.DimensionCount]rest // without PerDimension only the first
	flying []flight
	said   load.LimitStatuses // of the newest answer that named limits
	asOf   time.Duration      // when its attempt was sent
	number uint64             // of that attempt
}

// flight is an attempt under way.
type flight struct {
	slot   int32
	number uint64
	at     time.Duration
	costs  [3]float64 // requests, input, output
}

// asked is the last answer the router gave. Whether the attempt was sent shows
// when the router is next called: the call has then made one attempt more.
type asked struct {
	c     *load.Call
	epoch uint32
	n     int // attempts when asked
	pool  *pool
	key   int
	at    time.Duration
}

func (r *Router) pool(model string) *pool {
	p := r.pools[model]
	if p == nil {
		p = &pool{keys: make([]keyState, r.keys)}
		r.pools[model] = p
	}
	return p
}

// note remembers where a call may now be sent.
func (r *Router) note(now time.Duration, c *load.Call, model string, key int) {
	r.asked = asked{c: c, epoch: c.Epoch, n: c.Attempts, pool: r.pool(model), key: key, at: now}
}

// settle counts what was last asked about as in flight, if it was sent.
func (r *Router) settle() {
	a := &r.asked
	if a.c == nil {
		return
	}
	if a.c.Epoch == a.epoch && a.c.Attempts > a.n {
		r.sent++
		k := &a.pool.keys[a.key]
		k.flying = append(k.flying, flight{
			slot: a.c.Slot, number: r.sent, at: a.at,
			costs: [3]float64{1, float64(a.c.Tokens.Metered()), a.pool.output(a.c)},
		})
	}
	a.c = nil
}

// land takes an attempt that ended out of what is in flight, and believes what
// its answer says unless a later attempt's has said more.
func (r *Router) land(c *load.Call, a *load.Attempt) {
	if a.Target.Key < 0 || a.Target.Key >= r.keys {
		return
	}
	p := r.pool(a.Target.Model)
	k := &p.keys[a.Target.Key]
	i := slices.IndexFunc(k.flying, func(f flight) bool { return f.slot == c.Slot })
	if i < 0 {
		return
	}
	f := k.flying[i]
	last := len(k.flying) - 1
	k.flying[i] = k.flying[last]
	k.flying = k.flying[:last]
	if out := a.Response.Usage.Output; a.Response.Outcome == load.OK && out > 0 {
		if p.mean == 0 {
			p.mean = float64(out)
		}
		p.mean = 0.9*p.mean + 0.1*float64(out)
	}
	if said := &a.Response.Limits; f.number > k.number && *said != (load.LimitStatuses{}) {
		k.said, k.asOf, k.number = *said, f.at, f.number
	}
}
