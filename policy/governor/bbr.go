package governor

import (
	"time"

	"ratecliff/load"
)

// The constants of Linux net/ipv4/tcp_bbr.c.
const (
	bbrHighGain   = 2.885 // 2/ln 2: the least that doubles the rate each round
	bbrMargin     = 0.99  // pace 1 % below the estimate
	bbrWindow     = 10    // rounds the highest rate is remembered for
	bbrFullGrowth = 1.25  // a rate that grows less
	bbrFullRounds = 3     // for so many rounds is the full one
	bbrCycle      = 8
	bbrFirstPhase = 2 // drawn at random there; here always the first of the even ones
)

// gain of the phase of the cycle.
func gain(phase int) float64 {
	switch phase {
	case 0:
		return 1.25
	case 1:
		return 0.75
	}
	return 1
}

// bbr is the rate control of BBR in each dimension. What a success used has been
// delivered, what a 429 refused in the dimension it names was lost. Left out are
// the probing of the shortest round trip, the smoothing of aggregated
// acknowledgements and the bound on what is under way: there is no queue on the
// way that could be measured by delay, and calls in flight are concurrency's to
// bound. A round trip is Round, for answers take as long as they are long.
type bbr struct {
	paced
	flow [dimensions]flow
}

func newBBR(cfg *Config) *bbr {
	b := &bbr{paced: newPaced(cfg)}
	for d := range b.flow {
		b.flow[d].mode = probing
	}
	b.flow[0].mode = startup
	return b
}

func (b *bbr) take(now time.Duration, n *note) {
	b.paced.take(now, n)
	for d := range b.flow {
		if n.used[d] {
			b.flow[d].used = true
		}
	}
}

func (b *bbr) done(now time.Duration, n *note, r *load.Response) {
	b.settle(n, r)
	var delivered cost
	lost, isLost := blamed(r)
	if r.Outcome == load.OK {
		delivered = cost{1, float64(r.Usage.Metered()), float64(r.Usage.Output)}
	}
	for d := range b.flow {
		f := &b.flow[d]
		l := 0.0
		if isLost && lost == d {
			l = n.cost[d]
		}
		f.count(delivered[d], l)
		f.answer(now, (r.Outcome == load.OK || isLost) && now-f.since >= b.cfg.Round, l > 0)
		switch bk := &b.bucket[d]; {
		case bk.rate <= 0 && l > 0:
			b.open(now, d, b.bounded(d, f.rate()))
		case bk.rate > 0:
			bk.set(now, b.paceOf(d, bk.rate))
		}
	}
}

// paceOf is the rate of dimension d; before the full rate is found it only rises.
func (b *bbr) paceOf(d int, before float64) float64 {
	f := &b.flow[d]
	rate := f.rate()
	if f.mode == startup {
		rate = max(rate, before)
	}
	return b.bounded(d, rate)
}

// mode is what a flow is about.
type mode uint8

const (
	startup  mode = iota // double the rate until it grows no more
	draining             // send less for a round
	probing              // go through the cycle
)

// flow is what is known of one dimension.
type flow struct {
	mode  mode
	phase int
	used  bool // in this round some call had to wait: the rate was in use

	since     time.Duration // of the round
	delivered float64       // in all
	lost      float64       // in all
	atRound   float64       // delivered by then
	best      [bbrWindow]float64
	rounds    int

	full  float64 // highest rate when it last grew
	stall int     // rounds since
	police
}

// rate is what to send at.
func (f *flow) rate() float64 {
	g := gain(f.phase)
	switch {
	case f.policed:
		return f.mean
	case f.mode == startup:
		g = bbrHighGain
	case f.mode == draining:
		g = 1 / bbrHighGain
	}
	return bbrMargin * g * f.highest()
}

func (f *flow) highest() float64 {
	best := 0.0
	for _, v := range f.best {
		best = max(best, v)
	}
	return best
}

func (f *flow) count(delivered, lost float64) {
	f.delivered += delivered
	f.lost += lost
}

// answer follows every answer. A round ends with the first success or 429 after
// its length: while a server fails, nothing is learned of its limits, and nothing
// forgotten.
func (f *flow) answer(now time.Duration, ends, lost bool) {
	if f.policed {
		f.keep(ends)
	} else {
		f.sample(now, f, lost, ends)
	}
	if !ends {
		return
	}
	sample := (f.delivered - f.atRound) / (now - f.since).Seconds()
	f.rounds++
	slot := &f.best[f.rounds%bbrWindow]
	if f.used || sample > f.highest() {
		*slot = sample
	} else {
		*slot = f.best[(f.rounds+bbrWindow-1)%bbrWindow] // demand was less: it says nothing of the rate
	}
	f.since, f.atRound = now, f.delivered
	f.next()
	f.used = false
}

// next is where the flow stands after a round.
func (f *flow) next() {
	switch f.mode {
	case startup:
		if !f.used {
			return
		}
		if best := f.highest(); best >= f.full*bbrFullGrowth {
			f.full, f.stall = best, 0
			return
		}
		if f.stall++; f.stall >= bbrFullRounds {
			f.mode = draining
		}
	case draining:
		f.mode, f.phase = probing, bbrFirstPhase
	case probing:
		f.phase = (f.phase + 1) % bbrCycle
	}
}
