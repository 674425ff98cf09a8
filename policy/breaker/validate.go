package breaker

import "ratecliff/load"

// Validate reports everything wrong with c.
func (c Config) Validate() []load.Problem {
	var ps []load.Problem
	unless := func(ok bool, path, message string) {
		if !ok {
			ps = append(ps, load.Problem{Path: path, Message: message})
		}
	}
	unless(c.Failures >= 0, "failures", "must not be negative")
	unless(c.Ratio >= 0 && c.Ratio <= 1, "ratio", "must be a share from 0 to 1")
	unless(c.Failures != 0 || c.Ratio != 0, "failures", "is required, or set ratio: this breaker never opens")
	unless(c.Window >= 0 && c.Window <= maxWindow, "window", "must be from 0 to 65536 attempts")
	unless(c.Window == 0 || c.Ratio != 0, "window", "has no meaning without ratio")
	unless(c.Open >= 0, "open", "must not be negative")
	unless(c.Trials >= 0 && c.Trials <= maxTrials, "trials", "must be from 0 to 1024")
	unless(c.WhenOpen == "" || c.WhenOpen == Wait || c.WhenOpen == Fail, "when_open", "must be one of wait, fail")
	return ps
}
