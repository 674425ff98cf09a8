package governor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ratecliff/load"
)

// Bounds of a configuration.
const (
	maxRate  = 1e9 // per second
	minRate  = 1.0 / 86400
	maxBurst = 1e9
	maxGain  = 1e6
	maxCalls = 1_000_000
	maxStep  = 10
	maxToken = 1_000_000_000
	maxRound = time.Hour
	maxPause = 24 * time.Hour
)

func kinds() []Kind { return []Kind{AIMD, Headers, HeadersAIMD, Cubic, BBR, PID, ATB, Pause} }

// Validate reports everything wrong with c.
func (c Config) Validate() []load.Problem {
	f := findings{c: &c}
	if !slices.Contains(kinds(), c.Kind) {
		var names []string
		for _, k := range kinds() {
			names = append(names, string(k))
		}
		f.add("kind", fmt.Sprintf("%q is not known; one of %s", string(c.Kind), strings.Join(names, ", ")))
		return f.ps
	}
	f.rates()
	f.numbers()
	f.times()
	f.names()
	return f.ps
}

// findings collects problems.
type findings struct {
	c  *Config
	ps []load.Problem
}

func (f *findings) add(path, message string) {
	f.ps = append(f.ps, load.Problem{Path: path, Message: message})
}

// field checks one key: set or not, right or not, and the kinds it is for.
func (f *findings) field(path string, set, ok bool, must string, only ...Kind) {
	switch {
	case !set:
	case !slices.Contains(only, f.c.Kind):
		f.add(path, "has no meaning with kind: "+string(f.c.Kind))
	case !ok:
		f.add(path, must)
	}
}

func (f *findings) rates() {
	c := f.c
	for _, r := range []struct {
		path string
		v    load.Rate
		only []Kind
	}{
		{"start", c.Start, []Kind{AIMD, HeadersAIMD, BBR, PID, ATB}},
		{"min", c.Min, []Kind{AIMD, HeadersAIMD, BBR, PID, ATB, Cubic}},
		{"max", c.Max, []Kind{AIMD, HeadersAIMD, BBR, PID, ATB}},
		{"congestion", c.Congestion, []Kind{ATB}},
	} {
		f.field(r.path, r.v != 0, r.v >= minRate && r.v <= maxRate, "must be from 1/d to 10⁹/s", r.only...)
	}
	if len(f.ps) > 0 {
		return
	}
	d := c.complete()
	if c.Min != 0 && d.Min > d.Max {
		f.add("min", fmt.Sprintf("must not be above max, which is %s", perMinute(d.Max)))
		return
	}
	if d.Min > d.Max || d.Start > d.Max || d.Min > d.Start && c.Kind != Cubic {
		f.add("start", fmt.Sprintf("must lie between min and max: it is %s, and they are %s and %s", perMinute(d.Start), perMinute(d.Min), perMinute(d.Max)))
	}
}

// perMinute writes a rate as limits are written.
func perMinute(r load.Rate) string { return fmt.Sprintf("%.6g/min", float64(r)*60) }

func (f *findings) numbers() {
	c := f.c
	share := func(v float64) bool { return v > 0 && v <= 1 }
	step := func(v float64) bool { return v >= 1 && v <= maxStep }
	gain := func(v float64) bool { return v > 0 && v <= maxGain }
	f.field("burst", c.Burst != 0, c.Burst >= 1 && c.Burst <= maxBurst, "must be from 1 to 10⁹", AIMD, HeadersAIMD, BBR, PID, ATB)
	f.field("add", c.Add != 0, gain(c.Add), "must be above 0 and at most 10⁶", AIMD, HeadersAIMD)
	f.field("factor", c.Factor != 0, share(c.Factor) && c.Factor < 1, "must be above 0 and below 1", AIMD, HeadersAIMD, Cubic)
	f.field("rounding", c.Rounding != 0, c.Rounding >= -1 && c.Rounding <= maxToken, "must be from 0 to 10⁹, or -1 for none", Headers, HeadersAIMD)
	f.field("probes", c.Probes != 0, c.Probes > 0 && c.Probes <= maxCalls, "must be from 0 to 10⁶", Headers, HeadersAIMD)
	f.field("scale", c.Scale != 0, gain(c.Scale), "must be above 0 and at most 10⁶", Cubic)
	f.field("smooth", c.Smooth != 0, share(c.Smooth), "must be above 0 and at most 1", Cubic)
	f.field("target", c.Target != 0, share(c.Target), "must be above 0 and at most 1", PID)
	f.field("kp", c.KP != 0, gain(c.KP), "must be above 0 and at most 10⁶", PID)
	f.field("ki", c.KI != 0, gain(c.KI), "must be above 0 and at most 10⁶", PID)
	f.field("tokens", c.Tokens != 0, c.Tokens > 0 && c.Tokens <= c.complete().Burst, "must be above 0 and at most burst", ATB)
	f.field("first_step", c.FirstStep != 0, step(c.FirstStep), "must be from 1 to 10", ATB)
	f.field("second_step", c.SecondStep != 0, step(c.SecondStep), "must be from 1 to 10", ATB)
}

func (f *findings) times() {
	c := f.c
	f.field("epoch", c.Epoch != 0, c.Epoch > 0 && c.Epoch <= maxRound, "must be from 0 to 1h", AIMD, HeadersAIMD)
	f.field("round", c.Round != 0, c.Round >= time.Millisecond && c.Round <= maxRound, "must be from 1ms to 1h", BBR, PID)
	f.field("pause", c.Pause != 0, c.Pause > 0 && c.Pause <= maxPause, "must be from 0 to 24h", Pause)
	f.field("gap", c.Gap != 0, c.Gap > 0 && c.Gap <= maxRound, "must be from 0 to 1h", Pause)
	if c.Gap != 0 && c.Kind == Pause && c.Release != OneByOne {
		f.add("gap", "has no meaning without release: one-by-one")
	}
}

func (f *findings) names() {
	c := f.c
	f.field("semantics", c.Semantics != "", c.Semantics == Continuous || c.Semantics == FixedReset, "must be one of continuous, fixed", Headers, HeadersAIMD)
	f.field("release", c.Release != "", c.Release == All || c.Release == OneByOne, "must be one of all, one-by-one", Pause)
	f.field("retry_after", c.RetryAfter, true, "", Pause)
}
