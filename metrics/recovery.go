package metrics

import (
	"time"

	"ratecliff/load"
)

// Constants of recovery: goodput over 10 s, held for 60 s, as against the 60 s
// before the outage; not recovered 10 outages later is metastable (Bronson and
// others, Metastable Failures in Distributed Systems, HotOS 2021).
const (
	recoveryWindow = 10 * time.Second
	recoveryHold   = 60 * time.Second
	recoveryBase   = 60 * time.Second
	recoveryShare  = 0.95
	recoveryExcess = 1.05
	metastable     = 10
)

// recovery puts how long after an outage the service was what it had been
// before it, the worst of all outages, and from which share of them it recovered.
func (s *Snapshot) recovery(v *values) {
	if len(s.Config.Outages) == 0 {
		v.put("recovery_s", Value{Withheld: "no outage is known"})
		v.put("recovered_ratio", Value{Withheld: "no outage is known"})
		return
	}
	worst, back, n := time.Duration(0), 0, int64(0)
	for _, o := range s.Config.Outages {
		took, ok := s.recovered(o)
		if before, _ := s.before(o); before == 0 || !ok && o.To+metastable*(o.To-o.From) > s.Config.Duration {
			continue // there was nothing to lose, or calls did not arrive for long enough to tell
		}
		n++
		if ok {
			worst = max(worst, took)
			back++
		}
	}
	if n == 0 {
		v.put("recovery_s", Value{Withheld: tooShort})
		v.put("recovered_ratio", Value{Withheld: tooShort})
		return
	}
	v.put("recovered_ratio", Value{V: float64(back) / float64(n), N: n})
	took := Value{V: worst.Seconds(), N: n}
	if int64(back) < n {
		took.Withheld = "not recovered within ten times the outage"
	}
	v.put("recovery_s", took)
}

const tooShort = "too little time before or after the outage to tell"

// recovered is how long after the outage goodput was back at 95 % of what it was
// before and the backlog at 105 % (or one call), both for 10 s and, on average,
// for 60 s; false when that did not happen within ten times the outage or the run.
func (s *Snapshot) recovered(o Outage) (time.Duration, bool) {
	width := s.Series.Width
	goodput, backlog := s.before(o)
	limit := min(o.To+metastable*(o.To-o.From), time.Duration(len(s.Series.Bins))*width-recoveryHold)
	for t := (o.To + width - 1) / width * width; t <= limit; t += width {
		ok := true
		for _, span := range []time.Duration{recoveryWindow, recoveryHold} {
			g, b := s.mean(t, t+span)
			ok = ok && g >= recoveryShare*goodput && b <= max(recoveryExcess*backlog, backlog+1)
		}
		if ok {
			return t - o.To, true
		}
	}
	return 0, false
}

// before is what mean says of the minute before an outage.
func (s *Snapshot) before(o Outage) (goodput, backlog float64) {
	if o.From <= 0 {
		return 0, 0
	}
	return s.mean(o.From-min(recoveryBase, o.From), o.From)
}

// mean is the successes per ns and the calls waiting or asleep over a time, in
// whole bins.
func (s *Snapshot) mean(from, to time.Duration) (goodput, backlog float64) {
	width := s.Series.Width
	first := int(from / width)
	last := min(max(first+1, int(to/width)), len(s.Series.Bins))
	if first >= last {
		return 0, 0
	}
	for i := first; i < last; i++ {
		b := &s.Series.Bins[i]
		goodput += float64(b.Ended[load.OK])
		backlog += float64(b.Waiting + b.Sleeping)
	}
	span := float64(last-first) * float64(width)
	return goodput / span, backlog * float64(time.Millisecond) / span
}
