package limiter

import "time"

// Output names what is reserved for a call's output tokens before they are
// known.
type Output string

// The output estimates.
const (
	MaxTokens Output = "max-tokens" // the call's max_tokens: never too little, often far too much
	Mean      Output = "mean"       // moving mean of the outputs seen: ō ← 0.9·ō + 0.1·o, at most max_tokens and what the bucket holds
	NoOutput  Output = "none"       // nothing: the output is charged when it is known, the bucket may go into debt
	Quantile  Output = "quantile"   // the Config.Quantile of the last 200 outputs
	Pooled    Output = "pooled"     // for k in flight together k·μ + z·σ·√k instead of k single reserves, μ and σ of the last 200 outputs
	Survival  Output = "survival"   // what streams have produced is charged as they run, and E[out − m | out > m] is kept free for each that has produced m
	Flow      Output = "flow"       // as survival, but only what streams can produce within Horizon at their learned speed is kept free
)

// Learn says from which calls an output is foretold.
type Learn string

// The memories.
const (
	ByPool  Learn = "pool"  // all calls of a model pool
	ByClass Learn = "class" // those of the same class of the scenario: its route and sizes
)

// Config is a token-bucket limiter over requests, input tokens and output
// tokens. Each model pool has its own set of buckets, all full at the start. At
// least one limit must be set.
type Config struct {
	// RPM limits requests per minute. 0 means by Share.
	RPM int64 `yaml:"rpm"`
	// ITPM limits input tokens per minute, cache reads not counted. 0 means by
	// Share.
	ITPM int64 `yaml:"itpm"`
	// OTPM limits output tokens per minute. 0 means by Share.
	OTPM int64 `yaml:"otpm"`
	// Share is the part of the server's published limits this client takes in
	// every dimension not set above: 0.8 is 80 %. 0 means such a dimension is
	// not limited.
	Share float64 `yaml:"share"`
	// Burst is how many requests the request bucket holds. 0 means by
	// BurstWindow.
	Burst int64 `yaml:"burst"`
	// BurstWindow is how much time's worth of its limit each bucket holds, at
	// least one unit. 0 means 60 s: recorded response headers fit buckets of
	// one minute's limit. A server that enforces 60 per minute as 1 per second
	// needs a smaller one.
	BurstWindow time.Duration `yaml:"burst_window"`
	// Pace lets calls go one after the other in place of bursts: after one that costs
	// c the next goes c/r later, in every dimension (next ← max(next, now) + c/r, a
	// leaky bucket as a queue). However large, it goes. Not with Burst,
	// BurstWindow, Reserve, ReserveRate, Resync and the outputs survival and flow.
	Pace bool `yaml:"pace"`
	// Output is what is reserved for output tokens. Absent means max-tokens.
	Output Output `yaml:"output"`
	// MeanStart is where the mean of Output starts, in tokens, and what the other
	// estimates take as long as no output is known. 0 means the call's max_tokens
	// (for the mean, the first call's).
	MeanStart int64 `yaml:"mean_start"`
	// LearnBy says which calls are like this one, for the estimates of Output.
	// Absent means pool for mean and class for the others.
	LearnBy Learn `yaml:"learn_by"`
	// Quantile is the q of output quantile, above 0 and below 1: the share of calls
	// that use no more than was reserved. The cheapest is c_under/(c_under+c_over),
	// where c_under is what a token too little costs and c_over what one too much
	// does. 0 means 0.8: too little is four times as dear as too much.
	Quantile float64 `yaml:"quantile"`
	// Z is the z of output pooled, at most 10: so many standard deviations of the
	// sum are reserved above its mean. 0 means 2, which a normal sum exceeds in 2.3 %
	// of cases.
	Z float64 `yaml:"z"`
	// Horizon is the h of output flow: a call goes if x + r·h − Σ min(g·h, e) over all
	// streams, its own included, stays above Margin; x is the level, r the refill, g
	// a stream's speed, e what it is expected to produce still. At most 24h. 0 means
	// 30 s.
	Horizon time.Duration `yaml:"horizon"`
	// Margin is what output flow leaves in the bucket, in tokens. 0 leaves nothing.
	Margin int64 `yaml:"margin"`
	// Resync corrects the buckets by the limits that each answer tells. What the
	// server had left at the request, less 500 tokens (the rounding), plus the refill
	// since, less what was sent since, is an upper bound at once; where that is above
	// the level, the level rises by half the gap only, for another client may have
	// left it. False trusts the own count alone.
	Resync bool `yaml:"resync"`
	// Reserve keeps parts of every bucket for the more urgent classes.
	Reserve ReserveConfig `yaml:"reserve"`
	// ReserveRate keeps parts of every rate for them.
	ReserveRate ReserveRateConfig `yaml:"reserve_rate"`
	// RefundRefused gives the request back to the request bucket when the server
	// refuses it. False leaves it charged; tokens of a refused request always
	// come back.
	RefundRefused bool `yaml:"refund_refused"`
	// PerKey gives each API key its own buckets. False lets all keys share, as
	// keys of one organisation do.
	PerKey bool `yaml:"per_key"`
	// Around is how many of the innermost retry layers run under one permit: 1
	// puts the limiter around a client that retries by itself, whose further
	// requests it does not see. 0 asks before every attempt. The engine does the
	// holding.
	Around int `yaml:"around"`
	// Poll is how often a call that waits looks again, counted from when it began
	// to wait. 0 wakes it when there is room.
	Poll time.Duration `yaml:"poll"`
	// Timeout is how long a call waits before its attempt fails, unsent. 0 is for
	// ever.
	Timeout time.Duration `yaml:"timeout"`
}
