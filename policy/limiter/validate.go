package limiter

import (
	"math"

	"ratecliff/load"
)

// Validate reports everything wrong with c. Whether the calls of a scenario fit
// the buckets is told by [Config.Fits].
func (c Config) Validate() []load.Problem {
	var ps []load.Problem
	unless := func(ok bool, path, message string) {
		if !ok {
			ps = append(ps, load.Problem{Path: path, Message: message})
		}
	}
	for _, f := range []struct {
		path string
		v    int64
	}{{"rpm", c.RPM}, {"itpm", c.ITPM}, {"otpm", c.OTPM}, {"burst", c.Burst}, {"mean_start", c.MeanStart}} {
		unless(f.v >= 0 && f.v <= maxLimit, f.path, "must be from 0 to 10¹²")
	}
	unless(c.Share >= 0 && !math.IsInf(c.Share, 1), "share", "must be a finite share of 0 or more")
	unless(c.RPM != 0 || c.ITPM != 0 || c.OTPM != 0 || c.Share != 0, "share", "is required, or set rpm, itpm or otpm: this limiter limits nothing")
	unless(c.Burst == 0 || c.RPM != 0 || c.Share != 0, "burst", "has no meaning without rpm or share")
	unless(c.BurstWindow >= 0 && c.BurstWindow <= maxWindow, "burst_window", "must be from 0 to 24h")
	unless(c.Output == "" || c.Output == MaxTokens || c.Output == Mean || c.Output == NoOutput, "output", "must be one of max-tokens, mean, none")
	unless(c.Output == "" || c.OTPM != 0 || c.Share != 0, "output", "has no meaning without otpm or share")
	unless(c.Around >= 0 && c.Around <= load.MaxLayers, "around", "must be from 0 to 4")
	unless(c.Poll >= 0 && c.Poll <= maxWindow, "poll", "must be from 0 to 24h")
	unless(c.Timeout >= 0 && c.Timeout <= maxWindow, "timeout", "must be from 0 to 24h")
	unless(c.MeanStart == 0 || c.Output == Mean, "mean_start", "has no meaning without output: mean")
	return ps
}
