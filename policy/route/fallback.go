package route

import (
	"time"

	"ratecliff/load"
)

// level is where in the chain a call begins: beyond the models that the client
// keeps away from. The last model of a chain is never kept away from.
func (r *Router) level(now time.Duration, c *load.Call, p *plan) int32 {
	level := p.level
	if r.cfg.Fallback.Return != (Return{}) {
		for level < int32(len(r.cfg.Fallback.Models)) && r.away(now, r.model(c, level)) {
			level++
		}
	}
	return level
}

// leave keeps all calls away from a model that one of them moves on from.
func (r *Router) leave(now time.Duration, c *load.Call, level int32) {
	if r.cfg.Fallback.Return == (Return{}) || level >= int32(len(r.cfg.Fallback.Models)) {
		return
	}
	p := r.pool(r.model(c, level))
	p.away, p.left = true, now
}

// away says whether calls still keep away from a model.
func (r *Router) away(now time.Duration, model string) bool {
	p := r.pools[model]
	if p != nil && p.away && now >= p.backAt(&r.cfg.Fallback.Return) {
		p.away = false
	}
	return p != nil && p.away
}

// back is when the first of the models in part of a chain, all kept away from,
// is gone back to.
func (r *Router) back(c *load.Call, from, to int32) time.Duration {
	first := load.Never
	for level := from; level < to; level++ {
		first = min(first, r.pools[r.model(c, level)].backAt(&r.cfg.Fallback.Return))
	}
	return first
}

// backAt is when calls go back to the model, as far as is known.
func (p *pool) backAt(r *Return) time.Duration {
	at := p.roomAt(r.Above)
	return at + min(r.For, load.Never-at)
}

// roomAt is since when the model has had room above a share, counted from when
// it was left: on the first of its keys to have it, in the last of that key's
// limits.
func (p *pool) roomAt(share float64) time.Duration {
	first := load.Never
	for i := range p.keys {
		at := p.left
		for d := range p.keys[i].said {
			at = max(at, reaches(&p.keys[i].said[d], p.keys[i].asOf, share))
		}
		first = min(first, at)
	}
	return first
}

// reaches is when a limit is filled to a share of its capacity: what it had, and
// what comes in until the reset.
func reaches(s *load.LimitStatus, asOf time.Duration, share float64) time.Duration {
	if !s.Known || s.Limit <= 0 {
		return 0
	}
	rate := float64(s.Limit) / float64(time.Minute)
	capacity := float64(s.Remaining) + rate*float64(after(s.Reset, asOf))
	missing := (share*capacity - float64(s.Remaining)) / rate
	if missing <= 0 {
		return asOf
	}
	return asOf + time.Duration(min(missing, float64(maxWait)))
}
