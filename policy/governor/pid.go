package governor

import (
	"math"
	"time"

	"ratecliff/load"
)

// pid is a PI controller of the share of 429s in each dimension.
type pid struct {
	paced
	loop [dimensions]loop
}

// loop is the controller of one dimension.
type loop struct {
	base          float64 // rate at u = 0
	integral      float64 // of e
	since         time.Duration
	answers, lost float64
	used          bool
}

func newPID(cfg *Config) *pid {
	p := &pid{paced: newPaced(cfg)}
	p.loop[0].base = float64(cfg.Start)
	return p
}

func (p *pid) done(now time.Duration, n *note, r *load.Response) {
	p.settle(n, r)
	lost, isLost := blamed(r)
	if !isLost && r.Outcome != load.OK {
		return // says nothing of any limit
	}
	for d := range p.loop {
		l := &p.loop[d]
		l.answers++
		l.used = l.used || n.used[d]
		if isLost && lost == d {
			l.lost++
			if p.bucket[d].rate <= 0 {
				l.base = p.bounded(d, p.bucket[0].rate*p.unit(d))
				p.open(now, d, l.base)
			}
		}
		if p.bucket[d].rate > 0 && now-l.since >= p.cfg.Round {
			p.steer(now, d, l)
		}
	}
}

// steer ends a period. The integral stands still while the rate is at a bound
// and would go beyond it, and does not rise while the rate is not used: else it
// would wind up.
func (p *pid) steer(now time.Duration, d int, l *loop) {
	e := p.cfg.Target - l.lost/l.answers
	step := p.cfg.KI * e * p.cfg.Round.Seconds()
	rate := l.base * math.Exp(p.cfg.KP*e+l.integral+step)
	if bounded := p.bounded(d, rate); rate == bounded && (e < 0 || l.used) || bounded > rate && e > 0 || bounded < rate && e < 0 {
		l.integral += step
	}
	p.bucket[d].set(now, p.bounded(d, l.base*math.Exp(p.cfg.KP*e+l.integral)))
	*l = loop{base: l.base, integral: l.integral, since: now}
}
