package model

import (
	"math/bits"
	"time"

	"ratecliff/load"
	"ratecliff/ratelimit"
)

// slot is one answer in progress.
type slot struct {
	chain
	epoch    uint32 // 0 is never used, so that the zero Handle names no slot
	eventful bool   // something happens at its first token
	started  bool   // and has happened
	flowing  bool   // its outflow is in the buckets
	pool     int16
	reserved int64 // output tokens charged at admission
	amend    int64 // input tokens still to be charged (or given back, below 0)
	tokens   int64 // output it will produce
	price    int64 // of one of them, in units of 1e-12 USD
	flow     ratelimit.Flow
	first    time.Duration // production starts
	done     time.Duration // production ends
}

// admit starts the answer to a request that was let in.
func (m *Model) admit(req *Request, pool int32, c *chain, asked *cost, reply *Reply) {
	tokens := produced(req)
	first := m.now + m.delay(req, ofFirstToken, &m.cfg.Latency.TTFT) + m.queueing(c, asked)
	over := m.production(req, tokens)
	if m.effect != nil {
		t := m.bend(req, timeline{first: first, done: first + over, tokens: tokens}, reply)
		tokens, first, over = t.tokens, t.first, t.done-t.first
	}
	i := m.claim()
	s := &m.slots[i]
	s.chain, s.pool, s.reserved, s.tokens = *c, int16(pool), asked.Output, tokens
	s.amend, s.price, s.first, s.done = m.input(req, pool)-asked.Input, 0, first, first+over
	s.started, s.flowing, s.flow = false, false, ratelimit.Flow{}
	m.enter(req, s, pool, asked)
	start := s.done
	s.eventful = s.amend != 0
	if m.cfg.Output == AsProduced && m.drains(c) {
		s.eventful = true
		s.flow = ratelimit.NewFlow(tokens, over)
	}
	if s.eventful {
		start = first
	}
	m.schedule(start, i)
	reply.Handle = Handle{Slot: i, Epoch: s.epoch}
	reply.FirstToken, reply.Done, reply.Estimated = first, s.done, asked.Input
	if !req.Stream {
		reply.FirstToken = s.done
	}
	r := &reply.Response
	r.Outcome, r.Status, r.Usage = load.OK, 200, req.Tokens
	r.Usage.Output = tokens
	m.show(reply)
	if m.effect != nil {
		m.disguise(req, reply)
	}
}

// enter counts a request as in flight, and what it costs beside the per-minute
// limits.
func (m *Model) enter(req *Request, s *slot, pool int32, asked *cost) {
	for _, r := range s.all() {
		if r.part&counted != 0 {
			m.holders[r.holder].inFlight++
		}
	}
	org := m.holders[s.refs[0].holder]
	if org.ramps != nil {
		r := &org.ramps[pool]
		r.counter.Charge(asked.Input)
		r.used += asked.Input
	}
	if org.days != nil {
		org.days[pool].Charge(asked.Input)
	}
	if m.prices != nil {
		m.payInput(req, s)
	}
}

// drains says whether any limit of the chain counts output.
func (m *Model) drains(c *chain) bool {
	for _, r := range c.all() {
		if r.part&ofOutput != 0 && m.set(r).Limited(load.OTPM) {
			return true
		}
	}
	return false
}

// queueing is how long an admitted request waits in leaky buckets: as long as it
// takes to empty what stood before it.
func (m *Model) queueing(c *chain, asked *cost) (longest time.Duration) {
	if m.cfg.Algorithm != ratelimit.UseLeakyBucket {
		return 0
	}
	for _, r := range c.all() {
		set, part := m.set(r), asked.of(r.part)
		set.Refund(part)
		longest = max(longest, set.Delay())
		set.Charge(part)
	}
	return longest
}

// claim finds a free slot.
func (m *Model) claim() int32 {
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
	for _, r := range s.all() {
		if r.part&counted != 0 {
			m.holders[r.holder].inFlight--
		}
	}
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
	if m.noise.on {
		m.stirUntil(m.now)
	}
	m.run(m.now)
}

