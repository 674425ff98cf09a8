package metrics

import (
	"slices"
	"strings"

	"ratecliff/load"
)

// covers says whether attempts with this key and model draw on the pool. A
// negative key asks for the model alone.
func (p *PoolLimits) covers(key int, model string) bool {
	if key >= 0 && len(p.Keys) > 0 && !slices.Contains(p.Keys, key) {
		return false
	}
	if len(p.Models) == 0 {
		return true
	}
	return slices.ContainsFunc(p.Models, func(pattern string) bool { return matches(pattern, model) })
}

// matches says whether a model has the name, or the prefix before a final *.
func matches(pattern, model string) bool {
	if prefix, open := strings.CutSuffix(pattern, "*"); open {
		return strings.HasPrefix(model, prefix)
	}
	return pattern == model
}

// sharing says whether some model could be served from either pool.
func (p *PoolLimits) sharing(o *PoolLimits) bool {
	if len(p.Models) == 0 || len(o.Models) == 0 {
		return true
	}
	for _, a := range p.Models {
		for _, b := range o.Models {
			if matches(a, strings.TrimSuffix(b, "*")) || matches(b, strings.TrimSuffix(a, "*")) {
				return true
			}
		}
	}
	return false
}

// groups numbers the pools so that pools between which a scheduler may choose
// share a number: that of the first of them.
func (c *Config) groups() []int {
	group := make([]int, len(c.Limits))
	for i := range group {
		group[i] = i
		for j := range i {
			if !c.Limits[i].sharing(&c.Limits[j]) {
				continue
			}
			from, to := max(group[i], group[j]), min(group[i], group[j])
			for k := range i + 1 {
				if group[k] == from {
					group[k] = to
				}
			}
		}
	}
	return group
}

// charge is what t costs in a pool.
func (p *PoolLimits) charge(t *load.Tokens) Costs {
	c := Costs{1, t.Metered(), t.Output}
	if p.CacheReadsCount {
		c[1] += t.CacheRead
	}
	return c
}

// poolIndex finds the pool of an attempt, and remembers: models and keys are few.
type poolIndex struct {
	limits []PoolLimits
	memo   []poolEntry
}

type poolEntry struct {
	model string
	key   int
	pool  int
}

// memoSize bounds what a poolIndex remembers, should keys or models be many.
const memoSize = 64

// of is the pool of an attempt; len(limits) when no pool covers it.
func (x *poolIndex) of(key int, model string) int {
	for i := range x.memo {
		if e := &x.memo[i]; e.key == key && e.model == model {
			return e.pool
		}
	}
	pool := len(x.limits)
	for i := range x.limits {
		if x.limits[i].covers(key, model) {
			pool = i
			break
		}
	}
	if len(x.memo) < memoSize {
		x.memo = append(x.memo, poolEntry{model, key, pool})
	}
	return pool
}
