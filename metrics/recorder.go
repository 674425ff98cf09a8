package metrics

import (
	"slices"
	"time"

	"ratecliff/load"
)

// Recorder gathers the figures of one run. It belongs to one goroutine. The
// instants handed to it must not decrease. In the steady state it does not
// allocate: histograms and bins come with their first value and are kept
// through [Recorder.Reset].
type Recorder struct {
	cfg       Config
	classes   []classRecord
	attempts  attemptRecord
	billed    []ModelTokens
	twoPrices bool // some model has a price of its own for long prompts
	refused   load.Tokens
	herd      herd
	late      gauge
	line      timeline
	index     poolIndex
	group     []int // of each pool, and one for what no pool covers
	reads     bool  // cache reads count in every pool, so an arrival cannot do without
	pools     []PoolStats
	offered   []offers
	confess   Confessions
	sizes     sizes
	urgency   urgency
	beside    neighbours
	watched   bool // the driver tells what the server's buckets spill
	intervals intervals
}

// classRecord is ClassStats under construction.
type classRecord struct {
	ClassStats
	timings [load.OutcomeCount]timings
}

// NewRecorder returns a recorder for one run.
func NewRecorder(cfg Config) *Recorder {
	if len(cfg.Classes) == 0 {
		cfg.Classes = []string{""}
	}
	r := &Recorder{cfg: cfg, classes: make([]classRecord, len(cfg.Classes))}
	r.index.limits = cfg.Limits
	r.group = append(cfg.groups(), len(cfg.Limits))
	for _, p := range cfg.Prices {
		r.twoPrices = r.twoPrices || p.Long != nil
	}
	r.beside = newNeighbours(&cfg)
	r.reads = len(cfg.Limits) > 0
	for i := range cfg.Limits {
		r.reads = r.reads && cfg.Limits[i].CacheReadsCount
	}
	r.pools = make([]PoolStats, len(cfg.Limits)+1)
	r.offered = make([]offers, len(cfg.Limits)+1)
	r.Reset()
	return r
}

// Reset forgets the run but keeps the memory, for the next run under the same
// Config.
func (r *Recorder) Reset() {
	for i := range r.classes {
		c := &r.classes[i]
		c.ClassStats = ClassStats{Name: r.cfg.Classes[i]}
		for o := range c.timings {
			c.timings[o].reset()
		}
	}
	r.attempts.reset()
	r.billed = r.billed[:0]
	r.refused, r.herd, r.confess = load.Tokens{}, herd{window: -1}, Confessions{}
	r.late.reset()
	r.line.reset(len(r.pools))
	for i := range r.pools {
		r.pools[i] = PoolStats{}
		r.offered[i].reset()
	}
	r.intervals.reset()
	r.sizes.reset()
	r.urgency.reset()
	r.beside.reset()
	r.watched = false
}

// class is the record of a class; unknown ones are confessed and booked on the
// first.
func (r *Recorder) class(i int) *classRecord {
	if uint(i) >= uint(len(r.classes)) {
		r.confess.UnknownClass++
		i = 0
	}
	return &r.classes[i]
}

// Arrived records that an arrival became due.
func (r *Recorder) Arrived(_ time.Duration, a *load.Arrival) {
	class := r.class(a.Class)
	class.Arrivals++
	if a.Deadline > 0 {
		class.Deadline++
	}
	r.line.bin(a.Due).Arrivals++
	r.sizes.add(a, false)
	r.urgency.add(a.Priority, 1)
	r.urgency.seen |= 1 << rankOf(a.Priority)
	pool := r.index.of(-1, a.Model)
	cost := Costs{1, a.Tokens.Metered(), a.Tokens.Output}
	if r.reads {
		cost[1] += a.Tokens.CacheRead
	}
	r.offered[r.group[pool]].add(&cost)
}

// Sent records that an attempt of c was sent.
func (r *Recorder) Sent(now time.Duration, c *load.Call) {
	r.class(c.Class).Sent++
	if c.Copy == 0 {
		r.attempts.layers[orderedBy(c)]++
	}
	r.urgency.sent(c)
	if r.beside.count > 1 {
		r.beside.sent(now, c, r.index.of(c.Target.Key, askedOf(c)))
	}
	r.line.bin(now).Attempts++
	r.herd.sent(now)
}

// Attempted records that an attempt of c ended.
func (r *Recorder) Attempted(now time.Duration, a *load.Attempt, c *load.Call) {
	r.herd.inFlight--
	res := &a.Response
	r.attempts.count(a)
	if c.Copy == 0 {
		r.urgency.add(c.Priority, 1)
	}
	if !r.attempts.explain(res) {
		r.confess.OtherCauses++
	}
	switch bin := r.line.bin(now); res.Outcome {
	case load.OK:
		r.grant(c)
	case load.Throttled:
		bin.Throttled[dimension(res)]++
		if r.beside.inflicted(c, res.Dimension) {
			r.class(c.Class).Inflicted++
		}
		r.refuse(c)
	case load.Overloaded:
		bin.Overloaded++
		r.refuse(c)
	case load.TimedOut:
		bin.TimedOut++
	case load.Cancelled: // no failure: its call has succeeded
	default:
		bin.Failed++
	}
	if res.Outcome == load.OK || res.Usage != (load.Tokens{}) {
		r.bill(a, c)
	}
	r.remember(now, &res.Limits)
}

// remember keeps the remaining quota a response advertised.
func (r *Recorder) remember(now time.Duration, limits *load.LimitStatuses) {
	for d := range limits {
		if s := &limits[d]; s.Known {
			r.line.set(now, remaining+level(d), s.Remaining)
			r.line.set(now, known+level(d), 1)
		}
	}
}

// Gauge records how many calls wait, are in flight and sleep from now on.
func (r *Recorder) Gauge(now time.Duration, waits, flies, sleeps int) {
	r.line.set(now, waiting, int64(waits))
	r.line.set(now, inFlight, int64(flies))
	r.line.set(now, sleeping, int64(sleeps))
}

// Watch says that the driver sees into the server's buckets and will tell of
// every loss with [Recorder.Spilled].
func (r *Recorder) Watch() { r.watched = true }

// Spilled records that refill was lost to a full bucket while calls waited or
// slept, in thousandths of a token of limit d (RPM, ITPM or OTPM) of the pool of
// that name that key draws on.
func (r *Recorder) Spilled(pool string, key int, d load.Dimension, thousandths int64) {
	for i := range r.cfg.Limits {
		p := &r.cfg.Limits[i]
		if p.Name == pool && d >= load.RPM && d <= load.OTPM && (len(p.Keys) == 0 || slices.Contains(p.Keys, key)) {
			at := &r.pools[i].Spilled[d-load.RPM]
			*at = addSaturated(*at, thousandths)
			return
		}
	}
}

// Late records by how much a dispatch missed its instant, in live runs. A
// virtual run never calls it.
func (r *Recorder) Late(d time.Duration) {
	if r.late.record(d) {
		r.confess.Clamped++
	}
}

// Finished records what became of an arrival.
func (r *Recorder) Finished(now time.Duration, res *load.Result) {
	c := r.class(res.Arrival.Class)
	r.urgency.add(res.Arrival.Priority, -1)
	o := min(res.Outcome, load.OutcomeCount-1)
	c.Finished[o]++
	r.line.bin(now).Ended[o]++
	if o == load.Dropped {
		r.confess.Dropped++
	}
	if o != load.Unfinished {
		r.herd.lastFinish = max(r.herd.lastFinish, res.Finished)
	}
	r.confess.Clamped += c.timings[o].record(res)
	if o == load.OK {
		r.succeed(c, res)
	}
}
