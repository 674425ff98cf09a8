package governor

import (
	"time"

	"ratecliff/load"
)

// Kind names a formula. r is the rate calls are sent at, per second.
type Kind string

// The formulas.
const (
	// AIMD adds while calls succeed and cuts at a 429: each success adds add ÷ r to
	// r, so that r grows by add a second while it is used, and a 429 multiplies it by
	// factor, once for all calls sent before the cut. A 429 that names tokens cuts the
	// rate of those tokens, which has no bound before (Chiu & Jain, Analysis of the
	// increase and decrease algorithms for congestion avoidance, 1989; add ÷ r, so that
	// the growth does not depend on the rate, is ours).
	AIMD Kind = "aimd"
	// Headers follows the limit headers: a call waits until limit, remaining and
	// reset of the last answers, less what was sent since, leave room for it
	// (ours, from the rate limit documentation's account of them). Without any headers only probes calls are under way.
	Headers Kind = "headers"
	// HeadersAIMD is headers, and aimd as its safety: aimd sleeps until a 429 comes
	// that the headers should have prevented or an answer has no headers, and wakes
	// for that dimension only (ours).
	HeadersAIMD Kind = "headers-aimd"
	// Cubic is the adaptive retry mode of the AWS SDKs: no gate before the first
	// 429; then a bucket that refills at min(W, 2·measured rate) and holds one
	// second of it, W(t) = scale·(t−K)³ + W_max, K = ((1−factor)·W_max ÷ scale)^⅓, t
	// since the last 429, which sets W_max to the lower of the measured rate and the
	// refill and the refill to factor times that (aws-sdk-go-v2 v1.47.7,
	// aws/retry/adaptive_ratelimit.go). A call costs 1 whatever its size.
	Cubic Kind = "cubic"
	// BBR sends at the highest rate of successes of the last ten rounds, times
	// 1.25, 0.75 and six times 1 in turn, and detects policers: once two intervals of
	// 4 to 16 rounds that begin and end with a 429, with 429s above 50/256 of the
	// successes, differ by at most an eighth, it keeps to their mean for 48 rounds
	// (Cardwell et al. 2016; Linux net/ipv4/tcp_bbr.c).
	BBR Kind = "bbr"
	// PID is a PI controller of the share of 429s: r = start·e^u, u = kp·e + ki·∫e
	// dt, e = target − share. The bucket on the other side is an integrator and a 429
	// a switch, so that it oscillates around the limit: a reference, not a
	// recommendation (textbook; gains and target are ours).
	PID Kind = "pid"
	// ATB is the adaptive token bucket for many clients on one quota: a success
	// multiplies the refill by first_step below the rate of the last failure and by
	// second_step above it; a failure halves it and empties the bucket (Farkiani,
	// Liu, Crowley, arXiv 2510.04516, and their program ATB.py in
	// github.com/Bfarkiani/ratelimiter).
	ATB Kind = "atb"
	// Pause stops everybody after a 429, for retry_after or for a fixed time, and
	// lets them go on at once or one by one (OpenAI cookbook,
	// api_request_parallel_processor.py, for the fixed time; one by one as asked for in
	// gardener/cc-utils 1713).
	Pause Kind = "pause"
)

// Semantics says what a server's headers mean.
type Semantics string

// The meanings.
const (
	Continuous Semantics = "continuous" // a bucket that refills all the time; reset is when it is full
	FixedReset Semantics = "fixed"      // a window that starts anew at reset
)

// Release says how calls go on after a pause.
type Release string

// The ways to go on.
const (
	All      Release = "all"        // at once
	OneByOne Release = "one-by-one" // each at least gap after the last, for a minute after each 429 and after the start
)

