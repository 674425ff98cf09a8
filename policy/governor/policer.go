package governor

import (
	"math"
	"time"
)

// More constants of Linux net/ipv4/tcp_bbr.c.
const (
	policedMin    = 4          // rounds of an interval
	policedMax    = 16         //
	policedLoss   = 50.0 / 256 // lost ÷ delivered
	policedRatio  = 1.0 / 8    // by which two intervals may differ
	policedRounds = 48         // that their mean is kept to
)

// police looks for a policer: a bucket that lets through a rate and refuses what
// is above.
type police struct {
	policed   bool
	mean      float64 // the rate it lets through
	interval  float64 // that of the last interval; 0 without one
	sampling  bool
	from      time.Duration
	delivered float64 // when the interval began
	lost      float64
	length    int // rounds of the interval, or since the policer was found
}

// keep ends the belief in the policer after a while.
func (f *flow) keep(round bool) {
	if !round {
		return
	}
	if f.length++; f.length >= policedRounds {
		f.police = police{}
		f.mode, f.phase = probing, bbrFirstPhase
	}
}

// sample measures intervals that begin and end with a loss, so that the bucket
// was empty at both ends.
func (p *police) sample(now time.Duration, f *flow, lost, round bool) {
	if !p.sampling {
		if !lost {
			return
		}
		p.begin(now, f)
		p.sampling = true
	}
	if round {
		p.length++
		if !f.used {
			*p = police{} // demand ran out: it would seem too low
			return
		}
	}
	if p.length < policedMin {
		return
	}
	if p.length > policedMax {
		*p = police{}
		return
	}
	delivered, gone := f.delivered-p.delivered, f.lost-p.lost
	if !lost || delivered <= 0 || gone < policedLoss*delivered || now <= p.from {
		return
	}
	p.judge(now, f, delivered/(now-p.from).Seconds())
}

func (p *police) begin(now time.Duration, f *flow) {
	p.from, p.delivered, p.lost, p.length = now, f.delivered, f.lost, 0
}

// judge compares an interval with the one before.
func (p *police) judge(now time.Duration, f *flow, rate float64) {
	if p.interval > 0 && math.Abs(rate-p.interval) <= policedRatio*p.interval {
		*p = police{policed: true, mean: (rate + p.interval) / 2}
		return
	}
	p.interval = rate
	p.begin(now, f)
}
