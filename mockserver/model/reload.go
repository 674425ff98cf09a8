package model

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"ratecliff/load"
	"ratecliff/ratelimit"
)

// NewAt is [New] for a service that begins at now rather than at instant 0:
// every token bucket is at its start level then.
func NewAt(now time.Duration, cfg Config, seed uint64) (*Model, error) {
	m, err := New(cfg, seed)
	if err != nil {
		return nil, err
	}
	levels := m.AppendLevels(nil, 0)
	m.advance(now)
	i := 0
	for _, h := range m.holders {
		for p := range h.sets {
			h.sets[p].Advance(m.now)
			for d := load.RPM; d <= load.OTPM; d++ {
				if !h.sets[p].Limited(d) {
					continue
				}
				if b := h.sets[p].Bucket(d); b != nil {
					b.ChargeUnits(b.Units() - levels[i].Units)
				}
				i++
			}
		}
	}
	return m, nil
}

// Reconfigured is a new service with another configuration that takes over at
// now, or everything that is wrong with that as a [*ConfigError]; m is not
// changed then, and must not be used any more otherwise. Handles stay good.
//
// What exists before and after goes on: token buckets keep their levels and
// debts, cut to the new capacity, and answers in progress keep counting. Limits
// are matched by whose they are and by the name of their pool, else by its first
// model; what is new starts full. Counters of other algorithms are kept where
// their limit stays as it was, and start anew where it changes. Under another
// policy for output, answers in progress are charged in full at once.
func (m *Model) Reconfigured(now time.Duration, cfg Config) (*Model, error) {
	full, plain := 1.0, cfg
	plain.StartLevel, plain.StartLevels = &full, Shares{}
	to, err := NewAt(now, plain, m.seed)
	if err != nil {
		return nil, err
	}
	if problems := cfg.Validate(); len(problems) > 0 { // the start levels
		return nil, &ConfigError{Problems: problems}
	}
	m.advance(now)
	given := cfg.WithDefaults()
	to.cfg.StartLevel, to.cfg.StartLevels = given.StartLevel, given.StartLevels
	if m.cfg.Output != to.cfg.Output {
		m.settleAll()
	}
	c := carrier{from: m, to: to}
	c.match()
	c.levels()
	c.answers()
	c.prefixes()
	to.queued = m.queued
	if reflect.DeepEqual(m.cfg.Faults, to.cfg.Faults) {
		to.faults = m.faults // what it counted goes on
	}
	return to, nil
}

// settleAll charges the whole output of every answer in progress, and ends it.
func (m *Model) settleAll() {
	for _, e := range m.agenda {
		s := &m.slots[e.slot]
		if s.epoch != e.epoch {
			continue
		}
		m.correct(s, m.now)
		for _, r := range s.all() {
			if r.part&ofOutput == 0 {
				continue
			}
			if m.cfg.Output != AsProduced {
				m.charge(r, s, m.now, s.tokens)
			} else if b := m.output(r); b != nil {
				b.Advance(m.now)
				s.dry(b)
				b.ChargeUnits(s.owed(m.now))
			}
		}
		m.produced(s, m.now, s.tokens)
		m.release(e.slot)
	}
	m.agenda = m.agenda[:0]
}

// owed is the output, in units, that has not flowed out yet.
func (s *slot) owed(now time.Duration) int64 {
	units := s.flow.Rest
	if left := s.done - max(now, s.first); left > 0 {
		units += s.flow.Rate * int64(left)
	}
	return units
}

// carrier moves state from a model to the one that follows it.
type carrier struct {
	from, to *Model
	holders  []int32 // of from to those of to; -1 where there is none any more
	pools    []int16 // likewise
}

// match finds what follows what.
func (c *carrier) match() {
	for i := range c.from.all {
		c.pools = append(c.pools, c.poolAfter(i))
	}
	for _, h := range c.from.holders {
		c.holders = append(c.holders, c.holderAfter(h))
	}
}

