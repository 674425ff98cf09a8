package metrics

import (
	"math"
	"time"

	"ratecliff/load"
)

// most is N* of [Snapshot.Optimum].
func (s *Snapshot) most(groups []poolGroup) int64 {
	free := len(s.Config.Limits) // what no pool covers is without limits
	all := s.Offered[free].Arrivals
	sum := all
	for i := range groups {
		all += groups[i].offered.Arrivals
		sum += groups[i].most(s.horizon())
	}
	return min(sum, all)
}

// most bounds how many of the arrivals offered to g fit until the horizon.
func (g *poolGroup) most(horizon time.Duration) int64 {
	n := g.offered.Arrivals
	if g.limits[0] != nil {
		n = min(n, whole(g.budget(0, horizon)))
	}
	if g.limits[1] != nil {
		n = min(n, fitting(g.offered.Input, g.budget(1, horizon), g.largest(1)))
	}
	if g.limits[2] != nil {
		n = min(n, fitting(g.offered.Output, g.budget(2, horizon)+g.debt, g.largest(2)))
	}
	return n
}

// budget is all that can be charged in limit d from instant 0 on, widened by
// the error of its own sum.
func (g *poolGroup) budget(d int, until time.Duration) float64 {
	sum := 0.0
	for _, l := range g.limits[d] {
		sum += float64(l.Level) + l.refill(until)
	}
	return sum * (1 + 1e-12)
}

// largest is the largest cost that one request may have in limit d.
func (g *poolGroup) largest(d int) int64 {
	if d == 2 && g.output != OutputUpFront {
		return math.MaxInt64
	}
	var most int64
	for _, l := range g.limits[d] {
		most = max(most, l.Burst)
	}
	return most
}

// refill is what comes in during a time.
func (l Limit) refill(during time.Duration) float64 {
	return float64(l.PerMinute) * (float64(during) / float64(time.Minute))
}

// full is the most that the bucket can hold at an instant.
func (l Limit) full(at time.Duration) float64 {
	return min(float64(l.Burst), float64(l.Level)+l.refill(at))
}

// soonest is T*(S) of [Snapshot.Optimum] and what it comes from.
func (s *Snapshot) soonest(groups []poolGroup) (time.Duration, string) {
	latest, by := time.Duration(0), "service"
	for i := range s.Pools {
		latest = max(latest, s.Pools[i].LastIdeal)
	}
	for i := range groups {
		g := &groups[i]
		for d := range g.limits {
			if g.limits[d] == nil {
				continue
			}
			if t := s.soonestIn(g, d); t > latest {
				latest, by = t, g.name+" "+(load.RPM+load.Dimension(d)).String()
			}
		}
	}
	return latest, by
}

// soonestIn bounds from below when limit d of g could have let S through.
func (s *Snapshot) soonestIn(g *poolGroup, d int) (latest time.Duration) {
	var rate, cost float64 // units per ns; C_d(u)
	for _, l := range g.limits[d] {
		rate += float64(l.PerMinute) / float64(time.Minute)
	}
	after, debt := g.service, 0.0
	if d == 2 && g.output != OutputUpFront {
		after, debt = 0, g.debt
	}
	bins := 0
	for _, p := range g.pools {
		bins = max(bins, len(s.Pools[p].ByArrival))
	}
	for i := bins - 1; i >= 0; i-- {
		u, level := time.Duration(i)*s.Series.Width, debt
		for _, p := range g.pools {
			if i < len(s.Pools[p].ByArrival) {
				cost += float64(s.Pools[p].ByArrival[i][d])
			}
		}
		for _, l := range g.limits[d] {
			level += l.full(u)
		}
		if cost > level {
			latest = max(latest, u+time.Duration(whole((cost-level)/rate))+after)
		}
	}
	return latest
}

// whole is the whole part of a number that is not negative, at most 2^62.
func whole(x float64) int64 { return int64(min(max(x, 0), 1<<62)) }
