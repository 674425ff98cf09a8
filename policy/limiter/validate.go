package limiter

import (
	"math"

	"ratecliff/load"
)

// resolve puts in what 0 stands for.
func (c Config) resolve() Config {
	if c.Quantile == 0 {
		c.Quantile = defaultQuantile
	}
	if c.Z == 0 {
		c.Z = defaultZ
	}
	if c.Horizon == 0 {
		c.Horizon = defaultHorizon
	}
	if c.LearnBy == "" {
		c.LearnBy = ByClass
		if c.Output == Mean {
			c.LearnBy = ByPool
		}
	}
	return c
}

// learns says whether the estimate follows the outputs seen.
func (o Output) learns() bool {
	return o == Mean || o == Quantile || o == Pooled || o == Survival || o == Flow
}

func (o Output) known() bool {
	return o == "" || o == MaxTokens || o == NoOutput || o.learns()
}

// checks collects what is wrong.
type checks []load.Problem

func (ps *checks) unless(ok bool, path, message string) {
	if !ok {
		*ps = append(*ps, load.Problem{Path: path, Message: message})
	}
}

// Validate reports everything wrong with c. Whether the calls of a scenario fit
// the buckets is told by [Config.Fits].
func (c Config) Validate() []load.Problem {
	var ps checks
	for _, f := range []struct {
		path string
		v    int64
	}{{"rpm", c.RPM}, {"itpm", c.ITPM}, {"otpm", c.OTPM}, {"burst", c.Burst}, {"mean_start", c.MeanStart}} {
		ps.unless(f.v >= 0 && f.v <= maxLimit, f.path, "must be from 0 to 10¹²")
	}
	ps.unless(c.Share >= 0 && !math.IsInf(c.Share, 1), "share", "must be a finite share of 0 or more")
	ps.unless(c.RPM != 0 || c.ITPM != 0 || c.OTPM != 0 || c.Share != 0, "share", "is required, or set rpm, itpm or otpm: this limiter limits nothing")
	ps.unless(c.Burst == 0 || c.RPM != 0 || c.Share != 0, "burst", "has no meaning without rpm or share")
	ps.unless(c.BurstWindow >= 0 && c.BurstWindow <= maxWindow, "burst_window", "must be from 0 to 24h")
	ps.unless(c.Output.known(), "output", "must be one of max-tokens, mean, none, quantile, pooled, survival, flow")
	ps.unless(c.Output == "" || c.OTPM != 0 || c.Share != 0, "output", "has no meaning without otpm or share")
	ps.unless(c.Around >= 0 && c.Around <= load.MaxLayers, "around", "must be from 0 to 4")
	ps.unless(c.Poll >= 0 && c.Poll <= maxWindow, "poll", "must be from 0 to 24h")
	ps.unless(c.Timeout >= 0 && c.Timeout <= maxWindow, "timeout", "must be from 0 to 24h")
	ps.unless(c.MeanStart == 0 || c.Output.learns(), "mean_start", "has no meaning without output: mean, quantile, pooled, survival or flow")
	ps.estimates(c)
	ps.reserves(c)
	ps.pace(c)
	return ps
}

// estimates checks what shapes the output estimates.
func (ps *checks) estimates(c Config) {
	ps.unless(c.LearnBy == "" || c.LearnBy == ByPool || c.LearnBy == ByClass, "learn_by", "must be one of pool, class")
	ps.unless(c.LearnBy == "" || c.Output.learns(), "learn_by", "has no meaning without output: mean, quantile, pooled, survival or flow")
	ps.unless(c.Quantile >= 0 && c.Quantile < 1, "quantile", "must be from 0 and below 1")
	ps.unless(c.Quantile == 0 || c.Output == Quantile, "quantile", "has no meaning without output: quantile")
	ps.unless(c.Z >= 0 && c.Z <= 10, "z", "must be from 0 to 10")
	ps.unless(c.Z == 0 || c.Output == Pooled, "z", "has no meaning without output: pooled")
	ps.unless(c.Horizon >= 0 && c.Horizon <= maxWindow, "horizon", "must be from 0 to 24h")
	ps.unless(c.Horizon == 0 || c.Output == Flow, "horizon", "has no meaning without output: flow")
	ps.unless(c.Margin >= 0 && c.Margin <= maxLimit, "margin", "must be from 0 to 10¹²")
	ps.unless(c.Margin == 0 || c.Output == Flow, "margin", "has no meaning without output: flow")
}

// pace checks what a pace has no buckets for.
func (ps *checks) pace(c Config) {
	if !c.Pace {
		return
	}
	for _, f := range []struct {
		path string
		set  bool
	}{
		{"burst", c.Burst != 0},
		{"burst_window", c.BurstWindow != 0},
		{"output", c.Output == Survival || c.Output == Flow},
		{"resync", c.Resync},
		{"reserve", c.Reserve != ReserveConfig{}},
		{"reserve_rate", c.ReserveRate != ReserveRateConfig{}},
	} {
		ps.unless(!f.set, f.path, "has no meaning with pace")
	}
}

// reserves checks what is kept for urgent classes.
func (ps *checks) reserves(c Config) {
	r, k := c.Reserve, c.ReserveRate
	for _, f := range []struct {
		path string
		v    float64
	}{
		{"reserve.critical", r.Critical},
		{"reserve.high", r.High},
		{"reserve.medium", r.Medium},
		{"reserve.low", r.Low},
		{"reserve_rate.high", k.High},
		{"reserve_rate.medium", k.Medium},
		{"reserve_rate.low", k.Low},
	} {
		ps.unless(f.v >= 0 && f.v < 1, f.path, "must be from 0 and below 1")
	}
	ps.unless(k.Window >= 0 && k.Window <= maxWindow, "reserve_rate.window", "must be from 0 to 24h")
	ps.unless(k.Window == 0 || k.Lend, "reserve_rate.window", "has no meaning without lend")
	ps.unless(!k.Lend || k.any(), "reserve_rate.lend", "has no meaning without high, medium or low")
}
