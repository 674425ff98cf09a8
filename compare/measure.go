package compare

import (
	"math"

	"ratecliff/metrics"
	"ratecliff/mockserver/model"
	"ratecliff/ratelimit"
	"ratecliff/scenario"
)

// recorderConfig says what the recorder of a run is to know.
func (c *cell) recorderConfig() metrics.Config {
	s := c.variant.Scenario
	cfg := metrics.Config{
		Duration: s.Duration, Horizon: c.horizon(), Limits: c.pools(),
		Prices: c.prices(), Permits: permits(c.strategy),
		Outages: outages(&c.server.Faults, c.asked(), s.Duration),
	}
	for i := range s.Classes {
		cfg.Classes = append(cfg.Classes, s.Classes[i].Name)
		cfg.Tenants = append(cfg.Tenants, s.Classes[i].Tenant)
		cfg.Priorities = append(cfg.Priorities, s.Classes[i].Priority)
		slo := s.Classes[i].SLO
		cfg.Objectives = append(cfg.Objectives, metrics.Objective{ResponseTime: slo.ResponseTime, FirstToken: slo.FirstToken})
	}
	return cfg
}

// permits says how the strategy holds the permits of its concurrency limit.
func permits(s *scenario.Strategy) metrics.Permits {
	switch {
	case s.Concurrency == nil:
		return metrics.NoPermits
	case s.Concurrency.Hold:
		return metrics.PermitPerCall
	}
	return metrics.PermitPerTry
}

// pools are the limits that bound what is possible, one set per key where keys
// do not share.
func (c *cell) pools() []metrics.PoolLimits {
	level := 1.0
	if c.server.StartLevel != nil {
		level = *c.server.StartLevel
	}
	var out []metrics.PoolLimits
	for i := range c.limits {
		l := &c.limits[i]
		p := metrics.PoolLimits{
			Name: l.Name, Models: l.Models, CacheReadsCount: l.CacheReadsCount, Output: outputUse(c.server.Output),
			RPM: bucket(l.RPM, l.Burst.Requests, level), ITPM: bucket(l.ITPM, l.Burst.Input, level), OTPM: bucket(l.OTPM, l.Burst.Output, level),
		}
		if c.server.KeysShareBucket == nil || *c.server.KeysShareBucket {
			out = append(out, p)
			continue
		}
		for key := range max(c.strategy.Route.Keys, 1) {
			p.Keys = []int{key}
			out = append(out, p)
		}
	}
	return out
}

// bucket rounds the level up: what bounds the possible must not be too small.
func bucket(limit ratelimit.PerMinute, burst int64, level float64) metrics.Limit {
	return metrics.Limit{PerMinute: int64(limit), Burst: burst, Level: int64(math.Ceil(level * float64(burst)))}
}

func outputUse(o model.Output) metrics.OutputUse {
	switch o {
	case model.Reserve:
		return metrics.OutputUpFront
	case model.Postpaid:
		return metrics.OutputAtEnd
	default:
		return metrics.OutputAsProduced
	}
}

// prices are the known prices of every model the cell may ask for. A model
// without one is left out: its cost is then withheld, never 0.
func (c *cell) prices() map[string]metrics.Price {
	table := model.Prices()
	out := map[string]metrics.Price{}
	for _, name := range c.asked() {
		if p, ok := table.Lookup(name); ok {
			out[name] = price(&p)
		}
	}
	return out
}

// asked are the models that the cell may ask for.
func (c *cell) asked() []string {
	var out []string
	for i := range c.variant.Scenario.Classes {
		out = append(out, c.variant.Scenario.Classes[i].Model)
	}
	return append(out, c.strategy.Route.Fallback.Models...)
}

func price(p *model.Price) metrics.Price {
	out := metrics.Price{Input: p.Input, CacheWrite: p.CacheWrite, CacheRead: p.CacheRead, Output: p.Output, LongAbove: p.LongAbove}
	if p.Long != nil {
		long := price(p.Long)
		out.Long = &long
	}
	return out
}
