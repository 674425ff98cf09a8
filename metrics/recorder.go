package metrics

import (
	"time"

	"ratecliff/load"
)

// Recorder gathers the figures of one run. It belongs to one goroutine. Instants
// handed to it must not decrease. In the steady state it does not allocate.
type Recorder struct {
	cfg Config
}

// NewRecorder returns a recorder for one run.
func NewRecorder(cfg Config) *Recorder { return &Recorder{cfg: cfg} }

// Reset forgets the run but keeps the memory, for the next one.
func (r *Recorder) Reset() {}

// Arrived records that an arrival became due.
func (r *Recorder) Arrived(now time.Duration, a *load.Arrival) {}

// Sent records that an attempt of c was sent.
func (r *Recorder) Sent(now time.Duration, c *load.Call) {}

// Attempted records that an attempt of c ended.
func (r *Recorder) Attempted(now time.Duration, a *load.Attempt, c *load.Call) {}

// Finished records what became of an arrival.
func (r *Recorder) Finished(now time.Duration, res *load.Result) {}

// Gauge records how many calls wait, are in flight and sleep from now on.
func (r *Recorder) Gauge(now time.Duration, waiting, inFlight, sleeping int) {}

// Late records by how much a dispatch missed its instant.
func (r *Recorder) Late(d time.Duration) {}

// Snapshot is what was recorded until end. The recorder may go on afterwards.
func (r *Recorder) Snapshot(end time.Duration) *Snapshot { return &Snapshot{Config: r.cfg, End: end} }
