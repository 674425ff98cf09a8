package concurrency

import (
	"math"
	"slices"
	"time"
)

// Kind names how the ceiling moves. Formulas stand at the constants; L is the
// ceiling, RTT the latency of an answer as Latency has it, and inflight how many
// were out when the call went, itself included.
type Kind string

// The kinds. Those of Netflix are concurrency-limits at 78a74b9 (2026-01),
// limit/*.java; no code is taken from there.
const (
	// AIMD: a drop, or RTT > Timeout: L ← ⌊0.9·L⌋; else if 2·inflight ≥ L: L ← L + 1.
	// Shipped: from 20, in [20, 200], Timeout 5 s (Netflix AIMDLimit).
	AIMD Kind = "aimd"
	// SlowStart counts successes of calls that needed no retry: after max(L, 4) of
	// them L doubles, until the first 429; from then on it grows by 5 % (at least
	// 1). A 429 cuts L to 0.8·L, and none of what follows within Cooldown counts.
	// Above 10, L is a multiple of 5. Shipped: from 20, in [4, 100], 15 s
	// (UKGovernmentBEIS/inspect_ai, util/_concurrency.py; pull request 3820, 2026-05).
	SlowStart Kind = "slow-start"
	// Vegas holds the queue q = ⌈L·(1 − RTT₀/RTT)⌉ at the server between 3·log10 L
	// and 6·log10 L, where RTT₀ is the least RTT: q ≤ log10 L: L + 6·log10 L; below
	// 3·log10 L: L + log10 L; above 6·log10 L, or on a drop: L − log10 L; no change
	// while 2·inflight < L. log10 is a whole number, at least 1. RTT₀ is taken anew
	// every Probe·L·u samples, u from 0.5 to 1. Shipped: from 20, in [1, 1000],
	// Probe 30, Smoothing 1 (Netflix VegasLimit).
	Vegas Kind = "vegas"
	// Gradient: g = clamp(Tolerance·RTT₀/RTT, 0.5, 1), L ← L·g + s with s = max(4,
	// ⌊√L⌋); on a drop L ← 0.9·L; a fall is smoothed by Smoothing; no change while
	// 2·inflight < L; L ≥ s. Every Probe to 2·Probe samples L ← s and RTT₀ is
	// forgotten. Shipped: from 50, in [1, 1000], Tolerance 2, Smoothing 0.2, Probe
	// 1000 (Netflix GradientLimit).
	Gradient Kind = "gradient"
	// Gradient2: g = clamp(Tolerance·long/RTT, 0.5, 1), long the moving mean of RTT
	// over Window samples (weight 2/(Window + 1), plain mean of the first 10; × 0.95
	// while above 2·RTT); L ← (1 − Smoothing)·L + Smoothing·(L·g + Queue); no change
	// while 2·inflight < L. Drops are samples like others. Shipped: from 20, in
	// [20, 200], Tolerance 1.5, Smoothing 0.2, Queue 4, Window 600 (Netflix
	// Gradient2Limit).
	Gradient2 Kind = "gradient2"
	// Failsafe compares the p90 of at least 50 samples with its moving mean over 10
	// (Window) such p90s, once every min(max(2·least RTT, 1 s), 30 s): q = ⌈L·(1 −
	// mean/p90)⌉; above 6·log10 L: L − log10 L; below 3·log10 L: L + log10 L. When
	// full it falls too where throughput falls as calls in flight grow (correlation
	// below 0 over 50), or hardly grows (below 0.3, or its variation below 0.2)
	// while latency does (correlation above 0.5). p90s pass a median of 5 and a
	// moving mean over 5; L is at most 5 times the calls in flight. Shipped: from
	// 20, in [1, 200] (failsafe-go v0.9.8, adaptivelimiter/adaptivelimiter.go).
	Failsafe Kind = "failsafe"
)

var kinds = []Kind{AIMD, SlowStart, Vegas, Gradient, Gradient2, Failsafe}

// Latency names what counts as the latency of an answer.
type Latency string

// The latencies.
const (
	Total      Latency = "total"       // from sending to the end, as the libraries have it: long outputs look like a slow server
	FirstToken Latency = "first-token" // to the first token; of an answer in one piece, to its end
	PerToken   Latency = "per-token"   // from the first token on, per further output token; of an answer in one piece, the whole, per output token
)

