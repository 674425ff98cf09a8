package scenario

import (
	"time"

	"ratecliff/load"
	"ratecliff/mockserver/model"
	"ratecliff/policy/breaker"
	"ratecliff/policy/concurrency"
	"ratecliff/policy/governor"
	"ratecliff/policy/hedge"
	"ratecliff/policy/limiter"
	"ratecliff/policy/queue"
	"ratecliff/policy/retry"
	"ratecliff/policy/route"
	"ratecliff/policy/throttle"
	"ratecliff/scenario/yamlx"
)

// Version is the only version of the file format there is.
const Version = 1

// Defaults of a scenario file.
const (
	DefaultSeed     = 1
	DefaultDrain    = 10 * time.Minute
	DefaultModel    = "claude-sonnet-5" // the class most tiers are sized by
	DefaultPriority = load.Medium
	DefaultSLOShare = 0.95
	DefaultProfile  = "start" // lowest tier with published limits (2026)
)

// Scenario is one loaded file, overrides included, without its matrix applied;
// see [Scenario.Expand].
type Scenario struct {
	Name         string
	Description  string
	Seed         uint64
	Duration     time.Duration  // arrivals are generated for this long
	Drain        time.Duration  // how long calls in progress may still finish afterwards
	Server       model.Config   // a profile from a file stands in Pools
	Profile      *model.Profile // the profile behind Server, embedded or from a file; nil without one
	Classes      []Class
	Strategies   []Strategy
	Matrix       []Axis
	SLO          SLO // the zero SLO is none
	Expectations []Expectation
	Traces       []TraceFile // trace files the classes replay, each once
	Hash         string      // SHA-256 of the effective document, overrides included
	File         string      // name it was loaded under
	Text         string      // source text as given

	root    *yamlx.Node // effective tree, for Expand
	matrix  []axis
	options Options
}

// Class is one kind of traffic with what only the report needs of it.
type Class struct {
	load.Class
	SLO      SLO  // the class's own objective; zero means the scenario's
	Oversize bool // requests that can never be admitted are meant
}

// SLO says when an arrival was served well: answered OK within ResponseTime of
// its due instant and, when FirstToken is set, with the first token within
// FirstToken of it.
type SLO struct {
	// ResponseTime is the most an arrival may take from its due instant to its
	// end. 0 sets no bound.
	ResponseTime time.Duration `yaml:"response_time"`
	// FirstToken is the most an arrival may take from its due instant to its
	// first token. 0 sets no bound.
	FirstToken time.Duration `yaml:"first_token"`
	// Share of arrivals that must be served well, 0 to 1. 0 means 0.95.
	Share float64 `yaml:"share"`
}

// IsZero says that nothing is bounded.
func (s SLO) IsZero() bool { return s.ResponseTime == 0 && s.FirstToken == 0 }

// Scope says how many copies of a strategy's queue and gates there are.
type Scope string

// Scopes.
const (
	Worker Scope = "worker" // each client process has its own queue and gates
	Shared Scope = "shared" // one queue and one set of gates for all
)

// Strategy is one client policy as configuration; assembling it is the job of
// whoever knows the engine.
type Strategy struct {
	// Name is how reports and expectations call it. Letters, digits, - and _.
	Name string `yaml:"name"`
	// Description is one sentence for reports.
	Description string `yaml:"description"`
	// Source says where the numbers come from.
	Source string `yaml:"source"`
	// Scope says who shares the queue and the gates. Absent means worker.
	Scope Scope `yaml:"scope"`
	// Queue orders the calls that are ready to go. Absent means unbounded FIFO.
	Queue queue.Config `yaml:"queue"`
	// Concurrency caps the calls in flight. Absent means no cap.
	Concurrency *concurrency.Config `yaml:"concurrency"`
	// Limiter paces calls on the client's side. Absent means no pacing.
	Limiter *limiter.Config `yaml:"limiter"`
	// Window limits calls on the client's side by counting in windows. Absent
	// means no such limiter.
	Window *limiter.WindowConfig `yaml:"window"`
	// Breaker stops sending after failures. Absent means none.
	Breaker *breaker.Config `yaml:"breaker"`
	// Throttle refuses calls on the client's side while the server refuses many.
	// Absent means none.
	Throttle *throttle.Config `yaml:"throttle"`
	// Governor paces calls at a rate it learns from the answers. Absent means
	// none.
	Governor *governor.Config `yaml:"governor"`
	// Hedge sends a call a second time when its answer is late. Absent means
	// never.
	Hedge *hedge.Config `yaml:"hedge"`
	// Route chooses key and model. Absent means one key and the asked model.
	Route route.Config `yaml:"route"`
	// Retry lists the retry layers, inner to outer, at most four. Absent means
	// no retries.
	Retry []retry.Config `yaml:"retry"`
	// Libraries lists client libraries of others that run as they ship, in the
	// place of what is imitated: their gates stand after the breaker, their delay
	// functions are retry layers inside those of Retry. Absent means none.
	Libraries []Library `yaml:"libraries"`

	// Text is the whole strategy as YAML, whatever it was inherited from.
	Text string `yaml:"-"`
}

// TraceFile is a trace that a class replays.
type TraceFile struct {
	Name   string // as written in the file: the key of the map given to load.Plan.Stream
	Path   string // resolved relative to the scenario file
	Format string // azure, burstgpt, mooncake, jsonl; "" lets the reader tell
	Sort   bool   // some class that replays it allows sorting
}

// Plan is the traffic of the scenario.
func (s *Scenario) Plan() load.Plan {
	p := load.Plan{Seed: s.Seed, Duration: s.Duration, Classes: make([]load.Class, len(s.Classes))}
	for i := range s.Classes {
		p.Classes[i] = s.Classes[i].Class
	}
	return p
}

// Strategy is the strategy of a name, or nil.
func (s *Scenario) Strategy(name string) *Strategy {
	for i := range s.Strategies {
		if s.Strategies[i].Name == name {
			return &s.Strategies[i]
		}
	}
	return nil
}
