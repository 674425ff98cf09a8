package breaker

import "time"

// WhenOpen says what an open breaker does to a call.
type WhenOpen string

// What an open breaker does.
const (
	Wait WhenOpen = "wait" // the call waits until the breaker lets trials through
	Fail WhenOpen = "fail" // the call's attempt fails on the spot, unsent
)

// Config is a circuit breaker. At least one of Failures and Ratio must be set.
type Config struct {
	// Failures opens the breaker after this many failures in a row. 0 is off.
	Failures int `yaml:"failures"`
	// Ratio opens it when at least this share of the last Window counted
	// attempts failed, from 0 to 1; judged only once Window attempts were
	// counted. 0 is off.
	Ratio float64 `yaml:"ratio"`
	// Window is how many attempts Ratio looks back on, at most 65536. 0 means 20.
	Window int `yaml:"window"`
	// Open is how long it stays open. 0 means 30 s.
	Open time.Duration `yaml:"open"`
	// Trials is how many calls are let through after that, all of which must
	// succeed to close it, at most 1024. 0 means 1.
	Trials int `yaml:"trials"`
	// CountThrottled counts a 429 as a failure, which throws away a bucket's
	// refill at each trip: a cautionary setting. False ignores 429s.
	CountThrottled bool `yaml:"count_throttled"`
	// WhenOpen is what an open breaker does. Absent means wait.
	WhenOpen WhenOpen `yaml:"when_open"`
}
