package metrics

import (
	"slices"
	"time"

	"ratecliff/load"
)

// Snapshot is what a recorder saw until End: plain data, independent of the
// recorder. Apart from Intervals it marshals to JSON and back without loss. Not
// safe for concurrent use while it is merged into.
type Snapshot struct {
	Config        Config         `json:"config"`
	End           time.Duration  `json:"end_ns"`
	Classes       []ClassStats   `json:"classes"`
	Attempts      AttemptStats   `json:"attempts"`
	Billed        []ModelTokens  `json:"billed"`         // tokens billed, sorted by model
	TokensRefused load.Tokens    `json:"tokens_refused"` // prompt tokens of attempts answered 429 or 529
	Herd          Herd           `json:"herd"`
	Lateness      Histogram      `json:"lateness,omitzero"`
	Series        Series         `json:"series"`
	Pools         []PoolStats    `json:"pools"`                // as Config.Limits, then one for what no pool covers
	Sizes         []SizeCell     `json:"sizes,omitempty"`      // arrivals and successes by size, ascending
	Priorities    uint8          `json:"priorities,omitempty"` // bit p: calls of priority p arrived; bit 7 and beyond
	Watched       bool           `json:"watched,omitempty"`    // the server's buckets were watched, so that PoolStats.Spilled is known
	Offered       []OfferedCosts `json:"offered"`              // by group of pools, at the place of its first pool; then one for what no pool covers
	Confessions   Confessions    `json:"confessions"`
	Intervals     []Interval     `json:"-"` // only with Config.Intervals
}

// ClassStats are the figures of one class of arrivals.
type ClassStats struct {
	Name      string         `json:"name"`
	Arrivals  int64          `json:"arrivals"`
	Sent      int64          `json:"sent"` // attempts sent
	Finished  Outcomes       `json:"finished"`
	Met       int64          `json:"met,omitempty"`       // successes that kept the class's objective; 0 without one
	Degraded  int64          `json:"degraded"`            // successes by another model than the one wanted
	Useful    int64          `json:"useful,omitempty"`    // successes by the model wanted, before the deadline
	Deadline  int64          `json:"deadlines,omitempty"` // arrivals with a deadline
	InTime    int64          `json:"in_time,omitempty"`   // of those, the ones that ended OK before it
	Granted   int64          `json:"granted,omitempty"`   // attempts that were served
	Inverted  int64          `json:"inverted,omitempty"`  // of those, sent while a more urgent call was waiting or asleep
	Inflicted int64          `json:"inflicted,omitempty"` // attempts refused that the tenant alone would not have had refused
	Tokens    load.Tokens    `json:"tokens"`              // of the successes
	Timings   OutcomeTimings `json:"timings"`             // by outcome of the arrival
}

// AttemptStats count the attempts.
type AttemptStats struct {
	Sent     int64      `json:"sent"`
	Answered Outcomes   `json:"answered"`
	Refused  Dimensions `json:"refused"`            // 429 answers, by the limit they named
	Causes   []Cause    `json:"causes"`             // what was not OK, by cause, sorted
	ByLayer  []int64    `json:"by_layer,omitempty"` // attempts sent, by what ordered them: the arrival, then the retry layers from the innermost; further copies left out
	ByNumber []int64    `json:"by_number"`          // answered attempts that were a call's 1st, 2nd, …; the last of 16 holds all beyond
}

// Cause is one way in which attempts ended other than well.
type Cause struct {
	Outcome   string `json:"outcome"`
	Dimension string `json:"dimension"` // the limit a 429 named, "none" else
	Status    int    `json:"status"`    // HTTP status; 0 when no response arrived
	ErrorType string `json:"error_type,omitempty"`
	Count     int64  `json:"count"`
}

// ModelTokens are the tokens billed for one model at one price.
type ModelTokens struct {
	Model  string      `json:"model"`
	Long   bool        `json:"long,omitempty"` // at the price of long prompts
	Tokens load.Tokens `json:"tokens"`
}

