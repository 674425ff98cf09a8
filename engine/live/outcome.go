package live

import (
	"time"

	"ratecliff/engine"
	"ratecliff/load"
)

// Outcome is how a run ended.
type Outcome struct {
	Started  time.Time     // wall clock at instant 0
	End      time.Duration // instant of the last event
	Events   int64         // events given to the engine
	Partial  bool          // interrupted: arrivals that were still to come never came
	Arrived  int64
	Sent     int64                    // attempts that went out
	Results  [load.OutcomeCount]int64 // arrivals by what became of them
	Dropped  int64                    // attempts dropped because the backlog was full
	Expired  int64                    // attempts whose time limit passed in the backlog
	Cut      int64                    // attempts cancelled when the grace was over
	Peak     Peak
	Exchange Exchanges
	Digest   engine.Digest // of the engine's actions, to compare with a replay; empty without Config.Tap
}

// Peak holds the highest values seen.
type Peak struct {
	InFlight int // attempts at once
	Backlog  int // attempts held back by the ceiling
}

// Exchanges sums up how attempts went on the network, in wall time. Divide a
// total by Timed for its mean.
type Exchanges struct {
	Opened    int64         // attempts that waited for a new connection
	Reused    int64         // attempts on a connection that had served before
	Timed     int64         // attempts whose times are in the totals
	Connect   time.Duration // total, start → connection at hand
	Write     time.Duration // total, connection at hand → request written
	FirstByte time.Duration // total, request written → first byte of the response
}

// Status is a copy of a run's state under way.
type Status struct {
	Elapsed   time.Duration // run time
	Arrived   int64
	Succeeded int64                      // arrivals
	Refused   [load.DimensionCount]int64 // attempts answered 429, by dimension
	InFlight  int                        // attempts, those held back by the ceiling included
	Waiting   int                        // calls held by queue and gates
	Sleeping  int                        // calls between two attempts
	Remaining load.LimitStatuses         // as the service last said
}
