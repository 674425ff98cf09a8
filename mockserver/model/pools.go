package model

import (
	"math/bits"
	"time"

	"ratecliff/ratelimit"
)

// PoolLimits is one pool with everything resolved: what the service enforces.
type PoolLimits struct {
	Name            string
	Models          []string
	RPM, ITPM, OTPM ratelimit.PerMinute // 0 is no limit
	Burst           ratelimit.Cost      // capacities; 0 where there is no limit
	CacheReadsCount bool
	Assumed         bool
}

// Limits resolves profile, overrides and burst into what is enforced, pool by
// pool. An unknown profile is an [*UnknownProfileError].
func (c Config) Limits() ([]PoolLimits, error) {
	c = c.WithDefaults()
	pools, _, _, err := c.sources()
	if err != nil {
		return nil, err
	}
	limits := make([]PoolLimits, len(pools))
	for i, p := range pools {
		limits[i] = c.resolve(p)
	}
	return limits, nil
}

// sources are the pools as given, and the limits of the other endpoints: the
// configuration's own before the profile's.
func (c *Config) sources() ([]Pool, CountLimits, BatchLimits, error) {
	pools, count, batches := c.Pools, c.CountTokens, c.Batches
	switch {
	case c.Profile != "":
		p, err := LoadProfile(c.Profile)
		if err != nil {
			return nil, count, batches, err
		}
		pools = p.Pools
		if count == (CountLimits{}) {
			count = p.CountTokens
		}
		if batches == (BatchLimits{}) {
			batches = p.Batches
		}
	case len(pools) == 0:
		pools = []Pool{{Name: "all", Models: []string{"*"}}}
	}
	return pools, count, batches, nil
}

// PoolOf is the index of the pool that model belongs to: a full name beats every
// pattern, and the longest pattern wins. ok is false when no pool has it.
func PoolOf(pools []PoolLimits, model string) (index int, ok bool) {
	best := 0
	for i := range pools {
		if fit := match(pools[i].Models, model); fit > best {
			best, index = fit, i
		}
	}
	return index, best > 0
}

func (c *Config) resolve(p Pool) PoolLimits {
	l := PoolLimits{
		Name: p.Name, Models: p.Models,
		RPM: override(p.RPM, c.RPM), ITPM: override(p.ITPM, c.ITPM), OTPM: override(p.OTPM, c.OTPM),
		CacheReadsCount: p.CacheReadsCount, Assumed: p.Assumed,
	}
	c.capacities(&l)
	return l
}

// capacities works out what the buckets of a pool hold.
func (c *Config) capacities(l *PoolLimits) {
	windows := c.BurstWindows.or(c.BurstWindow)
	l.Burst = ratelimit.Cost{
		Requests: capacity(l.RPM, windows[0]),
		Input:    capacity(l.ITPM, windows[1]),
		Output:   capacity(l.OTPM, windows[2]),
	}
	if c.Burst > 0 && l.RPM > 0 {
		l.Burst.Requests = c.Burst
	}
}

func override(limit, by ratelimit.PerMinute) ratelimit.PerMinute {
	if by != 0 {
		return by
	}
	return limit
}

// capacity is limit × window / 60 s, rounded down, at least 1 where there is a
// limit.
func capacity(limit ratelimit.PerMinute, window time.Duration) int64 {
	if limit <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(limit), uint64(window))
	if hi >= uint64(time.Minute) {
		return 1<<63 - 1
	}
	n, _ := bits.Div64(hi, lo, uint64(time.Minute))
	return int64(max(min(n, 1<<63-1), 1))
}
