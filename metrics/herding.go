package metrics

import (
	"math"
	"time"

	"ratecliff/load"
)

// Bounds of the lags at which attempts are searched for waves.
const (
	longestLag = 120 * time.Second
	leastLags  = 8 // bins that a search needs
)

// crowded puts how much the clients moved together.
func (s *Snapshot) crowded(v *values) {
	h := &s.Herd
	if h.Windows < 2 || h.Later == 0 {
		const why = "no attempts after the first second"
		for _, name := range []string{"herd.peak_to_mean", "herd.fano", "herd.periodicity", "herd.lag_s"} {
			v.put(name, Value{Withheld: why})
		}
		return
	}
	n, mean := float64(h.Windows), float64(h.Later)/float64(h.Windows)
	variance := (float64(h.Squares) - n*mean*mean) / (n - 1)
	v.put("herd.peak_to_mean", Value{V: float64(h.PeakAfterFirstSecond) / mean, N: h.Later})
	v.put("herd.fano", Value{V: max(0, variance) / mean, N: h.Windows})
	s.waves(v)
}

// waves puts the highest peak of the autocorrelation of attempts per second, and
// its lag.
func (s *Snapshot) waves(v *values) {
	counts := s.perBin(func(b *Bin) int64 { return b.Attempts })
	if len(counts) > 0 {
		counts = counts[1:] // the first second is the burst itself
	}
	for len(counts) > 0 && counts[len(counts)-1] == 0 {
		counts = counts[:len(counts)-1]
	}
	if len(counts) < leastLags {
		v.put("herd.periodicity", Value{Withheld: "too short for waves"})
		v.put("herd.lag_s", Value{Withheld: "too short for waves"})
		return
	}
	rho, lag := wave(counts, min(len(counts)/2, int(longestLag/s.Series.Width)))
	v.put("herd.periodicity", Value{V: rho, N: s.Herd.Later})
	period := Value{V: (time.Duration(lag) * s.Series.Width).Seconds(), N: s.Herd.Later}
	if lag == 0 {
		period.Withheld = "there are no waves"
	}
	v.put("herd.lag_s", period)
}

// perBin is one figure of every bin.
func (s *Snapshot) perBin(of func(*Bin) int64) []float64 {
	out := make([]float64, len(s.Series.Bins))
	for i := range s.Series.Bins {
		out[i] = float64(of(&s.Series.Bins[i]))
	}
	return out
}

// wave is the highest peak of the autocorrelation of a series and its lag, both
// 0 when there is none. A peak is higher than its neighbours, so that a slow
// rise or fall, which resembles itself at every short lag, is no wave.
func wave(xs []float64, longest int) (rho float64, lag int) {
	mean, square := 0.0, 0.0
	for _, x := range xs {
		mean += x / float64(len(xs))
	}
	off := make([]float64, len(xs)) // from the mean
	for i, x := range xs {
		off[i] = x - mean
		square += off[i] * off[i]
	}
	if square == 0 {
		return 0, 0
	}
	correlate := func(k int) float64 {
		late := off[min(k, len(off)):]
		return product(late, off[:len(late)]) / square
	}
	before, here := 1.0, correlate(1)
	for k := 1; k <= longest; k++ {
		after := correlate(k + 1)
		if here > before && here >= after && here > rho {
			rho, lag = here, k
		}
		before, here = here, after
	}
	return rho, lag
}

// product is Σ aᵢ·bᵢ, in four sums that do not wait for each other.
func product(as, bs []float64) float64 {
	var sums [4]float64
	i := 0
	for ; i+4 <= len(as); i += 4 {
		a, b := as[i:i+4:i+4], bs[i:i+4:i+4]
		sums[0] += a[0] * b[0]
		sums[1] += a[1] * b[1]
		sums[2] += a[2] * b[2]
		sums[3] += a[3] * b[3]
	}
	for ; i < len(as); i++ {
		sums[0] += as[i] * bs[i]
	}
	return sums[0] + sums[1] + sums[2] + sums[3]
}

