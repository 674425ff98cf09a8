package route

import (
	"time"

	"ratecliff/load"
)

// rest is how long a key is not to be used for a model, for calls that cost at
// least so much.
type rest struct {
	until time.Duration
	least int64 // uncached input tokens; 0 is every call
}

// rest starts the cooldown of the attempt's key for its model.
func (r *Router) rest(now time.Duration, c *load.Call, a *load.Attempt) {
	wait := r.cfg.Cooldown.For
	if r.cfg.Cooldown.RetryAfter && a.Response.HasRetryAfter {
		wait = min(a.Response.RetryAfter, load.Never-now)
	}
	if wait <= 0 || a.Target.Key < 0 || a.Target.Key >= r.keys {
		return
	}
	d, least := load.NoDimension, int64(0)
	if r.cfg.Cooldown.PerDimension {
		if d = min(a.Response.Dimension, load.DimensionCount-1); d == load.ITPM {
			least = c.Tokens.Metered()
		}
	}
	rest := &r.pool(a.Target.Model).keys[a.Target.Key].rests[d]
	if rest.until <= now {
		rest.least = least
	} else if r.cfg.Cooldown.FirstTimer {
		return
	}
	rest.until = max(rest.until, now+min(wait, load.Never-now)+r.jitter(now, wait, c))
	rest.least = min(rest.least, least)
}

// jitter is drawn for each refusal on its own.
func (r *Router) jitter(now, wait time.Duration, c *load.Call) time.Duration {
	if r.chance == nil {
		return 0
	}
	drawn := r.chance.Aim(r.seed, load.ForRoute, c.ID, uint64(c.Attempts)|1<<63).Float64()
	return min(time.Duration(drawn*float64(r.cfg.Cooldown.Jitter)), load.Never-now-wait)
}

// awake is the earliest instant from now at which a key of the model may go. A
// sticky call waits for its own key alone while that is worth it.
func (r *Router) awake(now time.Duration, c *load.Call, model string) time.Duration {
	earliest := load.Never
	for k := range r.keys {
		earliest = min(earliest, r.usable(c, model, k))
		if earliest <= now {
			break
		}
	}
	if r.cfg.Pick == Sticky {
		if home := r.usable(c, model, r.home(c)); home > now && home-now <= r.worth(c, model) {
			return home
		}
	}
	return max(now, earliest)
}

// usable is when a key may be used for a model, as far as its rests and its
// allowance go.
func (r *Router) usable(c *load.Call, model string, key int) time.Duration {
	at := r.rested(c, model, key)
	if r.cfg.Daily.Limit > 0 && r.used[key] >= r.cfg.Daily.Limit {
		at = max(at, (r.today+1)*day)
	}
	return at
}

// rested is when a key has rested enough for a call.
func (r *Router) rested(c *load.Call, model string, key int) time.Duration {
	p := r.pools[model]
	if p == nil {
		return 0
	}
	at := time.Duration(0)
	for d := range p.keys[key].rests {
		if rest := &p.keys[key].rests[d]; rest.until > at && c.Tokens.Metered() >= rest.least {
			at = rest.until
		}
	}
	return at
}
