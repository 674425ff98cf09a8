package concurrency

import (
	"math"
	"time"

	"ratecliff/load"
)

// Config is a ceiling on calls in flight, fixed or moving.
type Config struct {
	// Max is the most permits out at a time, at least 1; with Adapt the highest the
	// ceiling rises to. 0 is not valid: leave the whole cap out for no ceiling.
	Max int `yaml:"max"`
	// Hold keeps a call's permit through all its attempts and the sleeps
	// between, as a semaphore around a retrying client does. False takes one
	// permit per attempt. The engine does the holding. With Adapt, calls that sleep
	// count as in flight then, and only a call's last attempt is seen.
	Hold bool `yaml:"hold"`
	// Pause is how long a permit rests after each use before it is given out
	// again: a worker that sleeps between jobs. 0 is not at all.
	Pause time.Duration `yaml:"pause"`
	// PauseThrottled is how long it rests in place of Pause when that use ended in
	// a 429. 0 means as Pause.
	PauseThrottled time.Duration `yaml:"pause_throttled"`
	// Poll is how often a worker without work looks for some; only with Max 1. 0
	// sees it at once.
	Poll time.Duration `yaml:"poll"`
	// Adapt moves the ceiling by what comes back. The zero value keeps it at Max.
	Adapt AdaptConfig `yaml:"adapt"`
	// Partition guarantees classes a part of the ceiling. The zero value lets
	// everybody take what there is.
	Partition PartitionConfig `yaml:"partition"`
	// WhenFull is what becomes of a call that finds no permit. Absent means wait.
	WhenFull WhenFull `yaml:"when_full"`
}

// WhenFull names what becomes of a call that finds no permit.
type WhenFull string

// What a full cap does.
const (
	Wait WhenFull = "wait" // the call waits
	Fail WhenFull = "fail" // its attempt fails, unsent, as in the libraries; a retry layer that is on refused makes another
)

// PartitionConfig guarantees classes a part of the ceiling L (the partitioned
// limiter of Netflix/concurrency-limits at 78a74b9,
// limiter/AbstractPartitionedLimiter.java). While fewer than L are out anybody may
// go; at L only a class that has fewer than ⌈L·p⌉ out, p being its part. As
// borrowed permits are not taken back, up to Σ⌈L·p⌉ more than L may then be out.
// A guarantee needs to be asked for: behind a first in first out queue it has no
// effect for a call that is not at the head; WhenFull fail has no queue at all.
type PartitionConfig struct {
	// Critical is p of critical calls. 0 guarantees nothing.
	Critical float64 `yaml:"critical"`
	// High is p of high calls. 0 guarantees nothing.
	High float64 `yaml:"high"`
	// Medium is p of medium calls. 0 guarantees nothing.
	Medium float64 `yaml:"medium"`
	// Low is p of low calls. 0 guarantees nothing. All parts together are at most 1.
	Low float64 `yaml:"low"`
}

func (p *PartitionConfig) parts() [classes]float64 {
	return [classes]float64{p.Critical, p.High, p.Medium, p.Low}
}

// checks collects what is wrong.
type checks []load.Problem

func (ps *checks) unless(ok bool, path, message string) {
	if !ok {
		*ps = append(*ps, load.Problem{Path: path, Message: message})
	}
}

// Validate reports everything wrong with c.
func (c Config) Validate() []load.Problem {
	var ps checks
	ps.unless(c.Max >= 1, "max", "must be at least 1")
	for _, f := range []struct {
		path string
		v    time.Duration
	}{{"pause", c.Pause}, {"pause_throttled", c.PauseThrottled}, {"poll", c.Poll}} {
		ps.unless(f.v >= 0 && f.v <= longestPause, f.path, "must be from 0 to a year (8760h)")
	}
	ps.unless(c.Poll == 0 || c.Max == 1, "poll", "is only for max: 1")
	ps.unless(c.WhenFull == "" || c.WhenFull == Wait || c.WhenFull == Fail, "when_full", "must be one of wait, fail")
	sum := 0.0
	for i, p := range c.Partition.parts() {
		ps.unless(p >= 0 && p <= 1, "partition."+classNames[i], "must be from 0 to 1")
		sum += p
	}
	ps.unless(math.IsNaN(sum) || sum <= 1+1e-9, "partition", "must be at most 1 in all")
	ps.adapt(c.Adapt, c.Max)
	return ps
}

// classes is how many priorities there are; whatever is less urgent counts as low.
const classes = int(load.Low) + 1

var classNames = [classes]string{"critical", "high", "medium", "low"}

func classOf(p load.Priority) int { return int(min(max(p, load.Critical), load.Low)) }

const longestPause = 8760 * time.Hour
