package route

import "time"

// Pick names how a key is chosen among those that are not cooling.
type Pick string

// The ways to choose a key. Ties go to the lowest index, of two that were drawn
// to the one drawn first. The last four look at what is under way; a call that a
// gate held is given its key anew by the first three of them.
const (
	First         Pick = "first"           // lowest index
	RoundRobin    Pick = "round-robin"     // each in turn, whatever its limits are
	LeastUsed     Pick = "least-used"      // fewest attempts given so far
	Random        Pick = "random"          // uniformly
	LeastInFlight Pick = "least-in-flight" // fewest attempts of the model in flight

	// TwoChoices draws two keys and takes the one with fewer attempts in flight.
	// Source: Mitzenmacher, The power of two choices in randomized load balancing
	// (IEEE TPDS 12, 2001).
	TwoChoices Pick = "p2c"

	// Headroom draws two keys and takes the one with the larger
	//
	//	score_k = min_d (x_{k,d} − reserved_{k,d}) / c_d
	//
	// over requests, input and output tokens: x is what the newest answer said is
	// left, and Limit/min of refill since that attempt was sent until the reset it
	// named; reserved is what attempts sent after that one will cost; c is 1, the
	// uncached input, and the moving mean 0.9·o + 0.1·output of the model's answers
	// (max_tokens before the first). A key or limit never heard of has all the room
	// there is. Two are drawn and not all compared, for everybody steers by the same
	// stale numbers; then fewer in flight decides.
	Headroom Pick = "headroom"

	// Sticky keeps a session (the user of a class) on one key, where its prompt
	// prefix is cached, and moves it only when that key rests for longer than the
	// hit is worth, see Config.StickyWait. Sessions begin on FNV-1a(class, user) mod
	// keys; one that moves goes to the next key that does not rest, and stays there.
	// What is read from the cache does not count against the input limit, so a hit
	// may be worth more than headroom.
	Sticky Pick = "sticky"
)

// Picks lists all ways to choose a key.
func Picks() []Pick {
	return []Pick{First, RoundRobin, LeastUsed, Random, LeastInFlight, TwoChoices, Headroom, Sticky}
}

// Config is where calls go. The zero value is one key and the model the arrival
// asks for.
type Config struct {
	// Keys is how many API keys there are, at most 1024. 0 means 1. Keys of one
	// organisation share its limits: more of them only help a server that
	// counts per key.
	Keys int `yaml:"keys"`
	// Pick is how a key is chosen. Absent means first.
	Pick Pick `yaml:"pick"`
	// StickyWait is how long a call of pick sticky waits for its session's key, at
	// most a year. 0 means what the hit is worth: the time in which the limit that
	// the key last spoke of refills the tokens the call reads from the cache, for
	// another key would have to take them as new input; nothing where no limit was
	// named.
	StickyWait time.Duration `yaml:"sticky_wait"`
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
	// Jitter adds U(0, Jitter) to each rest, so that callers told the same instant
	// do not come back together. 0 adds nothing.
	Jitter time.Duration `yaml:"jitter"`
	// PerDimension keeps one rest for each kind of limit that a 429 can name. A key
	// that was refused for input tokens then rests only for calls with at least as
	// many of them as the refused one, since retry-after says when that one fits.
	// False rests it for every call.
	PerDimension bool `yaml:"per_dimension"`
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
	// Return keeps all calls away from a model that one of them moved on from,
	// until it has room again: hysteresis. The zero value lets every call begin at
	// the model it wants.
	Return Return `yaml:"return"`
}

// Return says when calls go back to a model that was left. Its headroom is, of
// the key that has most and of the limit that is lowest there, (remaining +
// Limit/min · time since) ÷ capacity, by the headers of the newest answer; the
// capacity is what the bucket holds at the reset they name. A model that names
// no limits is gone back to For after it was last left.
type Return struct {
	// Above is the headroom to wait for, as a share of the capacity, from 0 to less
	// than 1. 0 waits for none.
	Above float64 `yaml:"above"`
	// For is for how long there must have been that much, at most a year. 0 is an
	// instant.
	For time.Duration `yaml:"for"`
}
