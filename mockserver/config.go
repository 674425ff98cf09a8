package mockserver

import (
	"io"
	"math"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver/model"
)

// MaxBody is the largest request body in bytes, as documented: 32 MB.
const MaxBody = 32 << 20

// MaxTail is the most lines of journal and ledger that a mock keeps in memory.
const MaxTail = 100_000

// Defaults of a Config, applied in one step by [Config.WithDefaults].
const (
	DefaultWriteEvery   = 50 * time.Millisecond
	DefaultGrace        = 5 * time.Second
	DefaultPingEvery    = 15 * time.Second
	DefaultOrganization = "6f0c5a3e-1b7d-4c52-9a41-0d2e8f7b6c19"
	DefaultWorkspace    = "wrkspc_011CRatecliffMockDefault"
)

// Config describes a mock. The zero Config is a service without limits and with
// the default latencies.
type Config struct {
	// Model is the service behind the skin.
	Model model.Config `yaml:"model,omitempty" json:"model,omitzero"`

	// Seed of every random draw. 0 is a seed like any other.
	Seed uint64 `yaml:"seed,omitempty" json:"seed,omitempty"`

	// Compress is how many seconds of the service pass in one second of the wall;
	// 0 means 1. Every duration on the wire is divided by it. Answers then also
	// carry retry-after-ms, because whole seconds are too coarse.
	Compress float64 `yaml:"compress,omitempty" json:"compress,omitempty"`

	// Output is how many tokens an answer has, before max_tokens cuts it, for
	// requests without a hint; drawn per admitted sequence number. Default:
	// lognormal, p50 200, p90 800, 1 to 8192 (assumed).
	Output load.Dist `yaml:"output,omitempty" json:"output,omitzero"`

	// TrustHints lets the ratecliff-* request headers replace the estimate of the
	// prompt, the output length, the identity for random draws and the key. Off
	// for clients that are judged.
	TrustHints bool `yaml:"trust_hints,omitempty" json:"trust_hints,omitempty"`

	// WriteEvery is the shortest gap on the wall between two writes of one
	// stream; 0 means 50 ms, 20 writes a second.
	WriteEvery time.Duration `yaml:"write_every,omitempty" json:"write_every,omitempty"`

	// PingEvery is the gap between the pings of a stream, in the service's time; 0
	// means 15 s (assumed).
	PingEvery time.Duration `yaml:"ping_every,omitempty" json:"ping_every,omitempty"`

	// Batches says how fast batches are processed.
	Batches Batches `yaml:"batches,omitempty" json:"batches,omitzero"`

	// Strict narrows what requests may say.
	Strict Strict `yaml:"strict,omitempty" json:"strict,omitzero"`

	// Infrastructure adds the headers that the network before the API adds:
	// server, cf-ray and the like.
	Infrastructure bool `yaml:"infrastructure,omitempty" json:"infrastructure,omitempty"`

	// Content says what answers hold beside plain text.
	Content Content `yaml:"content,omitempty" json:"content,omitzero"`

	// Grace is how long on the wall [Server.Serve] lets answers finish once it is
	// told to stop; 0 means 5 s.
	Grace time.Duration `yaml:"grace,omitempty" json:"grace,omitempty"`

	// Organization and Workspace are the ids in the answers' headers; empty means
	// a fixed made-up one.
	Organization string `yaml:"organization,omitempty" json:"organization,omitempty"`
	Workspace    string `yaml:"workspace,omitempty" json:"workspace,omitempty"`

	// Clock says what moves time; empty means the wall. A stepped clock stands
	// still until it is told to move, starts at the instant of [New], and does
	// not compress.
	Clock Clock `yaml:"clock,omitempty" json:"clock,omitempty"`

	// Tail is how many of the last journal and ledger lines are kept for the admin
	// endpoints; 0 keeps none, and without a Journal or a Ledger to write to then
	// leaves out their cost.
	Tail int `yaml:"tail,omitempty" json:"tail,omitempty"`

	// Journal gets one line per exchange, nil for none. It is written to by one
	// goroutine at a time, and no answer waits for it: lines it is too slow for
	// are dropped and counted. The format is package journal's.
	Journal io.Writer `yaml:"-" json:"-"`

	// Ledger gets one line per decision with the exact level of every bucket that
	// it met, under the rules of Journal.
	Ledger io.Writer `yaml:"-" json:"-"`

	// Now is the wall clock; nil means [time.Now]. It must not run backwards and
	// must agree with the timers of the process.
	Now func() time.Time `yaml:"-" json:"-"`
}

// WithDefaults returns the configuration with every absent field that has a
// default filled in.
func (c Config) WithDefaults() Config {
	if c.Compress == 0 {
		c.Compress = 1
	}
	if c.Output.Kind == "" {
		c.Output = load.Dist{Kind: load.LogNormal, P50: 200, P90: 800, Min: 1, Cap: 8192}
	}
	if c.WriteEvery == 0 {
		c.WriteEvery = DefaultWriteEvery
	}
	if c.PingEvery == 0 {
		c.PingEvery = DefaultPingEvery
	}
	if c.Grace == 0 {
		c.Grace = DefaultGrace
	}
	if c.Organization == "" {
		c.Organization = DefaultOrganization
	}
	if c.Workspace == "" {
		c.Workspace = DefaultWorkspace
	}
	if c.Clock == "" {
		c.Clock = WallClock
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// Validate reports everything wrong with the configuration at once and changes
// nothing; paths are relative to it.
func (c Config) Validate() []load.Problem {
	problems := load.Under("model", c.Model.Validate())
	if c.Output.Kind != "" {
		problems = append(problems, load.Under("output", c.Output.Validate())...)
	}
	if c.Compress < 0 || math.IsNaN(c.Compress) || math.IsInf(c.Compress, 0) {
		problems = append(problems, load.Problem{Path: "compress", Message: "must be a number above 0, such as 60"})
	}
	if c.Clock != "" && c.Clock != WallClock && c.Clock != SteppedClock {
		problems = append(problems, load.Problem{Path: "clock", Message: "must be wall or stepped"})
	}
	if c.Clock == SteppedClock && c.Compress != 0 && c.Compress != 1 {
		problems = append(problems, load.Problem{Path: "compress", Message: "has no meaning on a stepped clock, which moves as fast as it is told"})
	}
	if c.Tail < 0 || c.Tail > MaxTail {
		problems = append(problems, load.Problem{Path: "tail", Message: "must be between 0 and 100,000 lines"})
	}
	if c.WriteEvery < 0 {
		problems = append(problems, load.Problem{Path: "write_every", Message: "must not be negative"})
	}
	if c.PingEvery < 0 {
		problems = append(problems, load.Problem{Path: "ping_every", Message: "must not be negative"})
	}
	problems = append(problems, load.Under("content", c.Content.Validate())...)
	problems = append(problems, load.Under("batches", c.Batches.Validate())...)
	problems = append(problems, load.Under("strict", c.Strict.Validate())...)
	if c.Grace < 0 {
		problems = append(problems, load.Problem{Path: "grace", Message: "must not be negative"})
	}
	return problems
}
