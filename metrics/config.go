package metrics

import (
	"time"

	"ratecliff/load"
)

// Config says what a [Recorder] is to know. It is read only after NewRecorder.
type Config struct {
	Classes    []string         `json:"classes"`              // names, indexed as load.Arrival.Class; empty means one class without a name
	Duration   time.Duration    `json:"duration_ns"`          // planned duration of the arrivals
	Horizon    time.Duration    `json:"horizon_ns,omitempty"` // until when the driver would wait for answers (duration plus drain); 0 means Duration
	Limits     []PoolLimits     `json:"limits,omitempty"`     // limits where they are known; empty means unknown
	Tenants    []string         `json:"tenants,omitempty"`    // by class; empty or all the same means one tenant
	Priorities []load.Priority  `json:"priorities,omitempty"` // by class; empty means all alike
	Permits    Permits          `json:"permits,omitempty"`    // how the strategy holds permits of a concurrency limit
	Outages    []Outage         `json:"outages,omitempty"`    // when the server was out or short, as far as it is known
	Prices     map[string]Price `json:"prices,omitempty"`     // by model asked; a billed model without a price withholds the cost
	Objectives []Objective      `json:"objectives,omitempty"` // by class; empty or zero ones judge nothing
	Intervals  bool             `json:"-"`                    // keep a histogram per bin, for WriteIntervals; meant for live runs
}

// Objective says when an arrival was served well: it ended OK within
// ResponseTime of its due instant, and its first token came within FirstToken of
// it. 0 sets no bound; the zero Objective is none.
type Objective struct {
	ResponseTime time.Duration `json:"response_time_ns,omitempty"`
	FirstToken   time.Duration `json:"first_token_ns,omitempty"`
}

// objective is what the arrivals of a class are held to.
func (c *Config) objective(class int) Objective {
	if class < 0 || class >= len(c.Objectives) {
		return Objective{}
	}
	return c.Objectives[class]
}

// met says whether a success kept the objective.
func (o Objective) met(r *load.Result) bool {
	return (o.ResponseTime == 0 || r.ResponseTime() <= o.ResponseTime) &&
		(o.FirstToken == 0 || r.Last.FirstToken-r.Arrival.Due <= o.FirstToken)
}

// Permits says how a strategy holds the permits of its concurrency limit.
type Permits uint8

// Ways of holding permits. The zero value is a strategy without such a limit.
const (
	NoPermits     Permits = iota
	PermitPerTry          // held while an attempt is under way
	PermitPerCall         // held through all attempts of a call and the sleeps between
)

// Outage is a time during which the server served nothing, or less than it
// should.
type Outage struct {
	From time.Duration `json:"from_ns"`
	To   time.Duration `json:"to_ns"`
}

// Price is what a model costs, in US dollars per million tokens.
type Price struct {
	Input      float64 `json:"input"`
	CacheWrite float64 `json:"cache_write"`
	CacheRead  float64 `json:"cache_read"`
	Output     float64 `json:"output"`

	// Long is the price of a request whose whole prompt is longer than LongAbove
	// tokens; nil where one price holds for all.
	Long      *Price `json:"long,omitempty"`
	LongAbove int64  `json:"long_above,omitempty"`
}

// PoolLimits are the known limits of one pool: the models (and keys) that share
// its buckets.
type PoolLimits struct {
	Name   string   `json:"name"`
	Models []string `json:"models,omitempty"` // models served from this pool; empty means every model
	Keys   []int    `json:"keys,omitempty"`   // API keys that draw on it; empty means every key
	RPM    Limit    `json:"rpm"`
	ITPM   Limit    `json:"itpm"`
	OTPM   Limit    `json:"otpm"`

	CacheReadsCount bool      `json:"cache_reads_count,omitempty"` // cache reads are charged against ITPM too
	Output          OutputUse `json:"output_use,omitempty"`        // when output is charged
}

// Limit is one bucket. The zero value is no limit.
type Limit struct {
	PerMinute int64 `json:"per_minute"`
	Burst     int64 `json:"burst"`           // capacity of the bucket
	Level     int64 `json:"level,omitempty"` // units in the bucket at the start
}

// known says whether there is a limit at all.
func (l Limit) known() bool { return l.PerMinute > 0 }

// OutputUse says when the output of a request is charged against OTPM. It
// decides how much OTPM bounds what is possible.
type OutputUse uint8

// Output uses. The zero value is the weakest claim.
const (
	OutputAsProduced OutputUse = iota // drained while it streams: the bucket may go into debt
	OutputUpFront                     // max_tokens or the output itself charged on admission, settled at the end
	OutputAtEnd                       // charged when the request is done: the bucket may go into debt
)
