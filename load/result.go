package load

import (
	"fmt"
	"slices"
	"time"
)

// Outcome is what became of an attempt or of an arrival. The zero value is
// Unfinished: the run ended before anything was known.
type Outcome uint8

// Outcomes. Attempts end OK, Throttled, Overloaded, Failed, TimedOut or
// Cancelled; arrivals end OK, Lost, TimedOut, Shed, Dropped or Unfinished.
const (
	Unfinished Outcome = iota
	OK
	Throttled  // 429, the server's limit
	Overloaded // 529, the server's capacity
	Failed     // any other status, a broken stream, the network
	TimedOut   // no answer within the deadline
	Lost       // retries gave up; the last attempt says why
	Shed       // our own queue or gate refused
	Dropped    // our driver could not keep up
	Cancelled  // we gave the attempt up: another copy of its call had succeeded
	OutcomeCount
)

var outcomeNames = [OutcomeCount]string{"unfinished", "ok", "throttled", "overloaded", "failed", "timed_out", "lost", "shed", "dropped", "cancelled"}

// String is the outcome's name in files and reports.
func (o Outcome) String() string {
	if o >= OutcomeCount {
		return "unknown"
	}
	return outcomeNames[o]
}

// MarshalText writes the name of the outcome.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads the name of an outcome.
func (o *Outcome) UnmarshalText(text []byte) error {
	i := slices.Index(outcomeNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("unknown outcome %q", text)
	}
	*o = Outcome(i)
	return nil
}

// Advice is a server's explicit word on retrying (x-should-retry).
type Advice uint8

// Advice values. The zero value is silence.
const (
	NoAdvice Advice = iota
	DoRetry
	DoNotRetry
)

// Response is what came back for one attempt, as the client saw it.
type Response struct {
	Outcome       Outcome
	Status        int           // HTTP status; 0 when no response arrived
	Dimension     Dimension     // the limit a 429 named, where it can be told
	ErrorType     string        // error.type of the body, "" on success
	ErrorCode     string        // error.details.error_code, "" when absent
	RetryAfter    time.Duration // meaningful only with HasRetryAfter; may be 0 or negative
	HasRetryAfter bool
	DateForm      bool // the header was an HTTP date, which not every client reads
	Advice        Advice
	Limits        LimitStatuses
	Usage         Tokens // what the server billed
}

// Target is where an attempt goes.
type Target struct {
	Key      int    // index of the API key, from 0
	Model    string // model actually asked
	Degraded bool   // not the model the arrival wanted
}

// Attempt is one HTTP exchange made for an arrival.
type Attempt struct {
	N          int // from 1
	Target     Target
	Scheduled  time.Duration // when the engine wanted it sent
	Started    time.Duration // when it was sent
	FirstToken time.Duration // 0 when no token came
	Done       time.Duration
	Unseen     int // further requests made below this attempt, by a client of others that retries by itself
	Response   Response
}

// Result is what became of an arrival: one per arrival, emitted once.
type Result struct {
	Arrival   Arrival
	Outcome   Outcome
	Attempts  int
	QueueWait time.Duration // total time ready to go but held by queue and gates
	Backoff   time.Duration // total time asleep between attempts
	Finished  time.Duration
	Last      Attempt   // the last attempt; zero when none was sent
	History   []Attempt // all attempts when the run keeps them, else nil; valid until the call returns
}

// Response time: from the scheduled instant to the end, so that waiting counts
// (no coordinated omission).
func (r *Result) ResponseTime() time.Duration { return r.Finished - r.Arrival.Due }
