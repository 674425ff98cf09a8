package metrics

import (
	"time"

	"ratecliff/load"
)

// spread puts how the service was shared out, and what of the work was of no
// use.
func (s *Snapshot) spread(v *values, t *ClassStats) {
	ok, arrivals, sent := float64(t.Finished[load.OK]), float64(t.Arrivals), float64(t.Sent)
	gone := t.Finished[load.Lost] + t.Finished[load.TimedOut] + t.Finished[load.Shed] + t.Finished[load.Dropped]
	v.ratio("lost_ratio", float64(gone), arrivals, noArrivals)
	v.ratio("deadline_miss_ratio", float64(t.Deadline-t.InTime), float64(t.Deadline), "no arrival has a deadline")
	v.ratio("wasted_attempts_ratio", max(0, sent-ok), sent, noAttempts)
	v.ratio("useful_ratio", float64(t.Useful), arrivals, noArrivals)
	v.rate("useful_goodput_per_min", float64(t.Useful), s.length(), t.Useful)
	s.wastedTokens(v, &t.Tokens)
	v.put("fairness.tenants", s.tenants())
	v.put("neighbour_refused_ratio", s.harm())
	if won := quartiles(s.Sizes); won == nil {
		v.put("fairness.sizes", Value{Withheld: "all requests are of one size"})
	} else {
		v.put("fairness.sizes", Value{V: jain(won), N: t.Arrivals})
	}
	inversion := Value{N: t.Granted}
	switch {
	case t.Granted == 0:
		inversion.Withheld = noSuccess
	case !s.ranked():
		inversion.Withheld = "all calls are equally urgent"
	default:
		inversion.V = float64(t.Inverted) / float64(t.Granted)
	}
	v.put("priority_inversion_ratio", inversion)
}

// ranked says whether there is anything to invert.
func (s *Snapshot) ranked() bool { return s.Priorities&(s.Priorities-1) != 0 }

// wastedTokens puts the share of the billed tokens that no success has.
func (s *Snapshot) wastedTokens(v *values, kept *load.Tokens) {
	billed := int64(0)
	for i := range s.Billed {
		billed += s.Billed[i].Tokens.Prompt() + s.Billed[i].Tokens.Output
	}
	wasted := max(0, billed-kept.Prompt()-kept.Output)
	v.ratio("wasted_tokens_ratio", float64(wasted), float64(billed), "no usage was reported")
}

// tenants is Jain's index over the shares of success of the tenants that had
// arrivals.
func (s *Snapshot) tenants() Value {
	var names []string
	var won, of []float64
	for i := range s.Classes {
		if i >= len(s.Config.Tenants) || s.Classes[i].Arrivals == 0 {
			continue
		}
		at := 0
		for at < len(names) && names[at] != s.Config.Tenants[i] {
			at++
		}
		if at == len(names) {
			names, won, of = append(names, s.Config.Tenants[i]), append(won, 0), append(of, 0)
		}
		won[at] += float64(s.Classes[i].Finished[load.OK])
		of[at] += float64(s.Classes[i].Arrivals)
	}
	if len(names) < 2 {
		return Value{Withheld: "there are no two tenants"}
	}
	n := 0.0
	for i := range won {
		n += of[i]
		won[i] /= of[i]
	}
	return Value{V: jain(won), N: int64(n)}
}

// layered puts by how much each retry layer multiplies what it is given, the
// innermost first: attempts ordered from inside it or by it, for each that came
// from outside. The factors multiply to attempts per call sent.
func (s *Snapshot) layered(v *values) {
	total := int64(0)
	for _, n := range s.Attempts.ByLayer {
		total += n
	}
	for i := range load.MaxLayers {
		name := "amplification.layer" + string(rune('1'+i))
		within := total
		if i+1 < len(s.Attempts.ByLayer) {
			total -= s.Attempts.ByLayer[i+1]
		}
		v.ratio(name, float64(within), float64(total), noAttempts)
	}
}

// blameable is the refill of limit d that was lost to a full bucket while calls
// waited or slept, as a share of all that the pools could have charged.
func (s *Snapshot) blameable(d int) Value {
	if !s.Watched {
		return Value{Withheld: "the server's buckets were not watched"}
	}
	worst := Value{Withheld: "the limit is not known"}
	for i := range s.Config.Limits {
		l := &s.Config.Limits[i]
		limit := [3]Limit{l.RPM, l.ITPM, l.OTPM}[d]
		supply := float64(limit.Level) + limit.refill(s.length())
		if !limit.known() || supply <= 0 {
			continue
		}
		if u := float64(s.Pools[i].Spilled[d]) / 1000 / supply; worst.Withheld != "" || u > worst.V {
			worst = Value{V: u, N: s.Pools[i].Served[0]}
		}
	}
	return worst
}

// parts puts what the share of the optimum is made of, and the share of the
// least waiting.
func (s *Snapshot) parts(v *values, o *Optimum, withheld string) {
	goodput, makespan, wait := Value{N: o.Most, Withheld: withheld}, Value{N: o.Most, Withheld: withheld}, Value{N: o.Successes, Withheld: withheld}
	if withheld == "" {
		goodput.V = min(1, float64(o.Successes)/float64(o.Most))
		makespan.V, makespan.N = 1, o.Successes
		switch {
		case o.Successes == 0:
			makespan.Withheld, wait.Withheld = noSuccess, noSuccess
		case o.Last > 0:
			makespan.V = min(1, float64(o.Soonest)/float64(o.Last))
		}
	}
	if wait.Withheld == "" {
		least, waited := s.waits()
		switch {
		case least < float64(time.Millisecond):
			wait.Withheld = "nobody had to wait"
		default:
			wait.V = min(1, least/max(waited, least))
		}
	}
	v.put("optimum_share.goodput", goodput)
	v.put("optimum_share.makespan", makespan)
	v.put("optimum_share.wait", wait)
}
