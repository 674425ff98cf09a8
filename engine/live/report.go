package live

import (
	"time"

	"ratecliff/load"
)

// reportEvery is the least wall time between two reports of progress.
const reportEvery = 250 * time.Millisecond

// report keeps what a Status says beyond the driver's own state.
type report struct {
	next      time.Duration // wall time since start; load.Never when nobody listens
	refused   [load.DimensionCount]int64
	remaining load.LimitStatuses
}

func (r *report) begin(d *driver) {
	r.next = load.Never
	if d.cfg.Progress != nil {
		r.next = reportEvery
	}
}

// attempted takes in an attempt that ended.
func (r *report) attempted(a *load.Attempt) {
	if a.Response.Outcome == load.Throttled {
		r.refused[a.Response.Dimension]++
	}
	for i := range a.Response.Limits {
		if a.Response.Limits[i].Known {
			r.remaining[i] = a.Response.Limits[i]
		}
	}
}

// due reports when it is time to.
func (r *report) due(d *driver) {
	if r.next == load.Never {
		return
	}
	if now := time.Since(d.clock.start); now >= r.next {
		r.send(d)
		r.next = now + reportEvery
	}
}

// send hands a copy of the state to whoever wants it.
func (r *report) send(d *driver) {
	if d.cfg.Progress == nil {
		return
	}
	e := d.cfg.Engine
	d.cfg.Progress(Status{
		Elapsed: d.clock.now(), Arrived: d.out.Arrived, Succeeded: d.out.Results[load.OK], Refused: r.refused,
		InFlight: e.InFlight(), Waiting: e.Waiting(), Sleeping: e.Sleeping(), Remaining: r.remaining,
	})
}
