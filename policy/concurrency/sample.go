package concurrency

import (
	"math"
	"time"

	"ratecliff/load"
)

// law moves a ceiling.
type law interface {
	// limit is the ceiling.
	limit() int
	// see takes in what an attempt showed.
	see(s sample)
}

// sample is what an attempt that ended showed.
type sample struct {
	now        time.Duration
	latency    float64 // in nanoseconds, above 0
	inflight   int     // how many were out when it went, itself included
	dropped    bool
	full       bool // at the end, itself included, nobody else could have gone
	retried    bool // it was not its call's first attempt
	retryAfter time.Duration
}

// newLaw is the law of a resolved configuration, nil where there is none.
func newLaw(a AdaptConfig, most int) law {
	b := bounds{at: float64(a.Start), least: float64(a.Min), most: float64(most)}
	switch a.Kind {
	case AIMD:
		return &aimd{bounds: b, cfg: a}
	case SlowStart:
		return &slowStart{bounds: b, cfg: a}
	case Vegas:
		return &vegas{bounds: b, cfg: a, share: share(0)}
	case Gradient:
		g := &gradient{bounds: b, cfg: a}
		g.left = g.interval()
		return g
	case Gradient2:
		return &gradient2{bounds: b, cfg: a, long: average{window: a.Window, warmup: 10}}
	case Failsafe:
		return newFailsafe(b, a)
	}
	return nil
}

// bounds is a ceiling that moves between two bounds.
type bounds struct{ at, least, most float64 }

func (b *bounds) limit() int { return int(b.at) }

func (b *bounds) clamp(v float64) float64 { return min(max(v, b.least), b.most) }

// learn tells the law what an attempt showed.
func (g *Cap) learn(now time.Duration, seat *seat, a *load.Attempt) {
	r := &a.Response
	s := sample{now: now, inflight: seat.inflight, full: g.out >= g.Limit(), retried: a.N > 1}
	switch {
	case r.Outcome == load.OK:
	case r.Outcome == load.Throttled:
		if g.adapt.Throttled == Ignore && g.adapt.Kind != SlowStart {
			return
		}
		s.dropped = true
		if r.HasRetryAfter {
			s.retryAfter = r.RetryAfter
		}
	case r.Outcome == load.Overloaded, r.Outcome == load.TimedOut, r.Outcome == load.Failed && (r.Status == 0 || r.Status >= 500):
		s.dropped = true
	default:
		return
	}
	if s.latency = g.latency(a); s.latency <= 0 {
		return
	}
	if g.batch == nil || g.batch.add(&s) {
		g.law.see(s)
	}
}

// latency is what counts as the latency of an attempt, in nanoseconds.
func (g *Cap) latency(a *load.Attempt) float64 {
	total, output := float64(a.Done-a.Started), float64(a.Response.Usage.Output)
	streamed := a.FirstToken > a.Started && a.FirstToken < a.Done
	switch {
	case g.adapt.Latency == FirstToken && a.FirstToken > a.Started:
		return float64(a.FirstToken - a.Started)
	case g.adapt.Latency == PerToken && streamed && output >= 2:
		return float64(a.Done-a.FirstToken) / (output - 1)
	case g.adapt.Latency == PerToken:
		return total / max(output, 1)
	}
	return total
}

// batch makes one sample of all that came within a second (Netflix
// WindowedLimit, with its defaults, in which the least and the longest window
// are both a second).
type batch struct {
	least    int
	until    time.Duration
	count    int
	sum      float64
	inflight int
	dropped  bool
}

const batchTime = time.Second

// add takes a sample in; when a batch ends there that is large enough, it is put
// in the sample's place.
func (b *batch) add(s *sample) bool {
	b.count++
	b.sum += s.latency
	b.inflight = max(b.inflight, s.inflight)
	b.dropped = b.dropped || s.dropped
	if s.now <= b.until {
		return false
	}
	count := b.count
	s.latency, s.inflight, s.dropped = b.sum/float64(count), b.inflight, b.dropped
	*b = batch{least: b.least, until: s.now + batchTime}
	return count >= b.least
}

// log10 is ⌊log10 n⌋, at least 1.
func log10(n float64) float64 { return max(1, math.Floor(math.Log10(max(math.Floor(n), 1)))) }

// average is a moving mean of weight 2/(window + 1) for the newest; the first
// samples, up to warmup, are averaged plainly.
type average struct {
	window, warmup, count int
	value                 float64
}

func (m *average) add(v float64) float64 {
	weight := 2 / float64(m.window+1)
	if m.count < m.warmup {
		m.count++
		weight = 1 / float64(m.count)
	}
	m.value += (v - m.value) * weight
	return m.value
}
