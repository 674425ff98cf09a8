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
	unless(c.Within >= 0 && c.Within <= maxWait, "within", "must be from 0 to a year")
	unless(c.Within == 0 || c.Ratio != 0, "within", "has no meaning without ratio")
	unless(c.Within == 0 || c.Window == 0, "window", "contradicts within: ratio looks back on one of them")
	unless(c.Minimum >= 0 && c.Minimum <= maxWindow, "minimum", "must be from 0 to 65536 attempts")
	unless(c.Minimum == 0 || c.Ratio != 0, "minimum", "has no meaning without ratio")
	unless(c.Minimum <= c.window() || c.Within != 0 || c.Window < 0, "minimum", "is more than the window holds: this ratio is never judged")
	unless(c.Open >= 0, "open", "must not be negative")
	unless(c.Open <= maxWait, "open", "must be at most a year")
	unless(c.Trials >= 0 && c.Trials <= maxTrials, "trials", "must be from 0 to 1024")
	unless(c.TrialRatio >= 0 && c.TrialRatio <= 1, "trial_ratio", "must be a share from 0 to 1")
	unless(!c.RepeatTrials || c.Trials == 0 && c.TrialRatio == 0, "repeat_trials", "contradicts trials and trial_ratio: it lets one trial go at a time and closes at the first success")
	unless(c.WhenOpen == "" || c.WhenOpen == Wait || c.WhenOpen == Fail, "when_open", "must be one of wait, fail")
	return ps
}
