package load

import (
	"math"
	"math/rand/v2"
	"time"
)

// gaps draws the distances of a renewal process, in seconds: gamma with shape
// 1/cv² and scale cv²·mean, so that the mean is 1/rate and the coefficient of
// variation cv; cv 1 is exponential.
type gaps struct {
	rng   *rand.Rand
	mean  float64
	shape float64
}

func newGaps(rng *rand.Rand, rate Rate, cv float64) gaps {
	return gaps{rng: rng, mean: 1 / float64(rate), shape: 1 / (cv * cv)}
}

func (g *gaps) draw() float64 {
	if g.shape == 1 {
		return g.mean * g.rng.ExpFloat64()
	}
	return g.mean / g.shape * gamma(g.rng, g.shape)
}

// gamma draws from the gamma distribution of unit scale (Marsaglia and Tsang, A
// simple method for generating gamma variables, 2000). Shapes below 1 use their
// remark that G(a) = G(a+1)·U^(1/a).
func gamma(rng *rand.Rand, shape float64) float64 {
	boost := 1.0
	if shape < 1 {
		boost = math.Pow(1-rng.Float64(), 1/shape)
		shape++
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := rng.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		u := 1 - rng.Float64()
		if u < 1-0.0331*x*x*x*x || math.Log(u) < x*x/2+d*(1-v+math.Log(v)) {
			return boost * d * v
		}
	}
}

// renewal is the timeline of independent gaps. The first arrival comes one gap
// after the start, so the expected count up to a late t is
// rate·t + (cv²-1)/2 (renewal theorem; Feller, volume 2, chapter XI).
type renewal struct {
	gaps gaps
	t    float64
}

func (r *renewal) next() (time.Duration, bool) {
	r.t += r.gaps.draw()
	return seconds(r.t), true
}

// onOff is a renewal process whose clock only runs while on. What is left of a
// gap when an on period ends passes after the pause. The long-run rate is
// rate·on/(on+off).
type onOff struct {
	gaps    gaps
	on, off float64 // mean lengths, seconds
	fixed   bool
	t       float64 // time spent on, up to the last arrival
	until   float64 // time spent on, at the end of the current on period
	paused  float64 // time spent off
	horizon float64 // end of the run, beyond which nothing is looked for
}

func newOnOff(g gaps, p *Process, horizon time.Duration) *onOff {
	o := &onOff{gaps: g, on: p.On.Seconds(), off: p.Off.Seconds(), fixed: p.Shape == Fixed, horizon: horizon.Seconds()}
	o.until = o.period(o.on)
	return o
}

func (o *onOff) period(mean float64) float64 {
	if o.fixed {
		return mean
	}
	return mean * o.gaps.rng.ExpFloat64()
}

func (o *onOff) next() (time.Duration, bool) {
	o.t += o.gaps.draw()
	for o.t >= o.until {
		if o.until+o.paused > o.horizon {
			return 0, false
		}
		o.paused += o.period(o.off)
		o.until += o.period(o.on)
	}
	return seconds(o.t + o.paused), true
}

// bursts is n arrivals at once, once or periodically.
type bursts struct {
	at, every time.Duration
	n, k      int
}

func (b *bursts) next() (time.Duration, bool) {
	if b.k == b.n {
		if b.every == 0 || b.at > Never-b.every {
			return 0, false
		}
		b.at += b.every
		b.k = 0
	}
	b.k++
	return b.at, true
}
