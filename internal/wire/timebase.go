package wire

import (
	"math"
	"time"

	"ratecliff/load"
)

// Timebase maps instants of a run onto the wall clock of the wire: one second
// of the wall holds Compress seconds of the run. Every duration on the wire is
// a duration of the run divided by Compress. The zero value starts at the zero
// time and does not compress.
type Timebase struct {
	Start    time.Time // wall clock at instant 0
	Compress float64   // 0 or 1: none
}

// Compressed reports whether run time and wall time differ in speed.
func (t Timebase) Compressed() bool { return t.Compress > 0 && t.Compress != 1 }

// Wall is the date of an instant of the run.
func (t Timebase) Wall(at time.Duration) time.Time { return t.Start.Add(t.Shrink(at)) }

// Instant is the instant of the run at a date.
func (t Timebase) Instant(date time.Time) time.Duration { return t.Stretch(date.Sub(t.Start)) }

// Shrink turns a duration of the run into one of the wall.
func (t Timebase) Shrink(d time.Duration) time.Duration {
	if !t.Compressed() {
		return d
	}
	return saturate(float64(d) / t.Compress)
}

// Stretch turns a duration of the wall into one of the run; what does not fit
// is saturated short of load.Never.
func (t Timebase) Stretch(d time.Duration) time.Duration {
	if !t.Compressed() {
		return d
	}
	return saturate(float64(d) * t.Compress)
}

// saturate rounds f nanoseconds; beyond about 146 years it stops, which leaves
// room to add an instant without wrapping.
func saturate(f float64) time.Duration {
	const most = float64(load.Never / 2)
	return time.Duration(math.Round(max(-most, min(most, f))))
}
