package metrics

import "time"

// MaxBins bounds the memory of a series: beyond it, pairs of bins merge and the
// width doubles.
const MaxBins = 4096

// FirstWidth is the width of the bins of a young series.
const FirstWidth = time.Second

// Series is what happened over time, in bins of equal width from instant 0.
// Every figure is additive, under merging of bins as well as of series.
type Series struct {
	Width time.Duration `json:"width_ns"` // 1 s times a power of two
	Bins  []Bin         `json:"bins"`
}

// Bin is one bin of a series. Arrivals count where they were due, attempts
// where they were sent, answers and ends where they happened. The level figures
// are time integrals in value·ms; divide by the width in ms for a mean, the
// Remaining ones by their known time.
type Bin struct {
	Arrivals   int64      `json:"arrivals,omitempty"`
	Attempts   int64      `json:"attempts,omitempty"`
	OK         int64      `json:"ok,omitempty"`         // arrivals that ended well
	Throttled  Dimensions `json:"throttled,omitzero"`   // attempts answered 429, by the limit named
	Overloaded int64      `json:"overloaded,omitempty"` // attempts answered 529
	Failed     int64      `json:"failed,omitempty"`     // attempts that failed otherwise
	TimedOut   int64      `json:"timed_out,omitempty"`  // attempts without an answer in time
	Ended      Outcomes   `json:"ended,omitzero"`       // arrivals by outcome, OK included
	Waiting    int64      `json:"waiting_ms,omitempty"`
	InFlight   int64      `json:"in_flight_ms,omitempty"`
	Sleeping   int64      `json:"sleeping_ms,omitempty"`
	Remaining  [3]int64   `json:"remaining_ms,omitzero"` // rpm, itpm, otpm as last advertised
	Known      [3]int64   `json:"known_ms,omitzero"`     // ms during which Remaining was known
}

// Costs are requests, metered input tokens and output tokens: what is charged
// against RPM, ITPM and OTPM.
type Costs [3]int64

// PoolStats are what one pool served.
type PoolStats struct {
	Name       string        `json:"name"`
	Served     Costs         `json:"served"`         // by all attempts that were let through
	Succeeded  int64         `json:"succeeded"`      // arrivals
	MinService time.Duration `json:"min_service_ns"` // shortest service time of a success; 0 without one
	LastIdeal  time.Duration `json:"last_ideal_ns"`  // largest due instant + service time of a success
	MaxOutput  int64         `json:"max_output"`     // largest output of a success
	ByArrival  []Costs       `json:"by_arrival"`     // cost of the successes by bin (Series.Width) of their due instant
}

// OfferedCosts are the costs of all arrivals that a group of pools was offered,
// in logarithmic cells.
type OfferedCosts struct {
	Arrivals int64     `json:"arrivals"`
	Cells    [2][]Cell `json:"cells"` // metered input, output: Cell.From is the lower edge, in tokens
}

// Interval is the distributions of the successes that ended in one bin.
type Interval struct {
	From, To time.Duration
	Timings  Timings
}