// Throttled names what a 429 is.
type Throttled string

// What a 429 is.
const (
	Ignore Throttled = "ignore" // nothing: it says how much was sent in a minute, not how many at a time
	Drop   Throttled = "drop"   // a drop, whose short latency counts as in the libraries
)

// AdaptConfig moves the ceiling of a cap.
type AdaptConfig struct {
	// Kind is how. Absent keeps the ceiling where it is.
	Kind Kind `yaml:"kind"`
	// Start is where the ceiling begins. 0 means as shipped with the kind; it is cut
	// to Min and the highest ceiling.
	Start int `yaml:"start"`
	// Min is the least ceiling, at most the highest. 0 means as shipped, cut to that.
	Min int `yaml:"min"`
	// Latency is what counts as an answer's latency; not for slow-start. Absent
	// means total.
	Latency Latency `yaml:"latency"`
	// Throttled is what a 429 is; not for slow-start, which lives by it. A 529, any
	// other 5xx, a broken connection and a timeout are always drops, other refusals
	// nothing. Absent means drop for aimd, which has no other signal against a
	// limit, and ignore for the others.
	Throttled Throttled `yaml:"throttled"`
	// Timeout of aimd is the latency from which an answer is a drop, at most a year.
	// 0 looks at no latency.
	Timeout time.Duration `yaml:"timeout"`
	// Backoff of aimd, gradient and slow-start is what L is multiplied by on a drop,
	// below 1. 0 means as shipped.
	Backoff float64 `yaml:"backoff"`
	// Tolerance of gradient and gradient2 is how many times the baseline RTT may be
	// without a fall, from 1 to 1000. 0 means as shipped.
	Tolerance float64 `yaml:"tolerance"`
	// Smoothing of vegas, gradient and gradient2 is the weight of a new ceiling, at
	// most 1. 0 means as shipped.
	Smoothing float64 `yaml:"smoothing"`
	// Probe of vegas and gradient is how often RTT₀ is taken anew, at most a million.
	// 0 means as shipped. Chance is replaced by the fractions of the multiples of
	// the golden ratio, spread as evenly: equal runs are equal.
	Probe int `yaml:"probe"`
	// Queue of gradient2 is how much the ceiling may grow at a time, at most a
	// million. 0 means as shipped.
	Queue int `yaml:"queue"`
	// Window of gradient2 and failsafe is over how many samples the baseline is
	// averaged, at most a million. 0 means as shipped.
	Window int `yaml:"window"`
	// Cooldown of slow-start is how long after a cut nothing counts, at most a year.
	// 0 means as shipped.
	Cooldown time.Duration `yaml:"cooldown"`
	// ObeyHeader of slow-start lets every 429 put the end of the cooldown off to
	// retry-after from then, if that is later. While 429s come more often than that
	// the ceiling stands still: a defect of the source until pull request 5138
	// (2026-08).
	ObeyHeader bool `yaml:"obey_header"`
	// Batch hands the kind one sample for all that ended within a second, if there
	// were so many: their mean latency, the most in flight, a drop if one was. 10 is
	// usual, and below 600 answers a minute nothing is ever learned then. At most a
	// million; not for slow-start and failsafe. 0 hands on each
	// (Netflix WindowedLimit).
	Batch int `yaml:"batch"`
}

// shipped are the constants a kind comes with.
func (a AdaptConfig) shipped() AdaptConfig {
	switch a.Kind {
	case AIMD:
		return AdaptConfig{Start: 20, Min: 20, Throttled: Drop, Backoff: 0.9}
	case SlowStart:
		return AdaptConfig{Start: 20, Min: 4, Backoff: 0.8, Cooldown: 15 * time.Second}
	case Vegas:
		return AdaptConfig{Start: 20, Min: 1, Smoothing: 1, Probe: 30}
	case Gradient:
		return AdaptConfig{Start: 50, Min: 1, Tolerance: 2, Smoothing: 0.2, Probe: 1000, Backoff: 0.9}
	case Gradient2:
		return AdaptConfig{Start: 20, Min: 20, Tolerance: 1.5, Smoothing: 0.2, Queue: 4, Window: 600}
	case Failsafe:
		return AdaptConfig{Start: 20, Min: 1, Window: 10}
	}
	return AdaptConfig{}
}

