package load

import (
	"hash/fnv"
	"time"
)

// classStream is one class on its way through a run.
type classStream struct {
	source    source
	blank     Arrival // what all arrivals of the class have in common
	workers   int
	byUser    bool // deal to workers by user instead of by ordinal
	growth    string
	maxTokens int64
	lengths   [4]length // input, cache write, cache read, output
	seed      uint64
	entity    uint64
	chance    *Chance
}

// length is one kind of token count.
type length struct {
	dist  Dist
	given bool  // else 0, or what the trace says
	fixed bool  // needs no chance
	value int64 // when fixed
}

func newClassStream(p *Plan, i int, traces map[string]Trace, chance *Chance) classStream {
	c := &p.Classes[i]
	s := classStream{
		blank: Arrival{
			Class: i, Priority: c.Priority, Tenant: c.Tenant, Model: c.Model, Stream: c.Stream, Deadline: c.Deadline,
		},
		workers: max(1, c.Workers), maxTokens: c.MaxTokens, growth: GrowthNone,
		seed: p.Seed, entity: entityOf(c.Name), chance: chance,
	}
	for k, l := range c.lengths() {
		d := l.dist.resolved()
		s.lengths[k] = length{dist: d, given: d.Kind != "", fixed: d.Kind == Fixed, value: whole(d.Value)}
	}
	switch a := &c.Arrivals; a.Kind {
	case ClosedLoop, Sessions:
		u := newUsers(p, i, chance)
		s.source, s.growth, s.byUser = u, u.growth, true
	case Replay:
		t := traces[a.File].Cut(a.slice())
		s.source = &replay{trace: t, class: i}
	default:
		s.source = newOpen(i, a.timeline(sampler(p.Seed, ForArrivals, s.entity, 0), p.Duration))
	}
	return s
}

// entityOf is the FNV-1a hash of a class name.
func entityOf(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name)) // never fails
	return h.Sum64()
}

// fill makes the next arrival of the class.
func (s *classStream) fill(a *Arrival) {
	*a = s.blank
	s.source.next(a)
	ordinal := uint64(uint32(a.ID))
	if s.byUser {
		a.Worker = a.User % s.workers
	} else if s.workers > 1 {
		a.Worker = int(ordinal % uint64(s.workers))
	}
	sub := uint64(a.User)<<32 | ordinal
	known := a.Tokens
	a.Tokens = grow(s.growth, known, Tokens{
		Input:      s.draw(0, sub, known.Input),
		CacheWrite: s.draw(1, sub, known.CacheWrite),
		CacheRead:  s.draw(2, sub, known.CacheRead),
		Output:     max(1, s.draw(3, sub, known.Output)),
	})
	a.MaxTokens = a.Tokens.Output
	if s.maxTokens > 0 {
		a.MaxTokens = s.maxTokens
		a.Tokens.Output = min(a.Tokens.Output, s.maxTokens)
	}
}

// draw gives one length of the arrival. Each kind has a stream of its own, so
// that changing the law of one leaves the others as they were.
func (s *classStream) draw(kind int, sub uint64, known int64) int64 {
	l := &s.lengths[kind]
	switch {
	case l.fixed:
		return l.value
	case l.given:
		return whole(l.dist.Sample(s.chance.Aim(s.seed, ForLengths, s.entity+uint64(kind), sub)))
	case s.byUser:
		return 0
	}
	return known
}

// grow puts a session's history (see users.history) together with what is new
// in the turn. Under growth by cache the prompt so far is read, and the last
// answer and all that is new are written; a drawn cache read counts in a turn
// without history only, as later it is part of the history.
func grow(growth string, history, fresh Tokens) Tokens {
	switch growth {
	case GrowthResend:
		fresh.Input += history.Input
	case GrowthCache:
		fresh.CacheWrite += fresh.Input + history.CacheWrite
		fresh.Input = 0
		if history.CacheRead > 0 {
			fresh.CacheRead = history.CacheRead
		}
	}
	return fresh
}

// open is the source of a class that does not react to the server.
type open struct {
	timeline timeline
	class    int
	due      time.Duration
	ordinal  int
}

func newOpen(class int, t timeline) *open {
	o := &open{timeline: t, class: class}
	o.advance()
	return o
}

func (o *open) advance() {
	due, ok := o.timeline.next()
	if !ok {
		due = Never
	}
	o.due = due
}

func (o *open) peek() time.Duration { return o.due }

func (o *open) next(a *Arrival) {
	a.ID = ArrivalID(o.class, 0, o.ordinal)
	a.Due = o.due
	o.ordinal++
	o.advance()
}

func (o *open) done(time.Duration, *Arrival, Outcome) {}