// Config is a rate that follows the answers. The zero value is not valid: a
// governor has a kind.
type Config struct {
	// Kind is the formula. Required.
	Kind Kind `yaml:"kind"`
	// PerKey gives each API key its own rate. False lets all keys of a model share
	// one, as keys of one organisation do.
	PerKey bool `yaml:"per_key"`
	// Start is the rate before anything is known. 0 means 20/s (aimd, headers-aimd,
	// bbr, pid; ours: it only has to exceed the limit, for what the bucket holds hides
	// that anyway, and the lowest tier of 2026 has 1,000 a minute) or 40/min (atb, as
	// its authors' configuration).
	Start load.Rate `yaml:"start"`
	// Min is the lowest rate. 0 means 1/min, but 0.5/s for cubic and 0.01/s for atb, as
	// their sources, and 0.5/s for bbr (ours: from less its cycle takes minutes to come
	// back).
	Min load.Rate `yaml:"min"`
	// Max is the highest rate. 0 means 1000/s. Neither for cubic, headers and pause.
	Max load.Rate `yaml:"max"`
	// Burst is how many calls of mean size may go at once after a rest. 0 means 1, but
	// 40 for atb, as its authors' configuration. Only for aimd, headers-aimd, bbr, pid
	// and atb.
	Burst float64 `yaml:"burst"`
	// Add is by how much a used rate grows, in calls per second each second. 0 means
	// 0.05 (ours). Only for aimd and headers-aimd.
	Add float64 `yaml:"add"`
	// Factor is what a 429 leaves of the rate, above 0 and below 1. 0 means 0.7
	// (aws-sdk-go-v2 v1.47.7 calls it beta; for aimd it is ours). Only for aimd, headers-aimd and cubic.
	Factor float64 `yaml:"factor"`
	// Epoch is the least time between two cuts, at most an hour. 0 means none but that
	// 429s of calls sent before the last cut do not count. Only for aimd and
	// headers-aimd.
	Epoch time.Duration `yaml:"epoch"`
	// Semantics says what the headers mean. Absent means continuous, as the rate limit
	// documentation has it. Only for headers and headers-aimd.
	Semantics Semantics `yaml:"semantics"`
	// Rounding is by how much a remaining number of tokens may overstate. 0 means 500:
	// they are rounded to the nearest thousand (rate limit documentation). -1 is none.
	// Only for headers and headers-aimd.
	Rounding int64 `yaml:"rounding"`
	// Probes is how many calls may be under way before an answer has told the limits.
	// 0 means 3 (ours). Only for headers and headers-aimd.
	Probes int `yaml:"probes"`
	// Scale is the steepness of the cubic curve. 0 means 0.4. Only for cubic.
	Scale float64 `yaml:"scale"`
	// Smooth is the weight of the newest half second in the measured rate, above 0 and
	// at most 1. 0 means 0.8. Only for cubic.
	Smooth float64 `yaml:"smooth"`
	// Round is how long a round of bbr or a period of pid takes at least, from 1ms to
	// an hour: it ends with the first answer after that. A round that sees one success
	// or two cannot tell a rate from one a quarter higher, so that bbr's probing finds
	// little there. 0 means 1 s. Only for bbr and pid.
	Round time.Duration `yaml:"round"`
	// Target is the share of 429s that pid steers to, from 0 to 1. 0 means 0.02
	// (ours). Only for pid.
	Target float64 `yaml:"target"`
	// KP is pid's proportional gain. 0 means 0.5 (ours). Only for pid.
	KP float64 `yaml:"kp"`
	// KI is pid's integral gain, per second. 0 means 0.1 (ours: slow). Only for pid.
	KI float64 `yaml:"ki"`
	// Tokens is how many calls the bucket of atb holds at the start, at most Burst. 0
	// means 1, as its authors' configuration. Only for atb.
	Tokens float64 `yaml:"tokens"`
	// Congestion is the rate that atb takes for that of the last failure at the start.
	// 0 means 300/min, as its authors' configuration. Only for atb.
	Congestion load.Rate `yaml:"congestion"`
	// FirstStep multiplies the rate of atb at a success below the rate of the last
	// failure, from 1 to 10. 0 means 1.2, as its authors' configuration. Only for atb.
	FirstStep float64 `yaml:"first_step"`
	// SecondStep does so above it. 0 means 1.2, as its authors' configuration. Only for
	// atb.
	SecondStep float64 `yaml:"second_step"`
	// Pause is how long everybody stops after a 429 that says nothing, and after any
	// unless RetryAfter; at most a day. 0 means 15 s (the OpenAI cookbook's). Only for
	// pause.
	Pause time.Duration `yaml:"pause"`
	// RetryAfter stops for as long as the header of the 429 says. False always stops
	// for Pause. Only for pause.
	RetryAfter bool `yaml:"retry_after"`
	// Release is how calls go on after the pause. Absent means all. Only for pause.
	Release Release `yaml:"release"`
	// Gap is the least time from one call to the next with release one-by-one, at most
	// an hour; longer than a refusal takes, it keeps calls from following one that is
	// about to be refused. 0 means 100 ms (ours). Only for pause.
	Gap time.Duration `yaml:"gap"`
}
