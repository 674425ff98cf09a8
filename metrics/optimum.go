package metrics

import (
	"fmt"
	"time"

	"ratecliff/load"
)

// Optimum compares a run with what an all-knowing scheduler could have reached
// under the same limits.
type Optimum struct {
	Share     float64       `json:"share"`      // 0 to 1
	Successes int64         `json:"successes"`  // |S|, by the model wanted
	Most      int64         `json:"most"`       // N*: no scheduler could have served more
	Last      time.Duration `json:"last_ns"`    // T_S: the last success
	Soonest   time.Duration `json:"soonest_ns"` // T*(S): no scheduler could have had S done sooner
	Binding   string        `json:"binding"`    // what T*(S) comes from: "service", or pool and limit
}

// overshoot is how far above 1 a share may come out and still be called 1. It
// allows for the way of a request to a live server; more means that the limits
// were not the server's.
const overshoot = 1e-3

// Optimum is |S|/N* · T*(S)/T_S: how much of what could be served was served,
// times how soon it could have been done. Both factors are upper bounds on what
// is possible, so the share is never above 1, and a share of 1 cannot be beaten.
// The text says why there is none, "" when there is one.
//
// T*(S), a lower bound. A bucket d with capacity B, level b at instant 0 and
// refill r holds at most x(u) = min(B, b + r·u) at instant u. Whatever arrived
// at u or later is charged after u, so once all of S is charged, at t,
//
//	Σ_{i∈S, arrived ≥ u} c_i  ≤  x(u) + r·(t − u)
//
// hence t ≥ u + (C_d(u) − x(u))⁺ / r. The last of S to be admitted still has to
// be served: the shortest service time in the pool comes on top. Besides,
// nobody is done before it arrived and was served: T* ≥ max_i(arrival_i +
// service_i). T* is the largest of these over pools, limits and bins u; a bin
// counts from its lower edge.
//
// N*, an upper bound: in every limit of a pool at most b + r·H can be charged
// until the horizon H, so no more can be served than fit cheapest first, and
// nothing that exceeds a capacity. The least over the limits bounds the pool;
// pools add up; nobody serves more than were offered. Costs come in cells of at
// most 1/32 width, summed exactly but for the cell where the budget ends, which
// counts at its least cost.
//
// Pools between which a scheduler may choose (several keys for one model) are one
// pool with summed capacities, levels and refills: a scheduler over all of them
// could do no better than with one bucket of the sum.
//
// A success by another model than the one wanted is none here: it counts neither
// in S nor as used room. So a fallback is held against what the wanted models
// could have served, like every other strategy, and does not win by answering
// with the wrong one.
//
// OTPM. Charged up front, it is a limit like the others: what was reserved
// beyond the real output only came back later. Charged as produced or at the
// end, admission needs only a positive level, and up to K outputs may be in
// debt: C_d(u) is reduced by K · largest output, K the most attempts this run
// had in flight, and no service time comes on top, for the last output counts
// when it is produced.
//
// Source: derivation after Le Boudec and Thiran, Network Calculus (2001), §1.2
// (arrival and service curves); the cheapest-first bound is the fractional
// knapsack with unit values.
func (s *Snapshot) Optimum() (Optimum, string) {
	if len(s.Config.Limits) == 0 {
		return Optimum{}, "the limits are not known"
	}
	o := Optimum{Last: s.Herd.lastWanted()}
	for i := range s.Classes {
		o.Successes += s.Classes[i].Finished[load.OK] - s.Classes[i].Degraded
	}
	groups := s.poolGroups()
	if o.Most = s.most(groups); o.Most == 0 {
		if o.Successes > 0 {
			return Optimum{}, leaked(o.Successes, 0)
		}
		return Optimum{}, "nothing could be served"
	}
	o.Soonest, o.Binding = s.soonest(groups)
	o.Share = float64(o.Successes) / float64(o.Most)
	if o.Last > 0 {
		o.Share *= float64(o.Soonest) / float64(o.Last)
	}
	if o.Share > 1+overshoot {
		return Optimum{}, leaked(float64(o.Successes)*float64(o.Soonest), float64(o.Most)*float64(o.Last))
	}
	o.Share = min(o.Share, 1)
	return o, ""
}

func leaked[T int64 | float64](got, most T) string {
	if most == 0 {
		return "more was served than the limits allow: they are not the server's"
	}
	return fmt.Sprintf("%.2f times what the limits allow was served: they are not the server's", float64(got)/float64(most))
}

// poolGroup is a set of pools between which a scheduler may choose.
type poolGroup struct {
	pools   []int
	offered OfferedCosts
	limits  [3][]Limit // by dimension; empty when some pool has none
	output  OutputUse
	debt    float64 // most output that may be in debt
	service time.Duration
	name    string
}

// poolGroups gathers the pools with what they were offered.
func (s *Snapshot) poolGroups() []poolGroup {
	number := s.Config.groups()
	at := make(map[int]int)
	var groups []poolGroup
	for i, n := range number {
		g, ok := at[n]
		if !ok {
			g = len(groups)
			at[n] = g
			groups = append(groups, poolGroup{name: s.Config.Limits[i].Name, output: OutputUpFront})
		}
		groups[g].pools = append(groups[g].pools, i)
		groups[g].offered.merge(&s.Offered[i])
	}
	for g := range groups {
		s.complete(&groups[g])
	}
	return groups
}

// complete fills in what follows from the pools of g.
func (s *Snapshot) complete(g *poolGroup) {
	output, served := g.offered.MaxOutput, false
	for _, i := range g.pools {
		l, p := &s.Config.Limits[i], &s.Pools[i]
		for d, limit := range [3]Limit{l.RPM, l.ITPM, l.OTPM} {
			g.limits[d] = append(g.limits[d], limit)
		}
		if l.Output != OutputUpFront {
			g.output = l.Output
		}
		output = max(output, p.MaxOutput)
		if p.Succeeded > 0 && (!served || p.MinService < g.service) {
			g.service, served = p.MinService, true
		}
	}
	for d := range g.limits {
		for _, l := range g.limits[d] {
			if !l.known() {
				g.limits[d] = nil
				break
			}
		}
	}
	if g.output != OutputUpFront {
		g.debt = float64(s.Herd.PeakInFlight) * float64(output)
	}
}

// horizon is the instant until which successes could count.
func (s *Snapshot) horizon() time.Duration {
	return max(s.Config.Duration, s.Config.Horizon, s.Herd.LastFinish, s.Herd.LastSuccess)
}
