package route

import (
	"fmt"

	"ratecliff/load"
)

// Validate reports everything wrong with c.
func (c Config) Validate() []load.Problem {
	var ps []load.Problem
	unless := func(ok bool, path, message string) {
		if !ok {
			ps = append(ps, load.Problem{Path: path, Message: message})
		}
	}
	unless(c.Keys >= 0 && c.Keys <= maxKeys, "keys", "must be from 0 to 1024")
	switch c.Pick {
	case "", First, RoundRobin, LeastUsed, Random:
	default:
		unless(false, "pick", "must be one of first, round-robin, least-used, random")
	}
	unless(c.Around >= 0 && c.Around <= load.MaxLayers, "around", "must be from 0 to 4")
	unless(c.Daily.Limit >= 0 && c.Daily.Limit <= maxDaily, "daily.limit", "must be from 0 to 10¹²")
	unless(c.Daily.Counts >= 0 && c.Daily.Counts <= maxDaily, "daily.counts", "must be from 0 to 10¹²")
	unless(c.Daily.Counts == 0 || c.Daily.Limit != 0, "daily.counts", "has no meaning without limit")
	unless(c.WhenNone == "" || c.WhenNone == Wait || c.WhenNone == Fail, "when_none", "must be one of wait, fail")
	unless(c.WhenNone == "" || c.Daily.Limit != 0 || c.Cooldown != (Cooldown{}), "when_none", "has no meaning without cooldown or daily: a key can always be used")
	unless(!c.Cooldown.FirstTimer || c.Cooldown.For != 0 || c.Cooldown.RetryAfter, "cooldown.first_timer", "has no meaning without for or retry_after")
	unless(c.Cooldown.For >= 0, "cooldown.for", "must not be negative")
	f := c.Fallback
	unless(f.After >= 0, "fallback.after", "must not be negative")
	unless(len(f.Models) > 0 || f.After == 0 && !f.WhileCooling, "fallback.models", "is required when fallback is set")
	unless(len(f.Models) == 0 || f.After != 0 || f.WhileCooling, "fallback.after", "is required, or set while_cooling: this chain is never used")
	unless(!f.WhileCooling || c.Cooldown != (Cooldown{}), "fallback.while_cooling", "needs a cooldown")
	seen := make(map[string]bool, len(f.Models))
	for i, m := range f.Models {
		path := fmt.Sprintf("fallback.models[%d]", i)
		unless(m != "", path, "must name a model")
		unless(m == "" || !seen[m], path, fmt.Sprintf("names %q a second time", m))
		seen[m] = true
	}
	return ps
}
