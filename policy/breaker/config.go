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
	// attempts failed, from 0 to 1; judged only once Minimum attempts were
	// counted. 0 is off.
	Ratio float64 `yaml:"ratio"`
	// Window is how many attempts Ratio looks back on, at most 65536. 0 means 20.
	Window int `yaml:"window"`
	// Within makes Ratio look back on the attempts that ended in this time instead,
	// kept in ten slices of a fixed grid, so 9 to 10 tenths of it; at most a year.
	// 0 looks back on Window attempts. Source: hystrix-go hystrix/rolling (10 s in
	// slices of 1 s; it judges when the next call asks, and here when an attempt
	// ends), failsafe-go v0.9.8 circuitbreaker/circuitstates.go (10 slices).
	Within time.Duration `yaml:"within"`
	// Minimum is how many attempts must be counted before Ratio is judged, at most
	// 65536 and, without Within, at most Window. 0 means Window, and with Within 20
	// (hystrix-go, DefaultVolumeThreshold).
	Minimum int `yaml:"minimum"`
	// Open is how long it stays open, at most a year. 0 means 30 s.
	Open time.Duration `yaml:"open"`
	// Trials is how many calls are let through after that, all of which must
	// succeed to close it, at most 1024. 0 means 1.
	Trials int `yaml:"trials"`
	// TrialRatio judges the trials together, from 0 to 1: once Trials of them were
	// counted, it opens again when at least this share failed, and closes otherwise.
	// 0 asks all of them to succeed. Source: resilience4j
	// CircuitBreakerStateMachine.HalfOpenState, where it is the ratio itself.
	TrialRatio float64 `yaml:"trial_ratio"`
	// RepeatTrials lets one trial go each Open, whatever became of the one before,
	// and closes at any success, even of an attempt sent before it opened. False
	// waits for its trials, and listens to nothing else. Source: hystrix-go
	// hystrix/circuit.go, allowSingleTest and ReportEvent.
	RepeatTrials bool `yaml:"repeat_trials"`
	// CountThrottled counts a 429 as a failure, which throws away a bucket's
	// refill at each trip: a cautionary setting. False ignores 429s.
	CountThrottled bool `yaml:"count_throttled"`
	// WhenOpen is what an open breaker does. Absent means wait.
	WhenOpen WhenOpen `yaml:"when_open"`
}
