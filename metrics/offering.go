package metrics

import (
	"fmt"
	"time"

	"ratecliff/load"
)

// offering puts what is told of all that was offered, failures included.
func (s *Snapshot) offering(v *values, t *ClassStats) {
	for _, q := range quantiles() {
		v.put("offered_time_ms."+q.name, offeredTime(t, q.q, q.need))
	}
	kept, billed := t.Tokens.Prompt(), int64(0)
	for i := range s.Billed {
		billed += s.Billed[i].Tokens.Prompt()
	}
	input := billed + s.TokensRefused.Prompt()
	v.ratio("wasted_input_ratio", float64(max(0, input-kept)), float64(input), noAttempts)
	s.demanded(v)
	v.put("class_wait_ratio", s.urgentWait())
}

// offeredTime is a percentile of the response times of all arrivals, where one
// that never succeeded waits for ever.
func offeredTime(t *ClassStats, q float64, need int64) Value {
	h, n := &t.Timings[load.OK].Response, t.Arrivals
	ok := h.Count()
	rank := max(1, int64(q*float64(n)+0.5))
	switch {
	case n == 0:
		return Value{Withheld: noArrivals}
	case n < need:
		return Value{Withheld: fmt.Sprintf("needs %d arrivals, had %d", need, n), N: n}
	case rank > ok:
		return Value{Withheld: "too many arrivals never succeeded", N: n}
	}
	return Value{V: float64(h.Quantile(float64(rank)/float64(ok))) / float64(time.Millisecond), N: n}
}

// demanded puts, for each limit, what was served as a share of what could have
// been charged and was asked for: min(level at the start + refill · H, Σ cost of
// the arrivals); and the utilisation of the limit that binds, the one with the
// least supply for its demand. Of several groups of pools, the fullest.
func (s *Snapshot) demanded(v *values) {
	binding, tight := Value{Withheld: "the limits are not known"}, 0.0
	var most [3]Value
	for d := range most {
		most[d].Withheld = "the limit is not known"
	}
	groups := s.poolGroups()
	for i := range groups {
		g := &groups[i]
		demand := g.offered.total()
		for d := range most {
			supply, served := g.budget(d, s.length()), 0.0
			if g.limits[d] == nil || supply <= 0 || demand[d] == 0 {
				continue
			}
			for _, p := range g.pools {
				served += float64(s.Pools[p].Served[d])
			}
			if u := served / min(supply, float64(demand[d])); most[d].Withheld != "" || u > most[d].V {
				most[d] = Value{V: u, N: g.offered.Arrivals}
			}
			if pressed := float64(demand[d]) / supply; pressed > tight {
				tight, binding = pressed, Value{V: served / supply, N: g.offered.Arrivals}
			}
		}
	}
	for d := range most {
		v.put("utilisation_of_demand."+(load.RPM+load.Dimension(d)).String(), most[d])
	}
	v.put("utilisation.binding", binding)
}

// total is the sum of the costs.
func (o *OfferedCosts) total() Costs {
	t := Costs{o.Arrivals, 0, 0}
	for _, c := range o.Input {
		t[1] += c.Sum
	}
	for _, c := range o.Output {
		t[2] += c.Sum
	}
	return t
}

// urgentWait is the mean time that successes of the most urgent class waited and
// slept ÷ that of the least urgent one.
func (s *Snapshot) urgentWait() Value {
	if len(s.Config.Priorities) == 0 || !s.ranked() {
		return Value{Withheld: "all calls are equally urgent"}
	}
	low, high := s.Config.Priorities[0], s.Config.Priorities[0]
	for _, p := range s.Config.Priorities {
		low, high = min(low, p), max(high, p)
	}
	urgent, n := s.meanWait(low)
	other, m := s.meanWait(high)
	switch {
	case low == high:
		return Value{Withheld: "all calls are equally urgent"}
	case n == 0 || m == 0:
		return Value{Withheld: noSuccess}
	case other < time.Millisecond:
		return Value{Withheld: "nobody had to wait"}
	}
	return Value{V: float64(urgent) / float64(other), N: n + m}
}

// meanWait is the mean over the successes of the classes of one priority.
func (s *Snapshot) meanWait(p load.Priority) (mean time.Duration, n int64) {
	sum := 0.0
	for i := range min(len(s.Classes), len(s.Config.Priorities)) {
		if s.Config.Priorities[i] != p {
			continue
		}
		t := &s.Classes[i].Timings[load.OK]
		count := t.Queue.Count()
		sum += float64(count) * float64(t.Queue.Mean()+t.Backoff.Mean())
		n += count
	}
	return time.Duration(sum / float64(max(n, 1))), n
}
