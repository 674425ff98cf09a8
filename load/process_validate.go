package load

import (
	"fmt"
	"math"
	"reflect"
	"time"
)

// maxPeakToMean keeps the peaks of a sinusoid wider than its table is fine.
const maxPeakToMean = 20

func processFields(kind string) (fields string, known bool) {
	switch kind {
	case Constant, Poisson:
		return "rate", true
	case Gamma:
		return "rate cv", true
	case OnOff:
		return "rate on off shape cv", true
	case Burst:
		return "n at every", true
	case Ramp:
		return "from to over doubling shape even", true
	case Steps:
		return "steps even", true
	case Sinusoid:
		return "mean peak_to_mean period phase even", true
	case ClosedLoop:
		return "users think over", true
	case Sessions:
		return "rate users turns think pause growth context over", true
	case Replay:
		return "file format time_scale slice_from slice_to rows sort", true
	}
	return "", false
}

// Validate reports everything wrong with the process; paths are relative to it,
// such as "rate" or "steps[2].for".
func (p Process) Validate() []Problem {
	var c checker
	fields, known := processFields(p.Kind)
	if !known {
		c.oneOf("process", p.Kind, Constant, Poisson, Gamma, OnOff, Burst, Ramp, Steps, Sinusoid, ClosedLoop, Sessions, Replay)
		return c.problems
	}
	c.onlyFields(reflect.ValueOf(p), p.Kind, fields)
	p.checkKind(&c)
	return c.problems
}

func (p *Process) checkKind(c *checker) {
	switch p.Kind {
	case Constant, Poisson:
		c.rate("rate", p.Rate, true)
	case Gamma:
		c.rate("rate", p.Rate, true)
		c.cv(p.CV)
	case OnOff:
		p.checkOnOff(c)
	case Burst:
		c.number("n", float64(p.N), 1, false)
		c.span("at", p.At, false)
		c.span("every", p.Every, false)
	case Ramp:
		p.checkRamp(c)
	case Steps:
		p.checkSteps(c)
	case Sinusoid:
		p.checkSinusoid(c)
	case ClosedLoop:
		p.checkUsers(c)
		c.span("over", p.Over, false)
		c.optional("think", &p.Think)
	case Sessions:
		p.checkSessions(c)
	case Replay:
		p.checkReplay(c)
	}
}

// maxRate is one arrival per nanosecond, the grain of time.
const maxRate = 1e9

func (c *checker) rate(path string, r Rate, required bool) {
	c.number(path, float64(r), 0, required)
	if r > maxRate && !math.IsInf(float64(r), 0) {
		c.add(path, "must be at most %v per second, is %v", maxRate, float64(r))
	}
}

// cv keeps the gamma shape 1/cv² within what its sampler can draw.
func (c *checker) cv(v float64) {
	if !(v >= 0.01 && v <= 100) {
		c.add("cv", "must be between 0.01 and 100, is %v", v)
	}
}

func (c *checker) atLeast(path string, d, low time.Duration) {
	if d < low {
		c.add(path, "must be at least %v, is %v", low, d)
	}
}

// optional validates a distribution that may be absent.
func (c *checker) optional(path string, d *Dist) {
	if !d.isZero() {
		c.under(path, d.Validate())
	}
}

func (p *Process) checkOnOff(c *checker) {
	c.rate("rate", p.Rate, true)
	c.atLeast("on", p.On, time.Millisecond)
	c.atLeast("off", p.Off, time.Millisecond)
	if p.CV != 0 {
		c.cv(p.CV)
	}
	if p.Shape != "" {
		c.oneOf("shape", p.Shape, Exponential, Fixed)
	}
}

func (p *Process) checkRamp(c *checker) {
	exponential := p.Doubling != 0 || p.Shape == Exponential
	c.rate("from", p.From, exponential)
	c.rate("to", p.To, exponential && p.Doubling == 0)
	if p.Shape != "" {
		c.oneOf("shape", p.Shape, Linear, Exponential)
	}
	if p.Doubling != 0 {
		p.checkDoubling(c)
	} else if p.Over <= 0 {
		c.add("over", "must be greater than 0, or give doubling")
	}
	if !exponential && p.From == 0 && p.To == 0 {
		c.add("to", "from and to are both 0, so nothing would ever arrive")
	}
}

func (p *Process) checkDoubling(c *checker) {
	c.span("doubling", p.Doubling, true)
	if p.Over != 0 {
		c.add("over", "give over or doubling, not both")
	}
	if p.Shape == Linear {
		c.add("shape", "a ramp with doubling is exponential")
	}
	if p.To != 0 && p.To <= p.From {
		c.add("to", "must be greater than from when the rate doubles, or 0")
	}
}

func (p *Process) checkSteps(c *checker) {
	if len(p.Steps) == 0 {
		c.add("steps", "needs at least one step of rate and for")
		return
	}
	sum := 0.0
	for i, s := range p.Steps {
		path := fmt.Sprintf("steps[%d]", i)
		c.rate(path+".rate", s.Rate, false)
		c.span(path+".for", s.For, i < len(p.Steps)-1)
		sum += float64(s.Rate)
	}
	if sum == 0 {
		c.add("steps", "all rates are 0, so nothing would ever arrive")
	}
}

func (p *Process) checkSinusoid(c *checker) {
	c.rate("mean", p.Mean, true)
	c.number("peak_to_mean", p.PeakToMean, 1, false)
	if p.PeakToMean > maxPeakToMean {
		c.add("peak_to_mean", "must be at most %d, is %v", maxPeakToMean, p.PeakToMean)
	}
	c.atLeast("period", p.Period, time.Second)
	c.span("phase", p.Phase, false)
}

func (p *Process) checkUsers(c *checker) {
	if p.Users < 1 || p.Users > MaxUsers {
		c.add("users", "must be from 1 to %d, is %d", MaxUsers, p.Users)
	}
}

func (p *Process) checkSessions(c *checker) {
	if p.Rate != 0 && p.Users != 0 {
		c.add("users", "give rate (sessions start by themselves) or users (each starts the next when one ends), not both")
	}
	if p.Users != 0 {
		p.checkUsers(c)
	} else {
		c.rate("rate", p.Rate, true)
		if p.Over != 0 || !p.Pause.isZero() {
			c.add("rate", "over and pause belong to sessions with users")
		}
	}
	c.under("turns", p.Turns.validateTokens())
	c.optional("think", &p.Think)
	c.optional("pause", &p.Pause)
	c.span("over", p.Over, false)
	c.number("context", float64(p.Context), 0, false)
	if p.Growth != "" {
		c.oneOf("growth", p.Growth, GrowthResend, GrowthCache, GrowthNone)
	}
}

func (p *Process) checkReplay(c *checker) {
	if p.File == "" {
		c.add("file", "must name a trace")
	}
	if p.Format != "" {
		c.oneOf("format", p.Format, FormatAzure, FormatBurstGPT, FormatMooncake, FormatJSONL)
	}
	c.notNegative("time_scale", p.TimeScale)
	c.span("slice_from", p.SliceFrom, false)
	c.span("slice_to", p.SliceTo, false)
	if p.SliceTo > 0 && p.SliceTo <= p.SliceFrom {
		c.add("slice_to", "must be after slice_from")
	}
	c.number("rows", float64(p.Rows), 0, false)
}

// seconds turns a number of seconds into a duration, rounded to the nanosecond;
// what lies beyond the range of a duration becomes Never.
func seconds(s float64) time.Duration {
	if ns := math.Round(s * 1e9); ns < float64(Never) {
		return time.Duration(ns)
	}
	return Never
}
