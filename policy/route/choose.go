package route

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"ratecliff/load"
)

// key chooses among the keys that do not cool for the model; one there is.
func (r *Router) key(now time.Duration, c *load.Call, p *plan, model string, rng *rand.Rand) int {
	attempt := int32(c.Attempts) + 1
	if p.attempt == attempt {
		if !r.fresh && r.rested(c, model, int(p.key)) <= now {
			return int(p.key)
		}
		r.used[p.key] -= r.cfg.Daily.Counts
	}
	r.open = r.open[:0]
	for k := range r.keys {
		if r.usable(c, model, k) <= now {
			r.open = append(r.open, k)
		}
	}
	key := r.choose(now, c, model, rng)
	r.used[key] += r.cfg.Daily.Counts
	p.attempt, p.key = attempt, int32(key)
	return key
}

// choose is one of the open keys.
func (r *Router) choose(now time.Duration, c *load.Call, model string, rng *rand.Rand) int {
	switch r.cfg.Pick {
	case RoundRobin:
		return r.next()
	case LeastUsed:
		return slices.MinFunc(r.open, func(a, b int) int { return int(r.used[a] - r.used[b]) })
	case Random:
		return r.open[rng.IntN(len(r.open))]
	case LeastInFlight:
		return r.idlest(r.pool(model))
	case TwoChoices, Headroom:
		return r.better(now, c, r.pool(model), rng)
	case Sticky:
		return r.stick(c)
	}
	return r.open[0]
}

// next is the open key whose turn it is.
func (r *Router) next() int {
	key := r.open[0]
	for _, k := range r.open {
		if k >= r.turn {
			key = k
			break
		}
	}
	r.turn = (key + 1) % r.keys
	return key
}

// idlest is the open key with the fewest attempts in flight.
func (r *Router) idlest(p *pool) int {
	best := r.open[0]
	for _, k := range r.open[1:] {
		if len(p.keys[k].flying) < len(p.keys[best].flying) {
			best = k
		}
	}
	return best
}

// better is the better one of two open keys drawn without replacement.
func (r *Router) better(now time.Duration, c *load.Call, p *pool, rng *rand.Rand) int {
	n := len(r.open)
	if n == 1 {
		return r.open[0]
	}
	i, j := rng.IntN(n), rng.IntN(n-1)
	if j >= i {
		j++
	}
	a, b := r.open[i], r.open[j]
	if r.cfg.Pick == Headroom {
		if x, y := p.score(now, c, a), p.score(now, c, b); x > y {
			return a
		} else if y > x {
			return b
		}
	}
	if len(p.keys[b].flying) < len(p.keys[a].flying) {
		return b
	}
	return a
}

// score is how many calls like c the key has room for: see [Headroom].
func (p *pool) score(now time.Duration, c *load.Call, key int) float64 {
	k := &p.keys[key]
	costs := [3]float64{1, float64(c.Tokens.Metered()), p.output(c)}
	least := math.Inf(1)
	for d, cost := range costs {
		status := &k.said[d]
		if !status.Known || cost <= 0 {
			continue
		}
		room := left(status, k.asOf, now)
		for i := range k.flying {
			if f := &k.flying[i]; f.number > k.number {
				room -= f.costs[d]
			}
		}
		least = min(least, room/cost)
	}
	return least
}

// left is what a limit has by what was said of it at an instant, with what came
// in since: Limit/min until the bucket is full.
func left(s *load.LimitStatus, asOf, now time.Duration) float64 {
	return float64(s.Remaining) + float64(s.Limit)*(float64(after(min(now, s.Reset), asOf))/float64(time.Minute))
}

// after is how much later one instant is than another, 0 when it is not; a
// server may name any instant at all.
func after(later, than time.Duration) time.Duration {
	if later <= than {
		return 0
	}
	return later - max(than, 0)
}

// output is what a call is taken to put out.
func (p *pool) output(c *load.Call) float64 {
	if p.mean > 0 {
		return min(p.mean, float64(c.MaxTokens))
	}
	return float64(c.MaxTokens)
}