// run carries out the events of answers until an instant.
func (m *Model) run(until time.Duration) {
	for len(m.agenda) > 0 && m.agenda[0].at <= until {
		e := m.agenda[0]
		s := &m.slots[e.slot]
		if s.epoch != e.epoch {
			m.agenda.pop()
			continue
		}
		if s.eventful && !s.started && e.at < s.done {
			m.start(s)
			m.agenda.replace(event{at: s.done, slot: e.slot, epoch: e.epoch})
			continue
		}
		m.agenda.pop()
		m.finish(s)
		m.release(e.slot)
	}
}

// start lets an answer's output begin to flow out of its buckets, and corrects
// the input estimate.
func (m *Model) start(s *slot) {
	s.started = true
	m.correct(s, s.first)
	if m.cfg.Output != AsProduced {
		return
	}
	s.flowing = true
	for _, r := range s.all() {
		if b := m.output(r); b != nil {
			b.Advance(s.first)
			b.Drain(s.flow.Rate)
		}
	}
}

// correct settles what the input was really worth.
func (m *Model) correct(s *slot, at time.Duration) {
	if s.amend == 0 {
		return
	}
	for _, r := range s.all() {
		if r.part&ofInput == 0 || r.part&weighed != 0 {
			continue
		}
		set := m.set(r)
		set.Advance(at)
		set.Charge(ratelimit.Cost{Input: s.amend})
		set.Refund(ratelimit.Cost{Input: -s.amend})
	}
	s.amend = 0
}

// output is the token bucket that a limit counts output in, or nil.
func (m *Model) output(r ref) *ratelimit.Bucket {
	if r.part&ofOutput == 0 {
		return nil
	}
	return m.set(r).Bucket(load.OTPM)
}

// finish settles an answer that ran to its end.
func (m *Model) finish(s *slot) {
	m.correct(s, s.done)
	for _, r := range s.all() {
		if r.part&ofOutput == 0 {
			continue
		}
		if m.cfg.Output == AsProduced {
			if b := m.output(r); b != nil {
				b.Advance(s.done)
				s.dry(b)
				b.ChargeUnits(s.flow.Rest)
			}
			continue
		}
		m.charge(r, s, s.done, s.tokens)
	}
	m.produced(s, s.done, s.tokens)
}

// dry ends the outflow of an answer.
func (s *slot) dry(b *ratelimit.Bucket) {
	if s.flowing {
		b.Drain(-s.flow.Rate)
	}
}

// charge settles n tokens of output that are charged at the end.
func (m *Model) charge(r ref, s *slot, at time.Duration, n int64) {
	set := m.set(r)
	set.Advance(at)
	if m.cfg.Output == Reserve {
		set.Refund(ratelimit.Cost{Output: s.reserved - n})
		return
	}
	set.Charge(ratelimit.Cost{Output: n})
}

// produced counts what an answer gave beside the per-minute limits.
func (m *Model) produced(s *slot, at time.Duration, n int64) {
	org := m.holders[s.refs[0].holder]
	if org.days != nil {
		day := &org.days[s.pool]
		day.Advance(at)
		day.Charge(n)
	}
	if m.prices != nil {
		m.pay(s, s.price*n)
	}
}

// Cancel says that the client went away: what was produced until now stays
// charged, and the rest stops. Input and request stay charged. A handle whose
// answer is done, or that was cancelled before, changes nothing. now obeys the
// rule of [Model.Handle]. It returns how many output tokens were produced, and
// whether there was an answer to cancel.
func (m *Model) Cancel(now time.Duration, h Handle) (output int64, cut bool) {
	m.advance(now)
	if h.Slot < 0 || int(h.Slot) >= len(m.slots) || h.Epoch == 0 || m.slots[h.Slot].epoch != h.Epoch {
		return 0, false
	}
	output = m.settle(&m.slots[h.Slot])
	m.release(h.Slot)
	return output, true
}

// settle charges what a cancelled answer had produced, and returns it.
func (m *Model) settle(s *slot) int64 {
	m.correct(s, m.now)
	n := s.until(m.now)
	for _, r := range s.all() {
		if r.part&ofOutput == 0 {
			continue
		}
		if m.cfg.Output == AsProduced {
			if b := m.output(r); b != nil {
				b.Advance(m.now)
				s.dry(b)
			}
			continue
		}
		m.charge(r, s, m.now, n)
	}
	m.produced(s, m.now, n)
	return n
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
