package concurrency

import (
	"math"
	"time"
)

// aimd is [AIMD].
type aimd struct {
	bounds
	cfg AdaptConfig
}

func (l *aimd) see(s sample) {
	switch {
	case s.dropped || l.cfg.Timeout > 0 && s.latency > float64(l.cfg.Timeout):
		l.at = math.Floor(l.at * l.cfg.Backoff)
	case 2*float64(s.inflight) >= l.at:
		l.at++
	}
	l.at = l.clamp(l.at)
}

// slowStart is [SlowStart].
type slowStart struct {
	bounds
	cfg       AdaptConfig
	successes int
	refused   bool          // once
	until     time.Duration // end of the cooldown
}

// leastRound and growth are inspect_ai's ROUND_SIZE_FLOOR and SCALE_UP_PERCENT.
const (
	leastRound = 4
	growth     = 0.05
)

func (l *slowStart) see(s sample) {
	switch {
	case s.dropped:
		l.cut(s)
	case s.retried || s.now < l.until:
		return
	default:
		l.success()
	}
}

func (l *slowStart) success() {
	l.successes++
	if l.successes < max(l.limit(), leastRound) {
		return
	}
	l.successes = 0
	if !l.refused {
		l.at = l.clamp(2 * l.at)
		return
	}
	l.at = l.clamp(ceilNice(l.at + max(1, math.RoundToEven(l.at*growth))))
}

func (l *slowStart) cut(s sample) {
	l.successes, l.refused = 0, true
	inside := s.now < l.until
	if !inside {
		l.at = l.clamp(floorNice(math.Floor(l.at * l.cfg.Backoff)))
		l.until = s.now + l.cfg.Cooldown
	}
	if l.cfg.ObeyHeader {
		l.until = max(l.until, s.now+min(s.retryAfter, longestPause))
	}
}

// ceilNice and floorNice round to multiples of 5 from 10 on.
func ceilNice(v float64) float64 {
	if v < 10 {
		return v
	}
	return math.Ceil(v/5) * 5
}

func floorNice(v float64) float64 {
	if v < 10 {
		return max(v, 1)
	}
	return math.Floor(v/5) * 5
}

// vegas is [Vegas].
type vegas struct {
	bounds
	cfg    AdaptConfig
	least0 float64 // RTT₀; 0 while unknown
	seen   int     // samples since RTT₀ was taken anew
	draws  int
	share  float64 // u, from 0.5 to 1
}

// golden is the fraction of the golden ratio: the fractions of its multiples fill
// an interval evenly, from the first on (Weyl).
const golden = 0.6180339887498949

// share is the n-th of numbers spread evenly from 0.5 to 1.
func share(n int) float64 { return 0.5 + 0.5*fraction(n) }

func fraction(n int) float64 { return math.Mod(float64(n)*golden, 1) }

func (l *vegas) see(s sample) {
	l.seen++
	switch {
	case l.share*float64(l.cfg.Probe)*l.at <= float64(l.seen):
		l.draws++
		l.share, l.seen, l.least0 = share(l.draws), 0, s.latency
	case l.least0 == 0 || s.latency < l.least0:
		l.least0 = s.latency
	default:
		l.move(s)
	}
}

func (l *vegas) move(s sample) {
	step := log10(l.at)
	queue := math.Ceil(l.at * (1 - l.least0/s.latency))
	next := l.at
	switch {
	case s.dropped:
		next -= step
	case 2*float64(s.inflight) < l.at:
		return
	case queue <= step:
		next += 6 * step
	case queue < 3*step:
		next += step
	case queue > 6*step:
		next -= step
	default:
		return
	}
	l.at = (1-l.cfg.Smoothing)*l.at + l.cfg.Smoothing*l.clamp(next)
}

// gradient is [Gradient].
type gradient struct {
	bounds
	cfg    AdaptConfig
	least0 float64 // RTT₀; 0 while unknown
	left   int     // samples until it is forgotten
	draws  int
}

// interval is the next number of samples between probes, from Probe to 2·Probe.
func (l *gradient) interval() int {
	l.draws++
	return l.cfg.Probe + int(fraction(l.draws)*float64(l.cfg.Probe))
}

func (l *gradient) see(s sample) {
	room := max(4, math.Floor(math.Sqrt(math.Floor(l.at))))
	if l.left--; l.left < 0 {
		l.left = l.interval()
		l.at, l.least0 = l.clamp(room), 0
		return
	}
	if l.least0 == 0 || s.latency < l.least0 {
		l.least0 = s.latency
	}
	var next float64
	switch {
	case s.dropped:
		next = l.at * l.cfg.Backoff
	case float64(s.inflight) < l.at/2:
		return
	default:
		next = l.at*slope(l.cfg.Tolerance*l.least0/s.latency) + room
	}
	if next < l.at {
		next = max(l.least, l.at*(1-l.cfg.Smoothing)+l.cfg.Smoothing*next)
	}
	l.at = l.clamp(max(room, next))
}

// slope bounds how much one sample can cut.
func slope(ratio float64) float64 { return min(max(ratio, 0.5), 1) }

// gradient2 is [Gradient2].
type gradient2 struct {
	bounds
	cfg  AdaptConfig
	long average
}

func (l *gradient2) see(s sample) {
	long := l.long.add(s.latency)
	if long/s.latency > 2 {
		l.long.value *= 0.95
	}
	if float64(s.inflight) < l.at/2 {
		return
	}
	next := l.at*slope(l.cfg.Tolerance*long/s.latency) + float64(l.cfg.Queue)
	l.at = l.clamp(l.at*(1-l.cfg.Smoothing) + next*l.cfg.Smoothing)
}

func (l *vegas) baseline() float64     { return l.least0 }
func (l *gradient) baseline() float64  { return l.least0 }
func (l *gradient2) baseline() float64 { return l.long.value }
