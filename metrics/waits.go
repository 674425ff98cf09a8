package metrics

import (
	"math"
	"time"
)

// waits is the least time that the successes can have waited for admission
// together, and the time they did wait, in ns.
//
// Requests. Each costs one, so any order that leaves no token lying gives the
// same sum: the k-th is admitted when the bucket, emptied in order of arrival,
// has refilled. Arrivals count from the lower edge of their bin, which can only
// let them in earlier. Tokens. By the instant t at most b + r·t can be admitted,
// so with all of S there from the start the sum is least with the cheapest first:
// Σ_k (c_(1) + … + c_(k) − b)⁺ / r, with the cheapest |S| of all that were
// offered. Both are bounds from below; the larger counts. Source: shortest
// processing time first, W. E. Smith, Naval Research Logistics Quarterly 3 (1956).
func (s *Snapshot) waits() (least, waited float64) {
	groups := s.poolGroups()
	for i := range groups {
		g := &groups[i]
		dues, n := 0.0, int64(0)
		for _, p := range g.pools {
			dues += float64(s.Pools[p].Dues) * float64(time.Microsecond)
			n += s.Pools[p].Succeeded
		}
		bound := 0.0
		if g.limits[0] != nil {
			bound = s.waitsForRequests(g, dues)
		}
		for d, cells := range [][]CostCell{g.offered.Input, g.offered.Output} {
			if g.limits[d+1] != nil {
				bound = max(bound, g.waitsForTokens(d+1, cells, n)-dues)
			}
		}
		least += bound
	}
	for i := range s.Pools {
		waited += float64(s.Pools[i].Waits) * float64(time.Microsecond)
	}
	return least, waited
}

// rate is the refill of limit d per ns.
func (g *poolGroup) rate(d int) (perNs float64) {
	for _, l := range g.limits[d] {
		perNs += float64(l.PerMinute) / float64(time.Minute)
	}
	return perNs
}

// waitsForRequests empties the request bucket in order of arrival.
func (s *Snapshot) waitsForRequests(g *poolGroup, dues float64) float64 {
	level, capacity, rate := g.budget(0, 0), 0.0, g.rate(0)
	for _, l := range g.limits[0] {
		capacity += float64(l.Burst)
	}
	bins, width := 0, float64(s.Series.Width)
	for _, p := range g.pools {
		bins = max(bins, len(s.Pools[p].ByArrival))
	}
	admitted, certain := 0.0, 0.0 // Σ of the instants of admission; Σ of what lies beyond the arrival's bin
	for i := range bins {
		n := 0.0
		for _, p := range g.pools {
			if i < len(s.Pools[p].ByArrival) {
				n += float64(s.Pools[p].ByArrival[i][0])
			}
		}
		if i > 0 {
			level = min(capacity, level+rate*width)
		}
		admitted += n*float64(i)*width + beyond(n, level)/rate
		certain += beyond(n, level+rate*width) / rate
		level -= n
	}
	return max(certain, admitted-dues)
}

// beyond is Σ (j − level)⁺ over j = 1 … n: what the first n together have to
// wait for, in tokens.
func beyond(n, level float64) float64 {
	at := max(0, math.Floor(level)) // so many need not wait
	k := n - at
	if k <= 0 {
		return 0
	}
	return k*(at-level) + k*(k+1)/2
}

// waitsForTokens sums the instants at which the n cheapest requests can be
// admitted.
func (g *poolGroup) waitsForTokens(d int, cells []CostCell, n int64) float64 {
	have, rate, sum := g.budget(d, 0), g.rate(d), 0.0
	if d == 2 {
		have += g.debt
	}
	spent := 0.0
	for _, c := range cells {
		k := min(c.Count, n)
		n -= k
		if cost := float64(c.Least); cost > 0 {
			sum += cost * beyond(float64(k), (have-spent)/cost)
		} else {
			sum += float64(k) * max(0, spent-have)
		}
		spent += float64(c.Least) * float64(k)
	}
	return sum / rate
}
