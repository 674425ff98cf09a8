package metrics

import "time"

// MaxBins bounds the memory of a series: beyond it, pairs of bins merge and the
// width doubles.
const MaxBins = 4096

// FirstWidth is the width of the bins of a young series.
const FirstWidth = time.Second

// Series is what happened over time, in bins of equal width from instant 0.
// Every figure is additive, under merging of bins as well as of series.
type Series struct {
	Width time.Duration `json:"width_ns"` // 1 s times a power of two
	Bins  []Bin         `json:"bins"`
}

// Bin is one bin of a series. Arrivals count where they were due, attempts
// where they were sent, answers and ends where they happened. The level figures
// are time integrals in value·ms; divide by the width in ms for a mean, the
// Remaining ones by their Known time. Integrals saturate instead of
// overflowing.
type Bin struct {
	Arrivals   int64      `json:"arrivals,omitempty"`
	Attempts   int64      `json:"attempts,omitempty"`
	Throttled  Dimensions `json:"throttled,omitzero"`   // attempts answered 429, by the limit named
	Overloaded int64      `json:"overloaded,omitempty"` // attempts answered 529
	Failed     int64      `json:"failed,omitempty"`     // attempts that failed otherwise
	TimedOut   int64      `json:"timed_out,omitempty"`  // attempts without an answer in time
	Ended      Outcomes   `json:"ended,omitzero"`       // arrivals by outcome: ok, lost, timed_out, shed, dropped, unfinished
	Waiting    int64      `json:"waiting_ms,omitempty"`
	InFlight   int64      `json:"in_flight_ms,omitempty"`
	Sleeping   int64      `json:"sleeping_ms,omitempty"`
	Remaining  [3]int64   `json:"remaining_ms,omitzero"` // rpm, itpm, otpm as last advertised by a response
	Known      [3]int64   `json:"known_ms,omitzero"`     // ms during which Remaining was known
}

// add adds the figures of o.
func (b *Bin) add(o *Bin) {
	b.Arrivals += o.Arrivals
	b.Attempts += o.Attempts
	b.Overloaded += o.Overloaded
	b.Failed += o.Failed
	b.TimedOut += o.TimedOut
	for i := range b.Throttled {
		b.Throttled[i] += o.Throttled[i]
	}
	for i := range b.Ended {
		b.Ended[i] += o.Ended[i]
	}
	for l := level(0); l < levelCount; l++ {
		at := b.level(l)
		*at = addSaturated(*at, *o.level(l))
	}
}

// level names one time integral of a bin.
type level uint8

const (
	waiting level = iota
	inFlight
	sleeping
	remaining                  // three of them
	known      = remaining + 3 // three of them
	levelCount = known + 3
)

func (b *Bin) level(l level) *int64 {
	switch {
	case l >= known:
		return &b.Known[l-known]
	case l >= remaining:
		return &b.Remaining[l-remaining]
	case l == waiting:
		return &b.Waiting
	case l == inFlight:
		return &b.InFlight
	default:
		return &b.Sleeping
	}
}

// Costs are requests, metered input tokens and output tokens: what is charged
// against RPM, ITPM and OTPM.
type Costs [3]int64

func (c *Costs) add(o *Costs) {
	for i := range c {
		c[i] += o[i]
	}
}

// coarsen merges pairs of bins in place and returns the shorter slice.
func coarsen[T any](bins []T, add func(to, from *T)) []T {
	half := (len(bins) + 1) / 2
	for i := range half {
		pair := bins[2*i]
		if 2*i+1 < len(bins) {
			add(&pair, &bins[2*i+1])
		}
		bins[i] = pair
	}
	return bins[:half]
}

// extend makes bins at least n long with zero values; memory doubles as needed.
func extend[T any](bins []T, n int) []T {
	if n <= len(bins) {
		return bins
	}
	if n > cap(bins) {
		grown := make([]T, len(bins), max(n, 2*cap(bins), 64))
		copy(grown, bins)
		bins = grown
	}
	old := len(bins)
	bins = bins[:n]
	clear(bins[old:])
	return bins
}
