package load

import "time"

// Kinds of arrival process, the value of a scenario's `process:` key.
const (
	Constant   = "constant"
	Poisson    = "poisson"
	Gamma      = "gamma"
	OnOff      = "on-off"
	Burst      = "burst"
	Ramp       = "ramp"
	Steps      = "steps"
	Sinusoid   = "sinusoid"
	ClosedLoop = "closed-loop"
	Sessions   = "sessions"
	Replay     = "replay"
)

// Shapes of on-off periods and of ramps, the value of a scenario's `shape:` key.
const (
	Linear      = "linear"
	Exponential = "exponential" // also the name of a [Dist]
	Fixed       = "fixed"       // also the name of a [Dist]
)

// Ways a session's context grows, the value of a scenario's `growth:` key.
const (
	GrowthNone   = "none"   // every turn stands alone
	GrowthResend = "resend" // all that was said before is sent again as uncached input
	GrowthCache  = "cache"  // what was sent before is read from the cache, what is new is written to it
)

// Process says when the arrivals of a class are due. It is flat: Kind selects
// the process, and each kind uses some of the fields (named in brackets below,
// * marks a required one); a field the kind does not use must stay zero.
//
//	constant     arrival i (from 0) is due at exactly i/rate              [rate*]
//	poisson      independent exponential gaps                             [rate*]
//	gamma        gamma gaps, mean 1/rate, coefficient of variation cv     [rate* cv*]
//	on-off       gaps as poisson (or gamma, with cv) while on, none while
//	             off; starts on                                           [rate* on* off* shape cv]
//	burst        n at once at `at`, then again every `every`              [n* at every]
//	ramp         rate from `from` to `to` over `over`, then `to`          [from* to over doubling shape even]
//	steps        one rate after the other; nothing after the last         [steps* even]
//	sinusoid     a daily curve: mean and peak-to-mean ratio               [mean* peak_to_mean* period* phase even]
//	closed-loop  users who call, wait for the end, think, call again      [users* think over]
//	sessions     conversations of several turns                           [rate or users, turns*, think pause growth context over]
//	replay       the instants of a trace                                  [file* format time_scale slice_from slice_to rows sort]
//
// Open processes (all but closed-loop and sessions) do not react to the server.
// Think times, pauses and gaps are distributions of seconds.
type Process struct {
	Kind string `yaml:"process"` // which process; the other fields depend on it

	Rate Rate    `yaml:"rate,omitempty"` // mean arrivals; on-off: while on; sessions: starts of sessions, Poisson
	CV   float64 `yaml:"cv,omitempty"`   // standard deviation of gaps ÷ their mean; on-off: 0 means 1 (Poisson)

	On    time.Duration `yaml:"on,omitempty"`    // mean length of an on period
	Off   time.Duration `yaml:"off,omitempty"`   // mean length of an off period
	Shape string        `yaml:"shape,omitempty"` // on-off: exponential (default) or fixed periods; ramp: linear (default) or exponential

	N     int           `yaml:"n,omitempty"`     // arrivals at once
	At    time.Duration `yaml:"at,omitempty"`    // instant of the first burst; 0 is the start
	Every time.Duration `yaml:"every,omitempty"` // distance of bursts; 0 means only one

	From     Rate          `yaml:"from,omitempty"`     // rate at the start; 0 only on a linear ramp
	To       Rate          `yaml:"to,omitempty"`       // rate at the end; with doubling, where growth stops (0: nowhere)
	Over     time.Duration `yaml:"over,omitempty"`     // length of the ramp; closed loops and sessions: users join evenly over it, 0: all at once
	Doubling time.Duration `yaml:"doubling,omitempty"` // exponential growth, doubling in this time; instead of over
	Even     bool          `yaml:"even,omitempty"`     // ramp, steps, sinusoid: without chance, evenly on the integral of the rate; default Poisson

	Steps []Step `yaml:"steps,omitempty"` // spans of constant rate, one after the other

	Mean       Rate          `yaml:"mean,omitempty"`         // mean over a period
	PeakToMean float64       `yaml:"peak_to_mean,omitempty"` // peak rate ÷ mean rate, at least 1
	Period     time.Duration `yaml:"period,omitempty"`       // 24h for a day
	Phase      time.Duration `yaml:"phase,omitempty"`        // where in the period the run starts; 0 is the mean rate, rising (up to peak_to_mean 2)

	Users   int    `yaml:"users,omitempty"`   // simultaneous users
	Think   Dist   `yaml:"think,omitempty"`   // seconds from the end of a call to the next; zero Dist means none
	Turns   Dist   `yaml:"turns,omitempty"`   // calls per session, rounded, at least 1 and at most 65,535
	Pause   Dist   `yaml:"pause,omitempty"`   // sessions with users: seconds between sessions; zero Dist means as think
	Growth  string `yaml:"growth,omitempty"`  // resend (default), cache or none
	Context int64  `yaml:"context,omitempty"` // most tokens of history a turn carries, older ones are dropped; 0 means no limit

	File      string        `yaml:"file,omitempty"`       // path of the trace, relative to the scenario file; to [Plan.Stream], its name
	Format    string        `yaml:"format,omitempty"`     // azure, burstgpt, mooncake or jsonl; "" lets the reader tell from the first line
	TimeScale float64       `yaml:"time_scale,omitempty"` // offsets are multiplied by it: 0.5 is twice as fast; 0 means 1
	SliceFrom time.Duration `yaml:"slice_from,omitempty"` // start of the slice within the trace, which becomes the start of the run
	SliceTo   time.Duration `yaml:"slice_to,omitempty"`   // end of the slice, exclusive; 0 means the end of the trace
	Rows      int           `yaml:"rows,omitempty"`       // at most so many rows of the slice; 0 means all
	Sort      bool          `yaml:"sort,omitempty"`       // allows a trace that is out of order and sorts it, stably
}

// Step is a span of constant rate.
type Step struct {
	Rate Rate          `yaml:"rate"` // mean arrivals; 0 is a pause
	For  time.Duration `yaml:"for"`  // how long; 0, on the last step only, means to the end of the run
}