// steadyBin is the width over which goodput is taken to judge how even it is,
// and leastSteady how many of them that takes.
const (
	steadyBin   = 10 * time.Second
	leastSteady = 6
)

// steady puts how even the goodput was, when parts of the work were done, and
// how the permits were used.
func (s *Snapshot) steady(v *values, t *ClassStats) {
	v.put("goodput_cv", s.evenness())
	s.drained(v, t)
	s.idle(v)
	s.recovery(v)
}

// evenness is the coefficient of variation of the goodput per 10 s after
// warm-up, up to the last success. The warm-up is cut by MSER (White, Simulation
// 69, 1997): where the standard error of the mean of the rest is least.
func (s *Snapshot) evenness() Value {
	bins := s.perBin(func(b *Bin) int64 { return b.Ended[load.OK] })
	merge := max(1, int(steadyBin/s.Series.Width))
	bins = bins[:min(len(bins), int(s.Herd.LastSuccess/s.Series.Width))]
	var ys []float64
	for i := 0; i+merge <= len(bins); i += merge {
		sum := 0.0
		for _, x := range bins[i : i+merge] {
			sum += x
		}
		ys = append(ys, sum)
	}
	if len(ys) < leastSteady {
		return Value{Withheld: "successes for less than a minute"}
	}
	ys = ys[warmUp(ys):]
	mean, variance := moments(ys)
	if mean == 0 {
		return Value{Withheld: noSuccess}
	}
	return Value{V: math.Sqrt(variance) / mean, N: int64(len(ys))}
}

// warmUp is how many values to leave out at the front, at most half.
func warmUp(ys []float64) (cut int) {
	least := math.Inf(1)
	for d := range len(ys)/2 + 1 {
		_, variance := moments(ys[d:])
		if e := variance / float64(len(ys)-d); e < least {
			least, cut = e, d
		}
	}
	return cut
}

func moments(ys []float64) (mean, variance float64) {
	for _, y := range ys {
		mean += y / float64(len(ys))
	}
	for _, y := range ys {
		variance += (y - mean) * (y - mean) / float64(len(ys))
	}
	return mean, variance
}

// drained puts the instants by which half and 95 % of the arrivals had
// succeeded, at the upper edge of their bin, and how long the tail is beyond.
func (s *Snapshot) drained(v *values, t *ClassStats) {
	at := func(share float64) Value {
		sum := int64(0)
		for i := range s.Series.Bins {
			if sum += s.Series.Bins[i].Ended[load.OK]; float64(sum) >= share*float64(t.Arrivals) && sum > 0 {
				end := min(time.Duration(i+1)*s.Series.Width, s.Herd.LastSuccess)
				return Value{V: end.Seconds(), N: sum}
			}
		}
		return Value{Withheld: "fewer succeeded", N: sum}
	}
	half, most := at(0.50), at(0.95)
	v.put("drain_s.p50", half)
	v.put("drain_s.p95", most)
	tail := Value{N: t.Arrivals, Withheld: most.Withheld}
	switch {
	case tail.Withheld != "":
	case t.Finished[load.OK] < t.Arrivals:
		tail.Withheld = "not all succeeded"
	case most.V > 0:
		tail.V = s.Herd.LastSuccess.Seconds() / most.V
	default:
		tail.V = 1
	}
	v.put("tail_factor", tail)
}

// idle puts for which share of the time that permits were held they were held by
// a call that slept.
func (s *Snapshot) idle(v *values) {
	flying, asleep := 0.0, 0.0
	for i := range s.Series.Bins {
		flying += float64(s.Series.Bins[i].InFlight)
		asleep += float64(s.Series.Bins[i].Sleeping)
	}
	switch {
	case s.Config.Permits == NoPermits:
		v.put("permit_idle_ratio", Value{Withheld: "the strategy has no concurrency limit"})
	case s.Config.Permits == PermitPerTry && flying > 0:
		v.put("permit_idle_ratio", Value{N: s.Attempts.Sent})
	default:
		v.ratio("permit_idle_ratio", asleep, flying+asleep, noAttempts)
	}
}
