package route

import (
	"fmt"
	"slices"
	"strings"

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
	unless(c.Pick == "" || slices.Contains(Picks(), c.Pick), "pick", "must be one of "+names())
	unless(c.StickyWait >= 0 && c.StickyWait <= maxWait, "sticky_wait", "must be from 0 to a year")
	unless(c.StickyWait == 0 || c.Pick == Sticky, "sticky_wait", "has no meaning without pick sticky")
	unless(c.Around >= 0 && c.Around <= load.MaxLayers, "around", "must be from 0 to 4")
	unless(c.Daily.Limit >= 0 && c.Daily.Limit <= maxDaily, "daily.limit", "must be from 0 to 10¹²")
	unless(c.Daily.Counts >= 0 && c.Daily.Counts <= maxDaily, "daily.counts", "must be from 0 to 10¹²")
	unless(c.Daily.Counts == 0 || c.Daily.Limit != 0, "daily.counts", "has no meaning without limit")
	unless(c.WhenNone == "" || c.WhenNone == Wait || c.WhenNone == Fail, "when_none", "must be one of wait, fail")
	unless(c.WhenNone == "" || c.Daily.Limit != 0 || c.Cooldown != (Cooldown{}), "when_none", "has no meaning without cooldown or daily: a key can always be used")
	c.Cooldown.check(unless)
	c.Fallback.check(unless)
	unless(!c.Fallback.WhileCooling || c.Cooldown != (Cooldown{}), "fallback.while_cooling", "needs a cooldown")
	return ps
}

func names() string {
	var all []string
	for _, p := range Picks() {
		all = append(all, string(p))
	}
	return strings.Join(all, ", ")
}

func (c *Cooldown) check(unless func(ok bool, path, message string)) {
	rests := c.For != 0 || c.RetryAfter
	unless(!c.FirstTimer || rests, "cooldown.first_timer", "has no meaning without for or retry_after")
	unless(c.For >= 0, "cooldown.for", "must not be negative")
	unless(c.For <= maxWait, "cooldown.for", "must be at most a year")
	unless(c.Jitter >= 0 && c.Jitter <= maxWait, "cooldown.jitter", "must be from 0 to a year")
	unless(c.Jitter == 0 || rests, "cooldown.jitter", "has no meaning without for or retry_after")
	unless(!c.PerDimension || rests, "cooldown.per_dimension", "has no meaning without for or retry_after")
}

func (f *Fallback) check(unless func(ok bool, path, message string)) {
	unless(f.After >= 0, "fallback.after", "must not be negative")
	unless(len(f.Models) > 0 || f.After == 0 && !f.WhileCooling, "fallback.models", "is required when fallback is set")
	unless(len(f.Models) == 0 || f.After != 0 || f.WhileCooling, "fallback.after", "is required, or set while_cooling: this chain is never used")
	unless(len(f.Models) > 0 || f.Return == (Return{}), "fallback.return", "has no meaning without models")
	unless(f.Return.Above >= 0 && f.Return.Above < 1, "fallback.return.above", "must be a share from 0 to less than 1")
	unless(f.Return.For >= 0 && f.Return.For <= maxWait, "fallback.return.for", "must be from 0 to a year")
	seen := make(map[string]bool, len(f.Models))
	for i, m := range f.Models {
		path := fmt.Sprintf("fallback.models[%d]", i)
		unless(m != "", path, "must name a model")
		unless(m == "" || !seen[m], path, fmt.Sprintf("names %q a second time", m))
		seen[m] = true
	}
}
