package model

import (
	"math/bits"
	"time"

	"ratecliff/load"
	"ratecliff/ratelimit"
)

// place is where an answer is accounted for.
type place struct {
	org, pool int32
	reserved  int64 // output tokens charged at admission
}

// slot is one answer in progress.
type slot struct {
	place
	epoch   uint32 // 0 is never used, so that the zero Handle names no slot
	flowing bool   // its outflow is in the bucket
	tokens  int64  // output it will produce
	flow    ratelimit.Flow
	first   time.Duration // production starts
	done    time.Duration // production ends
}

// admit starts the answer to a request that was let in.
func (m *Model) admit(req *Request, at place, reply *Reply) {
	tokens := produced(req)
	first := m.now + m.delay(req, ofFirstToken, &m.cfg.Latency.TTFT)
	over := m.production(req, tokens)
	i := m.take()
	s := &m.slots[i]
	s.place, s.tokens, s.first, s.done, s.flowing = at, tokens, first, first+over, false
	m.orgs[at.org].inFlight++
	start := s.done
	if m.cfg.Output == AsProduced && m.pools[at.pool].OTPM > 0 {
		s.flow = ratelimit.NewFlow(tokens, over)
		start = first
	}
	m.schedule(start, i)
	reply.Handle = Handle{Slot: i, Epoch: s.epoch}
	reply.FirstToken, reply.Done = first, s.done
	if !req.Stream {
		reply.FirstToken = s.done
	}
	r := &reply.Response
	r.Outcome, r.Status, r.Usage = load.OK, 200, req.Tokens
	r.Usage.Output = tokens
}

// take finds a free slot.
func (m *Model) take() int32 {
	if n := len(m.free); n > 0 {
		i := m.free[n-1]
		m.free = m.free[:n-1]
		return i
	}
	m.slots = append(m.slots, slot{epoch: 1})
	return int32(len(m.slots) - 1)
}

// release ends an answer; its handle and its events become void.
func (m *Model) release(i int32) {
	s := &m.slots[i]
	m.orgs[s.org].inFlight--
	s.epoch++
	if s.epoch == 0 {
		s.epoch = 1
	}
	m.free = append(m.free, i)
}

func (m *Model) schedule(at time.Duration, i int32) {
	m.agenda.push(event{at: at, slot: i, epoch: m.slots[i].epoch})
}

// advance carries out everything that falls due until now, in order.
func (m *Model) advance(now time.Duration) {
	m.now = max(m.now, now)
	for len(m.agenda) > 0 && m.agenda[0].at <= m.now {
		e := m.agenda[0]
		s := &m.slots[e.slot]
		if s.epoch != e.epoch {
			m.agenda.pop()
			continue
		}
		if m.cfg.Output == AsProduced && !s.flowing && e.at < s.done {
			m.start(s)
			m.agenda.replace(event{at: s.done, slot: e.slot, epoch: e.epoch})
			continue
		}
		m.agenda.pop()
		m.finish(s)
		m.release(e.slot)
	}
}

// output is the bucket that an answer's output is charged to, or nil.
func (m *Model) output(s *slot) *ratelimit.Bucket {
	return m.orgs[s.org].sets[s.pool].Bucket(load.OTPM)
}

// start lets an answer's output begin to flow out of its bucket.
func (m *Model) start(s *slot) {
	b := m.output(s)
	b.Advance(s.first)
	b.Drain(s.flow.Rate)
	s.flowing = true
}

// finish settles an answer that ran to its end.
func (m *Model) finish(s *slot) {
	b := m.output(s)
	if b == nil {
		return
	}
	b.Advance(s.done)
	switch m.cfg.Output {
	case Reserve:
		b.Refund(s.reserved - s.tokens)
	case Postpaid:
		b.Charge(s.tokens)
	case AsProduced:
		if s.flowing {
			b.Drain(-s.flow.Rate)
		}
		b.ChargeUnits(s.flow.Rest)
	}
}

// Cancel says that the client went away: what was produced until now stays
// charged, and the rest stops. Input and request stay charged. A handle whose
// answer is done, or that was cancelled before, changes nothing. now obeys the
// rule of [Model.Handle].
func (m *Model) Cancel(now time.Duration, h Handle) {
	m.advance(now)
	if h.Slot < 0 || int(h.Slot) >= len(m.slots) || h.Epoch == 0 || m.slots[h.Slot].epoch != h.Epoch {
		return
	}
	s := &m.slots[h.Slot]
	if b := m.output(s); b != nil {
		b.Advance(m.now)
		m.settle(s, b)
	}
	m.release(h.Slot)
}

// settle charges what a cancelled answer had produced.
func (m *Model) settle(s *slot, b *ratelimit.Bucket) {
	switch m.cfg.Output {
	case Reserve:
		b.Refund(s.reserved - s.until(m.now))
	case Postpaid:
		b.Charge(s.until(m.now))
	case AsProduced:
		if s.flowing {
			b.Drain(-s.flow.Rate)
		}
	}
}

// until is how many whole tokens were produced before now.
func (s *slot) until(now time.Duration) int64 {
	switch {
	case now <= s.first:
		return 0
	case now >= s.done:
		return s.tokens
	}
	hi, lo := bits.Mul64(uint64(s.tokens), uint64(now-s.first))
	n, _ := bits.Div64(hi, lo, uint64(s.done-s.first)) // quotient < tokens: elapsed < duration
	return int64(n)
}
