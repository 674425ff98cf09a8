package metrics

import (
	"time"

	"ratecliff/load"
)

// sustained puts what a sweep of the offered load needs to find the band in which
// a system works until something strikes it and not any more afterwards (Bronson
// and others, Metastable Failures in Distributed Systems, HotOS 2021): whether it
// kept up before, and what it did instead of recovering.
func (s *Snapshot) sustained(v *values) {
	v.put("keeps_up_ratio", s.keepsUp())
	if len(s.Config.Outages) == 0 {
		v.put("recovery_amplification", Value{Withheld: "no outage is known"})
		return
	}
	worst := Value{Withheld: "no arrivals after the outage"}
	for _, o := range s.Config.Outages {
		if a := s.amplified(o); a.Withheld == "" && (worst.Withheld != "" || a.V > worst.V) {
			worst = a
		}
	}
	v.put("recovery_amplification", worst)
}

// keepsUp is successes ÷ arrivals over the minute before the first outage, or,
// where there is none, over the last minute of the arrivals.
func (s *Snapshot) keepsUp() Value {
	to := s.Config.Duration
	for _, o := range s.Config.Outages {
		to = min(to, o.From)
	}
	arrivals, _, served := s.between(max(0, to-recoveryBase), to)
	if arrivals == 0 {
		return Value{Withheld: noArrivals}
	}
	return Value{V: float64(served) / float64(arrivals), N: arrivals}
}

// amplified is attempts ÷ arrivals from the end of an outage until it was
// recovered from, at least 10 s and at most ten times the outage, while calls
// arrive.
func (s *Snapshot) amplified(o Outage) Value {
	span := metastable * (o.To - o.From)
	if took, ok := s.recovered(o); ok {
		span = max(took, recoveryWindow)
	}
	arrivals, attempts, _ := s.between(o.To, min(o.To+span, s.Config.Duration))
	if arrivals == 0 {
		return Value{Withheld: "no arrivals after the outage"}
	}
	return Value{V: float64(attempts) / float64(arrivals), N: arrivals}
}

// between counts what happened within a time, in whole bins.
func (s *Snapshot) between(from, to time.Duration) (arrivals, attempts, served int64) {
	width := s.Series.Width
	last := min(int((to+width-1)/width), len(s.Series.Bins))
	for i := int(from / width); i < last; i++ {
		b := &s.Series.Bins[i]
		arrivals += b.Arrivals
		attempts += b.Attempts
		served += b.Ended[load.OK]
	}
	return arrivals, attempts, served
}
