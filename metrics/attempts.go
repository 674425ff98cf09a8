package metrics

import (
	"cmp"
	"slices"
	"time"

	"ratecliff/load"
)

// numbered is how many attempts of one call are told apart.
const numbered = 16

// maxCauses bounds how many causes are kept apart.
const maxCauses = 64

// attemptRecord is AttemptStats under construction.
type attemptRecord struct {
	answered Outcomes
	refused  Dimensions
	numbers  [numbered]int64
	layers   [load.MaxLayers + 1]int64
	causes   []cause
}

type cause struct {
	outcome   load.Outcome
	dimension load.Dimension
	status    int
	errorType string
	count     int64
}

func (r *attemptRecord) reset() { *r = attemptRecord{causes: r.causes[:0]} }

// count books outcome, limit and number of an attempt.
func (r *attemptRecord) count(a *load.Attempt) {
	r.answered[min(a.Response.Outcome, load.OutcomeCount-1)]++
	r.numbers[min(max(a.N, 1), numbered)-1]++
	if a.Response.Outcome == load.Throttled {
		r.refused[dimension(&a.Response)]++
	}
}

// explain books the cause of an attempt that was not OK; false when there are
// too many causes to keep this one apart.
func (r *attemptRecord) explain(res *load.Response) bool {
	if res.Outcome == load.OK {
		return true
	}
	for i := range r.causes {
		c := &r.causes[i]
		if c.outcome == res.Outcome && c.dimension == res.Dimension && c.status == res.Status && c.errorType == res.ErrorType {
			c.count++
			return true
		}
	}
	if len(r.causes) == maxCauses {
		return false
	}
	r.causes = append(r.causes, cause{res.Outcome, res.Dimension, res.Status, res.ErrorType, 1})
	return true
}

// dimension is the limit a response named, NoDimension for an unknown one.
func dimension(res *load.Response) load.Dimension {
	if res.Dimension >= load.DimensionCount {
		return load.NoDimension
	}
	return res.Dimension
}

func (r *attemptRecord) stats() AttemptStats {
	s := AttemptStats{Answered: r.answered, Refused: r.refused, ByNumber: slices.Clone(r.numbers[:]), ByLayer: slices.Clone(r.layers[:])}
	for _, c := range r.causes {
		s.Causes = append(s.Causes, Cause{c.outcome.String(), c.dimension.String(), c.status, c.errorType, c.count})
	}
	slices.SortFunc(s.Causes, compareCauses)
	return s
}

// compareCauses orders by everything but the count.
func compareCauses(a, b Cause) int {
	return cmp.Or(cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Dimension, b.Dimension),
		cmp.Compare(a.Status, b.Status), cmp.Compare(a.ErrorType, b.ErrorType))
}

// herdWindow is the window in which attempts are counted for their peak.
const herdWindow = 100 * time.Millisecond

// herd is Herd under construction.
type herd struct {
	window      time.Duration // number of the current window, -1 before the first
	count       int64
	peak, later int64
	sentTotal   int64
	inFlight    int64
	mostFlying  int64
	squares     int64 // Σ count² of the windows from 1 s on that are over
	laterTotal  int64 // attempts in them and in the current one
	lastSuccess time.Duration
	lastWanted  time.Duration
	lastFinish  time.Duration
}

func (h *herd) sent(now time.Duration) {
	if w := now / herdWindow; w != h.window {
		h.close()
		h.window, h.count = w, 0
	}
	h.count++
	h.peak = max(h.peak, h.count)
	if now >= time.Second {
		h.later = max(h.later, h.count)
		h.laterTotal++
	}
	h.sentTotal++
	h.inFlight++
	h.mostFlying = max(h.mostFlying, h.inFlight)
}

// close books the current window, when it lies beyond the first second.
func (h *herd) close() {
	if h.window >= time.Second/herdWindow {
		h.squares += h.count * h.count
	}
}

func (h *herd) stats() Herd {
	h2 := *h
	h2.close()
	if h2.lastWanted == h2.lastSuccess {
		h2.lastWanted = 0
	}
	return Herd{
		LastWanted: h2.lastWanted,
		Peak:       h.peak, PeakAfterFirstSecond: h.later, LastSuccess: h.lastSuccess, LastFinish: h.lastFinish, PeakInFlight: h.mostFlying,
		Windows: max(0, int64(h.window-time.Second/herdWindow)+1), Later: h.laterTotal, Squares: h2.squares,
	}
}