// Herd says how much the clients moved together.
type Herd struct {
	Peak                 int64         `json:"peak"`                     // attempts sent in the fullest 100 ms window of a grid from instant 0
	PeakAfterFirstSecond int64         `json:"peak_after_first_second"`  // the same from 1 s on
	Windows              int64         `json:"windows,omitempty"`        // such windows from 1 s on to the last attempt
	Later                int64         `json:"later,omitempty"`          // attempts sent from 1 s on
	Squares              int64         `json:"squares,omitempty"`        // Σ of the squared counts of those windows
	LastSuccess          time.Duration `json:"last_success_ns"`          // 0 when there was none
	LastWanted           time.Duration `json:"last_wanted_ns,omitempty"` // the same by the model wanted; 0 when that is LastSuccess
	LastFinish           time.Duration `json:"last_finish_ns"`           // of any arrival that did not stay unfinished
	PeakInFlight         int64         `json:"peak_in_flight"`           // most attempts sent and not answered
}

// PoolStats are what one pool served.
type PoolStats struct {
	Name       string        `json:"name"`
	Served     Costs         `json:"served"`             // by all attempts that were let through
	Succeeded  int64         `json:"succeeded"`          // arrivals, by the model wanted; so are all successes below
	MinService time.Duration `json:"min_service_ns"`     // shortest service time of a success; 0 without one
	LastIdeal  time.Duration `json:"last_ideal_ns"`      // largest due instant + service time of a success
	MaxOutput  int64         `json:"max_output"`         // largest output billed
	Waits      int64         `json:"waits_us,omitempty"` // Σ over successes of the time from due to the start of the attempt that served it, µs
	Dues       int64         `json:"dues_us,omitempty"`  // Σ of their due instants, µs
	Spilled    Costs         `json:"spilled,omitzero"`   // refill lost to a full bucket while calls waited or slept, thousandths of a token
	ByArrival  []Costs       `json:"by_arrival"`         // cost of the successes by bin (Series.Width) of their due instant
}

// Confessions are what the recorder could not keep exactly, and what the driver
// could not do in time.
type Confessions struct {
	Clamped      int64         `json:"clamped"`       // durations below 0 or above 24 h, recorded at that edge
	Dropped      int64         `json:"dropped"`       // arrivals the driver could not keep up with
	UnknownClass int64         `json:"unknown_class"` // events of a class that Config does not name, booked on the first
	OtherCauses  int64         `json:"other_causes"`  // attempts that were not OK beyond the 64 causes kept apart
	LateMax      time.Duration `json:"late_max_ns"`   // worst dispatch lateness, to three digits
}

// Snapshot is what was recorded until end. The recorder may go on afterwards.
func (r *Recorder) Snapshot(end time.Duration) *Snapshot {
	r.line.flushAll(end)
	s := &Snapshot{
		Config: r.cfg, End: end, Attempts: r.attempts.stats(), Billed: cloned(r.billed), TokensRefused: r.refused,
		Herd: r.herd.stats(), Lateness: r.late.histogram(), Series: Series{r.line.width, cloned(r.line.bins)},
		Confessions: r.confess,
	}
	s.Attempts.Sent = r.herd.sentTotal
	s.Sizes, s.Watched = r.sizes.cells(), r.watched
	s.Priorities = r.urgency.seen
	s.Confessions.LateMax = s.Lateness.Max()
	slices.SortFunc(s.Billed, func(a, b ModelTokens) int { return a.order(&b) })
	for i := range r.classes {
		c := r.classes[i].ClassStats
		for o := range c.Timings {
			c.Timings[o] = r.classes[i].timings[o].timings()
		}
		s.Classes = append(s.Classes, c)
	}
	for i := range r.pools {
		p := r.pools[i]
		if i < len(r.cfg.Limits) {
			p.Name = r.cfg.Limits[i].Name
		}
		p.ByArrival = cloned(r.line.pools[i])
		s.Pools, s.Offered = append(s.Pools, p), append(s.Offered, r.offered[i].costs())
	}
	if r.cfg.Intervals {
		s.Intervals = r.intervals.snapshot(r.line.width)
	}
	return s
}

// cloned is a copy of a list, nil when it is empty, however it came to be so.
func cloned[T any](list []T) []T { return append([]T(nil), list...) }
