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
	// Around is how many of the innermost retry layers run with one key: 1 is a
	// client of its own for each key that retries by itself. The router then learns
	// only of failures that this client gives up on. 0 chooses for every attempt.
	Around int `yaml:"around"`
	// Daily is each key's own allowance. The zero value has none.
	Daily Daily `yaml:"daily"`
	// WhenNone is what happens to a call while no key may be used. Absent means
	// wait.
	WhenNone WhenNone `yaml:"when_none"`
}

// WhenNone names what happens to a call while no key may be used.
type WhenNone string

// What happens while no key may be used.
const (
	Wait WhenNone = "wait" // the call waits for the earliest key
	Fail WhenNone = "fail" // the call's attempt fails on the spot, unsent
)

// Daily is an allowance of uses per key, new every 24 h of the run.
type Daily struct {
	// Limit is how many uses a key has. 0 is no limit.
	Limit int64 `yaml:"limit"`
	// Counts is what one use counts, also for least-used. 0 means 1; 2 is the
	// mistake of counting a key when it is handed out and again after its use.
	Counts int64 `yaml:"counts"`
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
	// FirstTimer lets the first of several 429s wake the key: the timers of later
	// ones change nothing. False rests it until the last has run out.
	FirstTimer bool `yaml:"first_timer"`
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
