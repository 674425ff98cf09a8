package retry

import "time"

// Kind names a delay function. n counts from 0 at the first retry, b is Base,
// f is Factor, C is Cap, U is a draw from 0 to 1 and U(x, y) one from x to y.
type Kind string

// The delay functions and their formulas (AWS architecture blog, "Exponential
// backoff and jitter", 2015, for full, equal and decorrelated jitter).
const (
	None         Kind = "none"         // give up: only with attempts 1
	Immediate    Kind = "immediate"    // 0
	Fixed        Kind = "fixed"        // b
	Linear       Kind = "linear"       // min(C, b·(n+1))
	Exponential  Kind = "exponential"  // min(C, b·fⁿ)
	FullJitter   Kind = "full-jitter"  // U(floor, v), v = min(C, b·fⁿ)
	EqualJitter  Kind = "equal-jitter" // v/2 + U(0, v/2), v = min(C, b·fⁿ)
	Decorrelated Kind = "decorrelated" // min(C, U(b, 3·previous)), previous starts at b
	SDK          Kind = "sdk"          // v − U(0, jitter_cut·v), v = min(C, b·fⁿ): the official SDKs

	// LinearJitter is U(b, C)·(n+1): C bounds the draw, not the delay
	// (hashicorp/go-retryablehttp v0.7.8 client.go, LinearJitterBackoff).
	LinearJitter Kind = "linear-jitter"
	// Polly is min(C, b·(g(t) − g(t′))/1.4) with t = n + U, t′ that of the delay
	// before and g(t) = 2ᵗ·tanh √(4t): a smooth density without atoms; the
	// waits up to retry n+1 add up to a median near b·2ⁿ (App-vNext/Polly v8 src/Polly.Core/Retry/RetryHelper.cs,
	// DecorrelatedJitterBackoffV2).
	Polly Kind = "polly"
	// JitterBelowCap is U(0, b·fⁿ) while b·fⁿ ≤ C, and from then on exactly C,
	// without jitter (aws-sdk-go-v2 v1.47.7 aws/retry/jitter_backoff.go,
	// backoffDelayLegacy).
	JitterBelowCap Kind = "jitter-below-cap"
	// Windowed makes one attempt in every window of b, at a uniform instant:
	// retry n+1 falls in the (n+1)th window after the one the call began in,
	// counted from its first attempt (banks/sim-rate-limit-backoff sim.go).
	Windowed Kind = "windowed"
)

// Delay is a delay function. After it, in this order, ByCost, JitterCut,
// JitterSpread, JitterAdd and Jitter apply to the capped value, so it may exceed
// Cap but for CapAfter.
type Delay struct {
	// Kind is the function. Required unless Attempts is 1.
	Kind Kind `yaml:"kind"`
	// Base is b. Required but for none, immediate and sdk (0 there: 500 ms).
	Base time.Duration `yaml:"base"`
	// Factor is f, at least 1. 0 means 2.
	Factor float64 `yaml:"factor"`
	// Cap is C. 0 means no cap (sdk: 8 s). Required for linear-jitter.
	Cap time.Duration `yaml:"cap"`
	// CapAfter applies the cap after the jitters in place of before, so that many
	// late delays are exactly Cap (resilience4j IntervalFunction). False caps
	// before them.
	CapAfter bool `yaml:"cap_after"`
	// Floor is the lower end of what full-jitter draws, as in tenacity's
	// wait_random_exponential(min, max). 0 draws from 0.
	Floor time.Duration `yaml:"floor"`
	// ByCost multiplies the delay after a 429 by c/c̄: the call's cost in the
	// dimension the 429 names (1, metered input tokens, max_tokens) over the mean
	// cost of the calls this client process has sent, held between 0.1 and 10
	// (our bounds). Big requests wait longer. False, a 429 that names no such
	// dimension and any other failure multiply by 1.
	ByCost bool `yaml:"by_cost"`
	// Jitter adds U(0, Jitter). 0 adds nothing.
	Jitter time.Duration `yaml:"jitter"`
	// JitterAdd adds U(0, JitterAdd·delay): a share, 0.1 is 10 %. 0 adds nothing.
	JitterAdd float64 `yaml:"jitter_add"`
	// JitterSpread multiplies by U(1−JitterSpread, 1+JitterSpread), from 0 to 1
	// (cenkalti/backoff 0.5, grpc-go 0.2). 0 does nothing.
	JitterSpread float64 `yaml:"jitter_spread"`
	// JitterCut subtracts U(0, JitterCut·delay), from 0 to 1. 0 does nothing
	// (sdk: 0.25).
	JitterCut float64 `yaml:"jitter_cut"`
}