// resolve puts in what 0 stands for, below a ceiling of ceilings.
func (a AdaptConfig) resolve(most int) AdaptConfig {
	s := a.shipped()
	a.Min = min(or(a.Min, s.Min), most)
	a.Start = min(max(or(a.Start, s.Start), a.Min), most)
	a.Latency = or(a.Latency, Total)
	a.Throttled = or(a.Throttled, or(s.Throttled, Ignore))
	a.Backoff, a.Tolerance, a.Smoothing = or(a.Backoff, s.Backoff), or(a.Tolerance, s.Tolerance), or(a.Smoothing, s.Smoothing)
	a.Probe, a.Queue, a.Window = or(a.Probe, s.Probe), or(a.Queue, s.Queue), or(a.Window, s.Window)
	a.Cooldown = or(a.Cooldown, s.Cooldown)
	return a
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

const mostSamples = 1_000_000

// adapt checks how the ceiling moves.
func (ps *checks) adapt(a AdaptConfig, most int) {
	known := slices.Contains(kinds, a.Kind)
	of := func(path string, set bool, allowed ...Kind) {
		ps.unless(!set || !known || slices.Contains(allowed, a.Kind), "adapt."+path, "has no meaning with this kind")
	}
	if a.Kind == "" {
		ps.unless(a == AdaptConfig{}, "adapt.kind", "is required: one of aimd, slow-start, vegas, gradient, gradient2, failsafe")
		return
	}
	ps.unless(known, "adapt.kind", "must be one of aimd, slow-start, vegas, gradient, gradient2, failsafe")
	ps.unless(most <= mostSamples, "max", "must be at most 1,000,000 with adapt")
	ps.unless(a.Min >= 0 && a.Min <= max(most, 1), "adapt.min", "must be from 0 to max")
	ps.unless(a.Start >= 0 && a.Start <= max(most, 1), "adapt.start", "must be from 0 to max")
	ps.unless(a.Start == 0 || a.Start >= a.Min, "adapt.start", "is below min")
	ps.unless(slices.Contains([]Latency{"", Total, FirstToken, PerToken}, a.Latency), "adapt.latency", "must be one of total, first-token, per-token")
	ps.unless(slices.Contains([]Throttled{"", Ignore, Drop}, a.Throttled), "adapt.throttled", "must be one of ignore, drop")
	ps.unless(a.Timeout >= 0 && a.Timeout <= longestPause, "adapt.timeout", "must be from 0 to a year (8760h)")
	ps.unless(a.Cooldown >= 0 && a.Cooldown <= longestPause, "adapt.cooldown", "must be from 0 to a year (8760h)")
	ps.unless(a.Backoff >= 0 && a.Backoff < 1, "adapt.backoff", "must be from 0 and below 1")
	ps.unless(a.Tolerance == 0 || a.Tolerance >= 1 && a.Tolerance <= 1000, "adapt.tolerance", "must be from 1 to 1000, or 0")
	ps.unless(a.Smoothing >= 0 && a.Smoothing <= 1, "adapt.smoothing", "must be from 0 to 1")
	for _, f := range []struct {
		path string
		v    int
	}{{"probe", a.Probe}, {"queue", a.Queue}, {"window", a.Window}, {"batch", a.Batch}} {
		ps.unless(f.v >= 0 && f.v <= mostSamples, "adapt."+f.path, "must be from 0 to 1,000,000")
	}
	of("latency", a.Latency != "", AIMD, Vegas, Gradient, Gradient2, Failsafe)
	of("throttled", a.Throttled != "", AIMD, Vegas, Gradient, Gradient2, Failsafe)
	of("timeout", a.Timeout != 0, AIMD)
	of("backoff", a.Backoff != 0 && !math.IsNaN(a.Backoff), AIMD, SlowStart, Gradient)
	of("tolerance", a.Tolerance != 0, Gradient, Gradient2)
	of("smoothing", a.Smoothing != 0, Vegas, Gradient, Gradient2)
	of("probe", a.Probe != 0, Vegas, Gradient)
	of("queue", a.Queue != 0, Gradient2)
	of("window", a.Window != 0, Gradient2, Failsafe)
	of("cooldown", a.Cooldown != 0, SlowStart)
	of("obey_header", a.ObeyHeader, SlowStart)
	of("batch", a.Batch != 0, AIMD, Vegas, Gradient, Gradient2)
}
