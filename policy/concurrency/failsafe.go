package concurrency

import (
	"math"
	"slices"
	"time"
)

// The constants of failsafe-go v0.9.8, adaptivelimiter/adaptivelimiter.go.
const (
	fsSamples     = 50 // WithRecentWindow
	fsShortest    = time.Second
	fsLongest     = 30 * time.Second
	fsQuantile    = 0.9 // WithRecentQuantile
	fsFactor      = 5   // WithMaxLimitFactor
	fsCorrelation = 50  // WithCorrelationWindow
	fsMedian      = 5   // smoothedSamples
	fsSmooth      = 5   // smoothedSamples
	fsWarmup      = 10  // warmupSamples
	// fsKept is how many latencies of one window are looked at, ours; the library
	// keeps a t-digest of all.
	fsKept = 8192
)

// failsafe is [Failsafe].
type failsafe struct {
	bounds
	recent     []float64 // latencies since the last change
	inflight   int       // most in flight among those
	next       time.Duration
	middle     []float64 // last quantiles, a ring
	scratch    []float64
	oldest     int
	smooth     average
	base       average
	throughput correlation
	latency    correlation
}

func newFailsafe(b bounds, a AdaptConfig) *failsafe {
	return &failsafe{
		bounds: b, recent: make([]float64, 0, fsKept), middle: make([]float64, 0, fsMedian), scratch: make([]float64, fsMedian),
		smooth:     average{window: fsSmooth, warmup: fsWarmup},
		base:       average{window: a.Window, warmup: fsWarmup},
		throughput: newCorrelation(), latency: newCorrelation(),
	}
}

func (l *failsafe) baseline() float64 { return l.base.value }

func (l *failsafe) see(s sample) {
	if !s.dropped && len(l.recent) < fsKept {
		l.recent = append(l.recent, s.latency)
		l.inflight = max(l.inflight, s.inflight)
	}
	if s.now <= l.next || len(l.recent) < fsSamples {
		return
	}
	slices.Sort(l.recent)
	l.move(l.smooth.add(l.median(quantileOf(l.recent, fsQuantile))), s.full)
	shortest := max(time.Duration(2*l.recent[0]), fsShortest)
	l.next = s.now + min(shortest, fsLongest)
	l.recent, l.inflight = l.recent[:0], 0
}

// quantileOf reads a quantile off sorted values, between two of them by how far
// it lies from their middles, as a t-digest of single values does.
func quantileOf(sorted []float64, q float64) float64 {
	at := q*float64(len(sorted)) - 0.5
	i := int(math.Floor(at))
	if i < 0 {
		return sorted[0]
	}
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (sorted[i+1]-sorted[i])*(at-float64(i))
}

// median of the last five; of fewer, the newest.
func (l *failsafe) median(v float64) float64 {
	if len(l.middle) < fsMedian {
		l.middle = append(l.middle, v)
	} else {
		l.middle[l.oldest] = v
		l.oldest = (l.oldest + 1) % fsMedian
	}
	if len(l.middle) < fsMedian {
		return v
	}
	copy(l.scratch, l.middle)
	slices.Sort(l.scratch)
	return l.scratch[fsMedian/2]
}

func (l *failsafe) move(recent float64, full bool) {
	inflight := float64(l.inflight)
	queue := math.Ceil(l.at * (1 - l.base.add(recent)/recent))
	through, _, varies := l.throughput.add(inflight, inflight/(recent/1e9))
	late, _, _ := l.latency.add(inflight, recent)
	step := log10(l.at)
	next := l.at + step*float64(change(queue/step, full, through, varies, late))
	if most := inflight * fsFactor; next > most {
		next = most
		if l.at > most {
			next = l.at - step
		}
	}
	l.at = l.clamp(next)
}

// change is which way the ceiling goes, by the queue in steps, whether the ceiling
// is reached, how throughput goes with the calls in flight (correlation and
// variation), and how latency does.
func change(queue float64, full bool, through, varies, late float64) int {
	switch {
	case queue > 6, full && through < 0, full && through < 0.3 && late > 0.5, full && varies < 0.2 && late > 0.5:
		return -1
	case queue < 3:
		return 1
	}
	return 0
}

// correlation is that of the last pairs.
type correlation struct {
	x, y   []float64
	oldest int
}

func newCorrelation() correlation {
	return correlation{x: make([]float64, 0, fsCorrelation), y: make([]float64, 0, fsCorrelation)}
}

// add takes in a pair and gives the correlation and the coefficients of variation
// of both. All are 0 for the first nine pairs; the correlation is 0 where one of
// the two varies by less than 1 %.
func (r *correlation) add(x, y float64) (correlation, ofX, ofY float64) {
	if len(r.x) < fsCorrelation {
		r.x, r.y = append(r.x, x), append(r.y, y)
	} else {
		r.x[r.oldest], r.y[r.oldest] = x, y
		r.oldest = (r.oldest + 1) % fsCorrelation
	}
	n := float64(len(r.x))
	var meanX, meanY, xx, yy, xy float64
	for i := range r.x {
		meanX += r.x[i] / n
		meanY += r.y[i] / n
	}
	for i := range r.x {
		dx, dy := r.x[i]-meanX, r.y[i]-meanY
		xx, yy, xy = xx+dx*dx/n, yy+dy*dy/n, xy+dx*dy/n
	}
	if len(r.x) < fsWarmup {
		return 0, 0, 0
	}
	ofX, ofY = math.Sqrt(xx)/meanX, math.Sqrt(yy)/meanY
	if ofX < 0.01 || ofY < 0.01 {
		return 0, ofX, ofY
	}
	return xy / math.Sqrt(xx*yy), ofX, ofY
}
