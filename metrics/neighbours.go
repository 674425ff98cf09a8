package metrics

import (
	"slices"
	"time"

	"ratecliff/load"
)

// neighbours tells refusals that a tenant met by its own doing from those that
// the others brought upon it, without a second run: each tenant has a shadow of
// every pool's buckets, which it alone draws on. A call that the shadow has let in
// by the time of an attempt would have been served had the tenant been alone, so
// every refusal from then on is the doing of others. The zero value watches
// nobody.
//
// A shadow is a token bucket over requests, input and output, all charged at once
// when the call is let in: no later than the server charges them, so that the
// lonely tenant is rather refused too often than too seldom. Where output may go
// into debt, a positive level lets in.
type neighbours struct {
	limits  []PoolLimits
	tenants []int      // by class: number of its tenant
	count   int        // of tenants
	shadows [][]shadow // by tenant and pool
	alone   []bool     // by slot: the call's tenant alone would have had it let in
}

// shadow is a pool as one tenant alone would find it: the levels of requests,
// input and output.
type shadow struct {
	level [3]float64
	at    time.Duration
}

// newNeighbours watches when there are tenants to tell apart and limits to go by.
func newNeighbours(cfg *Config) neighbours {
	numbers, count := cfg.tenants()
	if count < 2 || len(cfg.Limits) == 0 {
		return neighbours{}
	}
	n := neighbours{limits: cfg.Limits, tenants: numbers, count: count, shadows: make([][]shadow, count)}
	for i := range n.shadows {
		n.shadows[i] = make([]shadow, len(cfg.Limits))
	}
	return n
}

// tenants numbers the tenants of the classes.
func (c *Config) tenants() (numbers []int, count int) {
	if len(c.Tenants) == 0 {
		return nil, 1
	}
	var names []string
	for _, name := range c.Tenants {
		at := slices.Index(names, name)
		if at < 0 {
			at, names = len(names), append(names, name)
		}
		numbers = append(numbers, at)
	}
	return numbers, len(names)
}

func (n *neighbours) reset() {
	for i := range n.shadows {
		for p := range n.shadows[i] {
			n.shadows[i][p] = shadow{}
			for d, l := range n.limits[p].each() {
				n.shadows[i][p].level[d] = float64(l.Level)
			}
		}
	}
	clear(n.alone)
}

// each is the limits by dimension: requests, input, output.
func (p *PoolLimits) each() [3]Limit { return [3]Limit{p.RPM, p.ITPM, p.OTPM} }

// sent asks the shadow about a call whose attempt leaves now for a pool.
func (n *neighbours) sent(now time.Duration, c *load.Call, pool int) {
	slot := int(c.Slot)
	if slot >= len(n.alone) {
		n.alone = extend(n.alone, slot+1)
	}
	if c.Attempts <= 1 {
		n.alone[slot] = false // another call had the slot before
	}
	if n.alone[slot] || pool >= len(n.limits) || uint(c.Class) >= uint(len(n.tenants)) {
		return
	}
	l := &n.limits[pool]
	cost := l.charge(&c.Tokens)
	n.alone[slot] = n.shadows[n.tenants[c.Class]][pool].admit(now, l, &cost)
}

// admit refills the shadow and charges a call, if it fits.
func (s *shadow) admit(now time.Duration, l *PoolLimits, cost *Costs) bool {
	fits, limits := true, l.each()
	for d := range limits {
		if limits[d].known() {
			s.level[d] = min(float64(limits[d].Burst), s.level[d]+limits[d].refill(now-s.at))
			if d == 2 && l.Output != OutputUpFront {
				fits = fits && s.level[d] > 0
			} else {
				fits = fits && s.level[d] >= float64(cost[d])
			}
		}
	}
	s.at = now
	if fits {
		for d := range s.level {
			s.level[d] -= float64(cost[d])
		}
	}
	return fits
}

// inflicted says whether a refusal was the doing of others.
func (n *neighbours) inflicted(c *load.Call, by load.Dimension) bool {
	return n.count > 1 && by >= load.RPM && by <= load.OTPM && int(c.Slot) < len(n.alone) && n.alone[c.Slot]
}

// harm is the share of a tenant's attempts that were refused because of others,
// of the tenant that has most of it.
func (s *Snapshot) harm() Value {
	numbers, count := s.Config.tenants()
	switch {
	case count < 2:
		return Value{Withheld: "there are no two tenants"}
	case len(s.Config.Limits) == 0:
		return Value{Withheld: "the limits are not known"}
	}
	inflicted, sent := make([]int64, count), make([]int64, count)
	for i := range min(len(numbers), len(s.Classes)) {
		inflicted[numbers[i]] += s.Classes[i].Inflicted
		sent[numbers[i]] += s.Classes[i].Sent
	}
	worst := Value{Withheld: noAttempts}
	for i, n := range sent {
		if n == 0 {
			continue
		}
		if v := float64(inflicted[i]) / float64(n); worst.Withheld != "" || v > worst.V {
			worst = Value{V: v, N: n}
		}
	}
	return worst
}
