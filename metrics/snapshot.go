package metrics

import (
	"time"

	"ratecliff/load"
)

// Snapshot is what a recorder saw until End: plain data, independent of the
// recorder. It marshals to JSON and back without loss. Not safe for concurrent
// use while it is merged into.
type Snapshot struct {
	Config        Config         `json:"config"`
	End           time.Duration  `json:"end_ns"`
	Classes       []ClassStats   `json:"classes"`
	Attempts      AttemptStats   `json:"attempts"`
	Billed        []ModelTokens  `json:"billed"`         // tokens billed, sorted by model
	TokensRefused load.Tokens    `json:"tokens_refused"` // prompt tokens of attempts answered 429 or 529
	Herd          Herd           `json:"herd"`
	Lateness      Histogram      `json:"lateness"`
	Series        Series         `json:"series"`
	Pools         []PoolStats    `json:"pools,omitempty"`   // as Config.Limits, then one for what no pool covers
	Offered       []OfferedCosts `json:"offered,omitempty"` // cost of the arrivals by group of pools, see [Snapshot.Optimum]
	Confessions   Confessions    `json:"confessions"`
	Intervals     []Interval     `json:"-"` // only with Config.Intervals
}

// ClassStats are the figures of one class of arrivals.
type ClassStats struct {
	Name     string                     `json:"name"`
	Arrivals int64                      `json:"arrivals"`
	Sent     int64                      `json:"sent"` // attempts sent
	Finished Outcomes                   `json:"finished"`
	Degraded int64                      `json:"degraded"` // successes by another model than the one wanted
	Tokens   load.Tokens                `json:"tokens"`   // of the successes
	Timings  [load.OutcomeCount]Timings `json:"-"`        // by outcome of the arrival
}

// AttemptStats count the attempts.
type AttemptStats struct {
	Sent     int64      `json:"sent"`
	Answered Outcomes   `json:"answered"`
	Refused  Dimensions `json:"refused"`   // 429 answers, by the limit they named
	Causes   []Cause    `json:"causes"`    // what was not OK, by cause, sorted
	ByNumber []int64    `json:"by_number"` // answered attempts that were a call's 1st, 2nd, …; the last entry holds the 16th and beyond
}

// Cause is one way in which attempts ended other than well.
type Cause struct {
	Outcome   load.Outcome   `json:"outcome"`
	Dimension load.Dimension `json:"dimension"`
	Status    int            `json:"status"` // HTTP status; 0 when no response arrived
	ErrorType string         `json:"error_type,omitempty"`
	Count     int64          `json:"count"`
}

// ModelTokens are the tokens billed for one model.
type ModelTokens struct {
	Model  string      `json:"model"`
	Tokens load.Tokens `json:"tokens"`
}

// Herd says how much the clients moved together.
type Herd struct {
	Peak                 int64         `json:"peak"`                    // attempts sent in the fullest 100 ms window
	PeakAfterFirstSecond int64         `json:"peak_after_first_second"` // the same from 1 s on
	LastSuccess          time.Duration `json:"last_success_ns"`         // 0 when there was none
	LastFinish           time.Duration `json:"last_finish_ns"`
	PeakInFlight         int64         `json:"peak_in_flight"` // sent and not answered
}

// Confessions are what the recorder could not keep exactly, and what the driver
// could not do in time.
type Confessions struct {
	Clamped      int64 `json:"clamped"`       // durations below 0 or above 24 h, recorded at that edge
	Dropped      int64 `json:"dropped"`       // arrivals the driver could not keep up with
	UnknownClass int64 `json:"unknown_class"` // events of a class that Config does not name, booked on the first
	OtherCauses  int64 `json:"other_causes"`  // refusals and failures beyond the 64 causes kept apart
	LateMax      int64 `json:"late_max_us"`   // worst dispatch lateness, µs
}

// Outcomes are counts by outcome; in JSON an object of those that are not 0.
type Outcomes [load.OutcomeCount]int64

// Dimensions are counts by limit; in JSON an object of those that are not 0.
type Dimensions [load.DimensionCount]int64

// Total is the sum of the counts.
func (o *Outcomes) Total() int64 { return total(o[:]) }

// Total is the sum of the counts.
func (d *Dimensions) Total() int64 { return total(d[:]) }

func total(counts []int64) (sum int64) {
	for _, n := range counts {
		sum += n
	}
	return sum
}
