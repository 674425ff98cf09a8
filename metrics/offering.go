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
// the arrivals), of the fullest group of pools; and the utilisation of the limit
// that binds.
func (s *Snapshot) demanded(v *values) {
	var most [3]Value
	for d := range most {
		most[d].Withheld = "the limit is not known"
	}
	tight := use{}
	for _, u := range s.uses() {
		if share := u.served / min(u.supply, u.demand); most[u.d].Withheld != "" || share > most[u.d].V {
			most[u.d] = Value{V: share, N: u.n}
		}
		if u.pressure() > tight.pressure() {
			tight = u
		}
	}
	for d := range most {
		v.put("utilisation_of_demand."+(load.RPM+load.Dimension(d)).String(), most[d])
	}
	if tight.supply == 0 {
		v.put("utilisation.binding", Value{Withheld: "no limit is known that anything was asked of"})
		return
	}
	v.put("utilisation.binding", Value{V: tight.served / tight.supply, N: tight.n})
}

// use is one limit of a group of pools: what it could give, what was asked of it
// and what it gave.
type use struct {
	d                      int
	supply, demand, served float64
	n                      int64 // arrivals
}

// pressure is how many times what there was was asked for; 0 of no limit.
func (u *use) pressure() float64 {
	if u.supply == 0 {
		return 0
	}
	return u.demand / u.supply
}

// uses are those of which something was asked.
func (s *Snapshot) uses() (out []use) {
	groups := s.poolGroups()
	for i := range groups {
		g := &groups[i]
		demand := g.offered.total()
		for d := range demand {
			u := use{d: d, demand: float64(demand[d]), supply: g.budget(d, s.length()), n: g.offered.Arrivals}
			if g.limits[d] == nil || u.supply <= 0 || u.demand == 0 {
				continue
			}
			for _, p := range g.pools {
				u.served += float64(s.Pools[p].Served[d])
			}
			out = append(out, u)
		}
	}
	return out
}

// Binding is the limit with the least supply (level at the start + refill · H)
// for what all arrivals together cost: "rpm", "itpm" or "otpm"; "" when no limit
// is known or nothing was asked.
func (s *Snapshot) Binding() string {
	tight := use{}
	for _, u := range s.uses() {
		if u.pressure() > tight.pressure() {
			tight = u
		}
	}
	if tight.supply == 0 {
		return ""
	}
	return (load.RPM + load.Dimension(tight.d)).String()
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
