package route

import (
	"slices"
	"time"

	"ratecliff/load"
)

// session is who a call's prompt prefix belongs to.
func session(c *load.Call) uint64 { return uint64(uint32(c.Class))<<32 | uint64(uint32(c.User)) }

// home is the key that a call's session is on.
func (r *Router) home(c *load.Call) int {
	s := session(c)
	if key, moved := r.moved[s]; moved {
		return int(key)
	}
	// FNV-1a, 64 bit (Fowler, Noll, Vo).
	hash := uint64(14695981039346656037)
	for ; s != 0; s >>= 8 {
		hash = (hash ^ s&0xff) * 1099511628211
	}
	return int((hash >> 32) % uint64(r.keys))
}

// stick is the open key that a call's session is on from now on: its own, or
// the next one.
func (r *Router) stick(c *load.Call) int {
	home := r.home(c)
	i, open := slices.BinarySearch(r.open, home)
	if open {
		return home
	}
	key := r.open[i%len(r.open)]
	if len(r.moved) >= maxMoved {
		clear(r.moved)
	}
	r.moved[session(c)] = int32(key)
	return key
}

// worth is how long a call should wait for the key that holds its prefix.
func (r *Router) worth(c *load.Call, model string) time.Duration {
	if r.cfg.StickyWait > 0 {
		return r.cfg.StickyWait
	}
	p := r.pools[model]
	if p == nil {
		return 0
	}
	input := p.keys[r.home(c)].said.At(load.ITPM)
	if !input.Known || input.Limit <= 0 {
		return 0
	}
	return time.Duration(min(float64(c.Tokens.CacheRead)/float64(input.Limit)*float64(time.Minute), float64(maxWait)))
}
