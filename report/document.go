package report

// SchemaVersion is the version of summary.json and charts.json that this
// package writes. A reader refuses a higher one.
const SchemaVersion = 1

// Document is a finished comparison, the only thing writers see. Its JSON is
// summary.json. The zero value is an empty report without a verdict.
type Document struct {
	SchemaVersion int          `json:"schema_version"`
	Tool          Tool         `json:"tool"`
	Scenario      Scenario     `json:"scenario"`
	Clock         Clock        `json:"clock"`
	Compress      float64      `json:"compress,omitempty"` // scenario time per wall time; 0 and 1 mean none
	Target        string       `json:"target"`             // "mock" or a base URL without credentials
	Seed          uint64       `json:"seed"`
	Seeds         int          `json:"seeds"` // runs per cell, seed, seed+1, …
	Provenance    Provenance   `json:"provenance"`
	Started       string       `json:"started,omitempty"`   // RFC 3339; only on the wall clock, so that virtual runs repeat byte for byte
	Command       string       `json:"command,omitempty"`   // how to repeat it
	Baseline      string       `json:"baseline,omitempty"`  // strategy the paired differences are taken against
	Sentence      string       `json:"sentence,omitempty"`  // the finding in one sentence; see [Document.Conclude]
	Stability     *Stability   `json:"stability,omitempty"` // nil without two settings and two strategies
	Bands         []Band       `json:"bands,omitempty"`     // where an outage decides; empty without a sweep of the load
	Power         *Power       `json:"power,omitempty"`     // nil where the number of seeds was given
	Cells         []Cell       `json:"cells"`
	Verdicts      []Verdict    `json:"verdicts,omitempty"`
	Confessions   []Confession `json:"confessions,omitempty"`
	Prices        *Dated       `json:"prices,omitempty"`  // nil when no price was used
	Profile       *Dated       `json:"profile,omitempty"` // nil when the target is no mock

	// Charts is the heavy part, written as charts.json. Nil leaves the charts out.
	Charts *Charts `json:"-"`
}

// Tool says which build produced the document.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
}

// Scenario says what was asked.
type Scenario struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Hash        string `json:"hash"`           // of the effective scenario, overrides included
	Text        string `json:"text,omitempty"` // the file as it was written
}

// Power says how the number of seeds was chosen: from a pilot, for a difference
// that is to be seen.
type Power struct {
	Pilot     int     `json:"pilot"`            // seeds of the pilot
	Metric    string  `json:"metric"`           // that the difference is in
	Detect    float64 `json:"detect"`           // the difference asked for, in the metric's unit
	Deviation float64 `json:"deviation"`        // of the paired differences to the baseline, the largest of all strategies and settings
	By        string  `json:"by"`               // the cell that has it, see [Cell.Label]
	Seeds     int     `json:"seeds"`            // played
	Capped    bool    `json:"capped,omitempty"` // more would have been needed
}

// Clock says which time a run used.
type Clock string

// The clocks.
const (
	Virtual Clock = "virtual"
	Wall    Clock = "wall"
)

// Provenance says where a number comes from.
type Provenance string

// Where numbers come from. Mixed is only for a document, never for a cell.
const (
	MeasuredLive   Provenance = "measured-live"
	MockCalibrated Provenance = "mock-calibrated" // simulated on a profile fitted to recorded live headers
	MockAssumed    Provenance = "mock-assumed"    // simulated on documented or assumed limits
	Mixed          Provenance = "mixed"
)

// Dated names a data file a result rests on.
type Dated struct {
	Name   string `json:"name,omitempty"`
	Date   string `json:"date"`
	Source string `json:"source,omitempty"`
}

// Cell is one strategy under one combination of matrix values, over all seeds.
type Cell struct {
	Strategy   string                `json:"strategy"`
	Settings   Settings              `json:"settings"`
	Provenance Provenance            `json:"provenance"`
	Rank       int                   `json:"rank,omitempty"`    // 1 is best among equal settings, ties share; 0 before [Document.Conclude]
	Pareto     bool                  `json:"pareto,omitempty"`  // on the front of success against attempts per success among equal servers
	Arrivals   int64                 `json:"arrivals"`          // over all seeds
	Binding    string                `json:"binding,omitempty"` // rpm, itpm or otpm: the limit with the least supply for what was asked; empty where none is known
	Refused    Refused               `json:"refused"`           // attempts over all seeds, by cause
	Metrics    map[string]Metric     `json:"metrics"`
	Classes    []ClassCell           `json:"classes,omitempty"`
	Versus     map[string]Difference `json:"versus,omitempty"` // paired, against the document's baseline

	perRun map[string][]float64 // one value per seed where every seed has one; not serialised
}

// ClassCell holds the metrics of one traffic class.
type ClassCell struct {
	Name     string            `json:"name"`
	Arrivals int64             `json:"arrivals,omitempty"` // over all seeds
	Metrics  map[string]Metric `json:"metrics"`
}

// Refused counts attempts that were turned away, by cause. Unit: attempts.
type Refused struct {
	RPM          int64 `json:"rpm"`
	ITPM         int64 `json:"itpm"`
	OTPM         int64 `json:"otpm"`
	Concurrency  int64 `json:"concurrency"`
	Acceleration int64 `json:"acceleration"`
	Spend        int64 `json:"spend"`
	Unnamed      int64 `json:"unnamed,omitempty"` // 429 that named no limit
	Overloaded   int64 `json:"overloaded"`        // 529
	Failed       int64 `json:"failed"`            // every other failure, timeouts included
}

// Cause is one named count of [Refused].
type Cause struct {
	Name  string
	Count int64
}

// Causes lists the counts in their fixed order, zeros included.
func (r *Refused) Causes() []Cause {
	return []Cause{
		{"rpm", r.RPM},
		{"itpm", r.ITPM},
		{"otpm", r.OTPM},
		{"concurrency", r.Concurrency},
		{"acceleration", r.Acceleration},
		{"spend", r.Spend},
		{"unnamed", r.Unnamed},
		{"overloaded", r.Overloaded},
		{"failed", r.Failed},
	}
}

// Total is the sum over all causes.
func (r *Refused) Total() int64 {
	var sum int64
	for _, c := range r.Causes() {
		sum += c.Count
	}
	return sum
}

// Confession is something the tool did or could not do that bears on how far
// the numbers can be trusted.
type Confession struct {
	Kind  string `json:"kind"`            // lateness, dropped, clamped, merge_loss, event_cap, partial, …
	Count int64  `json:"count,omitempty"` // how often; 0 where counting makes no sense
	Text  string `json:"text"`            // one sentence
}

// Outcome is how an expectation was judged.
type Outcome string

// Outcomes of a verdict. Inconclusive means that the number was withheld or
// that the expected bound lies inside its interval.
const (
	Pass         Outcome = "pass"
	Fail         Outcome = "fail"
	Inconclusive Outcome = "inconclusive"
)

// Verdict is one expectation judged on one cell.
type Verdict struct {
	Text     string   `json:"text"`    // the expectation as it was written
	Subject  string   `json:"subject"` // strategy name, "*" or "best"
	Cell     string   `json:"cell"`    // label of the cell judged, see [Cell.Label]
	Metric   string   `json:"metric"`
	Want     string   `json:"want"` // such as ">= 0.95"
	Got      string   `json:"got"`  // value with its interval, or why there is none
	Outcome  Outcome  `json:"outcome"`
	Line     int      `json:"line,omitempty"` // of the scenario file; 0 when unknown
	Warnings []string `json:"warnings,omitempty"`
}
