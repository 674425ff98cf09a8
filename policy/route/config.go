package route

import "time"

// Pick names how a key is chosen among those that are not cooling.
type Pick string

// The ways to choose a key. Ties go to the lowest index.
const (
	First      Pick = "first"       // lowest index
	RoundRobin Pick = "round-robin" // each in turn
	LeastUsed  Pick = "least-used"  // fewest attempts given so far
	Random     Pick = "random"      // uniformly
)

// Config is where calls go. The zero value is one key and the model the arrival
// asks for.
type Config struct {
	// Keys is how many API keys there are, at most 1024. 0 means 1. Keys of one
	// organisation share its limits: more of them only help a server that
	// counts per key.
	Keys int `yaml:"keys"`
	// Pick is how a key is chosen. Absent means first.
	Pick Pick `yaml:"pick"`
	// Cooldown rests a key for one model after a 429. The zero value never does.
	Cooldown Cooldown `yaml:"cooldown"`
	// Fallback lists other models to turn to. The zero value has none.
	Fallback Fallback `yaml:"fallback"`
}

// Cooldown rests a (key, model) pair after a 429. With every key of a model
// cooling, calls wait for the earliest.
type Cooldown struct {
	// For is how long it rests. 0 means not at all, or with RetryAfter: only
	// when the header is there.
	For time.Duration `yaml:"for"`
	// RetryAfter rests it as long as the retry-after header says, or For when
	// the header is absent. False never reads the header.
	RetryAfter bool `yaml:"retry_after"`
}

// Fallback is a chain of models behind the one an arrival asks for. An attempt
// sent to one of them is marked degraded.
type Fallback struct {
	// Models is the chain, most wanted first. Absent means no fallback.
	Models []string `yaml:"models"`
	// After moves a call one model on after this many of its attempts in a row
	// ended throttled or overloaded. 0 means never for that reason.
	After int `yaml:"after"`
	// WhileCooling moves on while every key of a model is cooling. False waits.
	WhileCooling bool `yaml:"while_cooling"`
}
