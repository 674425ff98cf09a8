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
	// Output is what is reserved for output tokens. Absent means max-tokens.
	Output Output `yaml:"output"`
	// MeanStart is where the mean of Output starts, in tokens. 0 means the first
	// call's max_tokens.
	MeanStart int64 `yaml:"mean_start"`
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