func (c *carrier) poolAfter(i int) int16 {
	p := &c.from.all[i]
	if j := slices.IndexFunc(c.to.all, func(q PoolLimits) bool { return q.Name == p.Name }); j >= 0 {
		return int16(j)
	}
	if i < len(c.from.pools) && len(p.Models) > 0 {
		if j, ok := PoolOf(c.to.pools, strings.TrimSuffix(p.Models[0], "*")); ok {
			return int16(j)
		}
	}
	return -1
}

func (c *carrier) holderAfter(h *holder) int32 {
	switch {
	case h.scope == OfOrganization:
		return c.to.organisationOf(h.key)
	case c.to.tenants == nil:
		return -1
	case h.scope == OfWorkspace:
		if i, ok := c.to.tenants.workspaces[h.name]; ok {
			return i
		}
		return -1
	case h.name == everyKey:
		return c.to.tenants.others
	default:
		return c.to.keyHolder(h.name)
	}
}

// levels moves what every limit has seen.
func (c *carrier) levels() {
	for i, h := range c.from.holders {
		if c.holders[i] < 0 {
			continue
		}
		next := c.to.holders[c.holders[i]]
		next.money.spent = max(next.money.spent, h.money.spent)
		for p := range h.sets {
			if j := c.pools[p]; j >= 0 && int(j) < len(next.sets) {
				c.level(h, p, next, int(j))
			}
		}
		for p := range c.from.pools {
			j := c.pools[p]
			if j < 0 || int(j) >= len(c.to.pools) {
				continue
			}
			if h.ramps != nil && next.ramps != nil && c.from.cfg.Acceleration == c.to.cfg.Acceleration {
				next.ramps[j] = h.ramps[p]
			}
			if h.days != nil && next.days != nil && c.from.cfg.TokensPerDay == c.to.cfg.TokensPerDay {
				next.days[j] = h.days[p]
			}
		}
	}
}

// level moves the state of one pool of one holder.
func (c *carrier) level(h *holder, p int, next *holder, j int) {
	old, fresh := &h.sets[p], &next.sets[j]
	old.Advance(c.to.now)
	for d := load.RPM; d <= load.OTPM; d++ {
		was, is := old.Bucket(d), fresh.Bucket(d)
		if was != nil && is != nil && was.Units() < is.Units() {
			is.ChargeUnits(is.Units() - was.Units()) // several pools may come together in one: the least counts
		}
	}
	a, b := &h.limits[p], &next.limits[j]
	same := a.RPM == b.RPM && a.ITPM == b.ITPM && a.OTPM == b.OTPM && a.Burst == b.Burst
	if same && c.from.cfg.Algorithm == c.to.cfg.Algorithm && c.from.cfg.Algorithm != ratelimit.UseTokenBucket {
		*fresh = *old
	}
}

// answers moves what is in progress. Slots keep their places, so that handles
// stay good.
func (c *carrier) answers() {
	from, to := c.from, c.to
	to.slots, to.free, to.agenda = slices.Clone(from.slots), slices.Clone(from.free), slices.Clone(from.agenda)
	for _, e := range from.agenda {
		s := &to.slots[e.slot]
		if s.epoch != e.epoch {
			continue
		}
		c.follow(s)
		for _, r := range s.all() {
			if r.part&counted != 0 {
				to.holders[r.holder].inFlight++
			}
			if b := to.output(r); b != nil && s.flowing {
				b.Drain(s.flow.Rate)
			}
		}
	}
}

// follow makes the chain of an answer one of the new model's, without the limits
// that are no more. An answer whose pool is gone counts in the organisation's
// first one beside the limits, and nowhere in them.
func (c *carrier) follow(s *slot) {
	before := s.chain
	s.chain = chain{}
	for _, r := range before.all() {
		r.holder, r.pool = c.holders[r.holder], c.pools[r.pool]
		if r.holder >= 0 && r.pool >= 0 && int(r.pool) < len(c.to.holders[r.holder].sets) {
			s.add(r)
		}
	}
	if s.pool = c.pools[s.pool]; s.pool < 0 {
		s.pool = 0
	}
	if s.n == 0 { // the organisation itself is always there, if only in name
		s.refs[0] = ref{holder: c.holders[before.refs[0].holder], pool: s.pool}
	}
}
