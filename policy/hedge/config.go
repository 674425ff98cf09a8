package hedge

import (
	"math"
	"time"

	"ratecliff/load"
)

// Defaults of Config. They are ours: 200 samples leave ten beyond the 95th
// percentile, 1,000 attempts let 5 % be up to fifty copies in a row.
const (
	DefaultWindow      = 200
	DefaultShareWindow = 1000
)

// Config says when a further copy of a call is sent. The first copy to succeed
// ends the call and the others are cancelled. A copy that fails is no failure of
// the call while another is under way; once one has failed no more are sent until
// the retry layers send the call anew. A copy takes permits of its own and is
// charged in full; it never waits, and goes only when no call does.
type Config struct {
	// Delay is how long after a copy the next one is due. With a quantile it holds
	// until enough service times are known; 0 then sends none until then. One of
	// delay and quantile is required.
	Delay time.Duration `yaml:"delay"`
	// Quantile makes the delay that quantile of the service times of the call's
	// class, above 0 and below 1: the ⌈q·n⌉-th of the last n, from sending to the
	// end of an attempt that succeeded, ran out of time or was cancelled. Only first
	// copies count: with their delay as the most they can be cut to, cancelling does
	// not bend the quantile. 0 is a fixed delay. Source: 0.95 in Dean and Barroso
	// 2013; failsafe-go v0.9.8, hedgepolicy, which moves an estimate in steps
	// instead and takes every answer.
	Quantile float64 `yaml:"quantile"`
	// Window is n: how many service times of a class are remembered, at most 10,000.
	// 0 means 200.
	Window int `yaml:"window"`
	// MinSamples is how many service times of a class must be known before the
	// quantile counts, at most window. 0 means 1 ÷ (1 − quantile), rounded up: as
	// many as leave one beyond it.
	MinSamples int `yaml:"min_samples"`
	// MaxShare is the most that copies may be of the attempts sent, this one
	// included, over the last share_window of them, above 0 and at most 1. 0 sets no
	// bound: a cautionary setting, for in an overload every answer is late.
	MaxShare float64 `yaml:"max_share"`
	// ShareWindow is over how many attempts max_share is taken, at most 1,000,000.
	// 0 means 1,000.
	ShareWindow int `yaml:"share_window"`
	// Headroom is the share of a limit that every bucket must still hold, from 0 to
	// 1, by the last answer's headers and the refill since, as far as the reset they
	// name tells it. 0 asks for none.
	Headroom float64 `yaml:"headroom"`
	// Copies is the most further copies under way for one call, each due after the
	// delay, at most 8. 0 means 1, as in failsafe-go v0.9.8, hedgepolicy.
	Copies int `yaml:"copies"`
}

const (
	longestDelay    = 8760 * time.Hour
	longestWindow   = 10_000
	longestShare    = 1_000_000
	mostCopies      = 8
	lowestQuantile  = 1e-6
	highestQuantile = 1 - 1e-6
)

// Validate reports everything wrong with c.
func (c Config) Validate() []load.Problem {
	var ps []load.Problem
	unless := func(ok bool, path, message string) {
		if !ok {
			ps = append(ps, load.Problem{Path: path, Message: message})
		}
	}
	unless(c.Delay >= 0 && c.Delay <= longestDelay, "delay", "must be from 0 to a year (8760h)")
	unless(c.Delay != 0 || c.Quantile != 0, "delay", "is required, or set quantile: otherwise every call goes twice at once")
	unless(c.Quantile == 0 || c.Quantile >= lowestQuantile && c.Quantile <= highestQuantile, "quantile", "must be above 0 and below 1, such as 0.95")
	unless(c.Window >= 0 && c.Window <= longestWindow, "window", "must be from 0 to 10,000")
	unless(c.Window == 0 || c.Quantile != 0, "window", "has no meaning without quantile")
	unless(c.MinSamples >= 0, "min_samples", "must not be negative")
	unless(c.MinSamples == 0 || c.Quantile != 0, "min_samples", "has no meaning without quantile")
	full := c.withDefaults()
	if c.MinSamples >= 0 && c.Window >= 0 && c.Quantile <= highestQuantile {
		unless(full.MinSamples <= full.Window, "window", "is below min_samples: nothing would ever be late")
	}
	unless(c.MaxShare >= 0 && c.MaxShare <= 1, "max_share", "must be from 0 to 1")
	unless(c.ShareWindow >= 0 && c.ShareWindow <= longestShare, "share_window", "must be from 0 to 1,000,000")
	unless(c.ShareWindow == 0 || c.MaxShare != 0, "share_window", "has no meaning without max_share")
	if c.MaxShare > 0 && c.MaxShare <= 1 && c.ShareWindow >= 0 {
		unless(full.MaxShare*float64(full.ShareWindow) >= 1, "max_share", "is less than one attempt of share_window: no copy would ever go")
	}
	unless(c.Headroom >= 0 && c.Headroom <= 1, "headroom", "must be from 0 to 1")
	unless(c.Copies >= 0 && c.Copies <= mostCopies, "copies", "must be from 0 to 8")
	return ps
}

// withDefaults is c with every zero that means a default replaced.
func (c Config) withDefaults() Config {
	or := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	or(&c.Window, DefaultWindow)
	or(&c.ShareWindow, DefaultShareWindow)
	or(&c.Copies, 1)
	if c.Quantile > 0 && c.Quantile <= highestQuantile {
		or(&c.MinSamples, int(math.Ceil(1/(1-c.Quantile)-1e-6)))
	}
	return c
}
