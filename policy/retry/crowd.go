package retry

import (
	"time"

	"ratecliff/load"
)

// The memory of what succeeded: the last minute, in slices of five seconds.
const (
	rateSlices = 12
	rateSlice  = 5 * time.Second
)

// crowd is what a client process knows of its own backlog: the calls it has put
// to sleep, and how fast such calls are served. Its zero value is off.
type crowd struct {
	on     bool
	asleep vector
	heap   []sleeper // by instant of waking, the earliest first
	limit  vector    // per minute, as the headers last gave it; 0 is unknown
	served [rateSlices]vector
	slice  int64 // the newest one
	first  int64 // and the oldest ever
	known  bool  // something was served
	output costs // mean output of what was served, at its third place
}

type sleeper struct {
	at   time.Duration
	cost vector
}

// answered learns from an answer.
func (w *crowd) answered(now time.Duration, c *load.Call, a *load.Attempt) {
	if !w.on {
		return
	}
	r := &a.Response
	for i := range w.limit {
		if s := &r.Limits[i]; s.Known && s.Limit > 0 {
			w.limit[i] = s.Limit
		}
	}
	if r.Outcome != load.OK {
		return
	}
	w.turn(now)
	if !w.known {
		w.known, w.first = true, w.slice
	}
	w.output.calls++
	w.output.sum[2] += float64(r.Usage.Output)
	newest := &w.served[w.slice%rateSlices]
	for i, x := range (vector{1, c.Tokens.Metered(), r.Usage.Output}) {
		newest[i] += x
	}
}

// turn forgets what was served longer ago than a minute.
func (w *crowd) turn(now time.Duration) {
	at := int64(now / rateSlice)
	for n := min(at-w.slice, rateSlices); n > 0; n-- {
		w.served[(at-n+1)%rateSlices] = vector{}
	}
	w.slice = at
}

// rate is how much is served per second, 0 while it is not known.
func (w *crowd) rate(now time.Duration, i int) float64 {
	if w.limit[i] > 0 {
		return float64(w.limit[i]) / 60
	}
	if !w.known {
		return 0
	}
	w.turn(now)
	total := int64(0)
	for s := range w.served {
		total += w.served[s][i]
	}
	span := time.Duration(min(w.slice-w.first+1, rateSlices)) * rateSlice
	return float64(total) / span.Seconds()
}

// cost is a call's, its output estimated by the mean of those served.
func (w *crowd) cost(c *load.Call) vector {
	v := costOf(c)
	if w.output.calls > 0 {
		v[2] = min(v[2], int64(w.output.sum[2]/w.output.calls))
	}
	return v
}

// time is how long the server takes to serve c and the calls asleep, in the
// dimension that r names; not ok when no rate is known.
func (w *crowd) time(now time.Duration, c *load.Call, r *load.Response) (ns float64, ok bool) {
	w.wake(now)
	i := place(r.Dimension)
	rate := w.rate(now, i)
	if rate <= 0 {
		i = 0
		rate = w.rate(now, i)
	}
	if rate <= 0 {
		return 0, false
	}
	return float64(w.asleep[i]+w.cost(c)[i]) / rate * float64(time.Second), true
}

// sleep counts a call until it wakes.
func (w *crowd) sleep(at time.Duration, c *load.Call) {
	if !w.on {
		return
	}
	s := sleeper{at, w.cost(c)}
	for i, x := range s.cost {
		w.asleep[i] += x
	}
	w.heap = append(w.heap, s)
	for i := len(w.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if w.heap[up].at <= w.heap[i].at {
			break
		}
		w.heap[up], w.heap[i] = w.heap[i], w.heap[up]
		i = up
	}
}

// wake takes out the calls that are awake at now.
func (w *crowd) wake(now time.Duration) {
	for len(w.heap) > 0 && w.heap[0].at <= now {
		for i, x := range w.heap[0].cost {
			w.asleep[i] -= x
		}
		last := len(w.heap) - 1
		w.heap[0] = w.heap[last]
		w.heap = w.heap[:last]
		w.sink()
	}
}

// sink puts the head of the heap where it belongs.
func (w *crowd) sink() {
	for i := 0; ; {
		least := i
		for _, child := range [...]int{2*i + 1, 2*i + 2} {
			if child < len(w.heap) && w.heap[child].at < w.heap[least].at {
				least = child
			}
		}
		if least == i {
			return
		}
		w.heap[i], w.heap[least] = w.heap[least], w.heap[i]
		i = least
	}
}
