package throttle

import (
	"time"

	"ratecliff/load"
)

// Bounds of a configuration.
const (
	maxWindow = 24 * time.Hour
	minWindow = 10 * time.Millisecond
	maxSlices = 3600
	maxK      = 1e6
	maxRate   = 1e9
)

// Validate reports everything wrong with c.
func (c Config) Validate() []load.Problem {
	var ps []load.Problem
	unless := func(ok bool, path, message string) {
		if !ok {
			ps = append(ps, load.Problem{Path: path, Message: message})
		}
	}
	unless(c.Kind == SRE || c.Kind == Envoy || c.Kind == Failsafe, "kind", `"`+string(c.Kind)+`" is not known; one of sre, envoy, failsafe`)
	unless(c.K == 0 || c.K >= 1 && c.K <= maxK, "k", "must be from 1 to 10⁶")
	unless(c.Threshold == 0 || c.Threshold >= 0.01 && c.Threshold <= 1, "threshold", "must be a share from 0.01 to 1") // Envoy's own bound
	unless(c.Aggression == 0 || c.Aggression >= 1 && c.Aggression <= 100, "aggression", "must be from 1 to 100")
	unless(c.MaxRefusal >= 0 && c.MaxRefusal <= 1, "max_refusal", "must be a share from 0 to 1")
	unless(c.MinRate >= 0 && c.MinRate <= maxRate, "min_rate", "must be from 0 to 10⁹")
	unless(c.MinCount >= 0 && c.MinCount <= maxRate, "min_count", "must be from 0 to 10⁹")
	unless(c.Window == 0 || c.Window >= minWindow && c.Window <= maxWindow, "window", "must be from 10ms to 24h")
	unless(c.Slices >= 0 && c.Slices <= maxSlices, "slices", "must be from 0 to 3600")
	if c.Window >= minWindow && c.Slices > 0 {
		unless(c.Window/time.Duration(c.Slices) >= time.Millisecond, "slices", "must be at least 1ms long each")
	}
	only := func(set bool, path string, kind Kind) {
		unless(!set || c.Kind == kind, path, "has no meaning without kind: "+string(kind))
	}
	only(c.K != 0, "k", SRE)
	only(c.Aggression != 0, "aggression", Envoy)
	only(c.MinRate != 0, "min_rate", Envoy)
	only(c.MinCount != 0, "min_count", Failsafe)
	unless(c.Threshold == 0 || c.Kind != SRE, "threshold", "has no meaning with kind: sre, whose word for it is k")
	return ps
}
