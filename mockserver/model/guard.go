package model

import (
	"time"

	"ratecliff/load"
	"ratecliff/ratelimit"
)

// guard checks everything beside the per-minute limits: money, connections,
// growth and the day's tokens, in that order. It answers what is refused.
func (m *Model) guard(req *Request, pool int32, c *chain, asked *cost, reply *Reply) bool {
	for _, r := range c.all() {
		if r.part&counted == 0 {
			continue
		}
		if refused := m.broke(r, reply); refused.Status != 0 {
			m.turnAway(req, c, asked, refused, reply)
			return false
		}
	}
	for _, r := range c.all() {
		h := m.holders[r.holder]
		if r.part&counted != 0 && h.most > 0 && h.inFlight >= h.most {
			m.owned(r, reply)
			reply.Limit = int64(h.most)
			m.turnAway(req, c, asked, throttled(load.Concurrency), reply)
			return false
		}
	}
	return m.paced(req, pool, c, asked, reply) && m.today(req, pool, c, asked, reply)
}

// turnAway answers a request that something else than a per-minute limit
// refused; the headers tell the state of those limits.
func (m *Model) turnAway(req *Request, c *chain, asked *cost, refused load.Response, reply *Reply) {
	for _, r := range c.all() {
		m.set(r).Advance(m.now)
	}
	if refused.Status == 429 {
		m.punish(c, asked)
		m.statuses(c, reply)
	}
	m.fail(req, reply, refused)
}

// ramp is the acceleration limit of one pool.
type ramp struct {
	counter ratelimit.SlidingCounter
	allowed int64 // input tokens in a sliding minute
	minute  int64 // the minute it holds for
	used    int64 // admitted in that minute
	pressed bool  // a request was refused for it in that minute
}

func (m *Model) addRamps(h *holder) {
	start := int64(m.cfg.Acceleration.Start)
	if start == 0 {
		return
	}
	h.ramps = make([]ramp, len(m.pools))
	for i := range h.ramps {
		h.ramps[i] = ramp{counter: ratelimit.NewSlidingCounter(start, time.Minute), allowed: start}
	}
}

// step is how much the allowance changes at a minute boundary.
func (m *Model) step() int64 {
	if m.cfg.Acceleration.Step == 0 {
		return int64(DefaultStep)
	}
	return int64(m.cfg.Acceleration.Step)
}

// turn brings the allowance to the minute of now.
func (m *Model) turn(r *ramp) {
	r.counter.Advance(m.now)
	minute := int64(m.now / time.Minute)
	if minute == r.minute {
		return
	}
	start, step, idle := int64(m.cfg.Acceleration.Start), m.step(), minute-r.minute
	if r.pressed || 2*r.used >= r.allowed {
		r.allowed += step
		idle--
	}
	r.allowed -= min(idle, (r.allowed-start)/step+1) * step
	r.allowed = max(r.allowed, start)
	r.minute, r.used, r.pressed = minute, 0, false
	r.counter.Resize(r.allowed)
}

// paced checks the acceleration limit. A pool whose own limit is lower never
// meets it.
func (m *Model) paced(req *Request, pool int32, c *chain, asked *cost, reply *Reply) bool {
	org := m.holders[c.refs[0].holder]
	if org.ramps == nil {
		return true
	}
	r := &org.ramps[pool]
	m.turn(r)
	most := int64(m.pools[pool].ITPM)
	wait := r.counter.Wait(asked.Input)
	if wait == 0 || most > 0 && r.allowed >= most {
		return true
	}
	r.pressed = true
	reply.Limit, reply.Next = r.allowed, r.allowed+m.step()
	refused := throttled(load.Acceleration)
	refused.ErrorCode = "ramp_limit_exceeded"
	m.turnAway(req, c, asked, refused, reply)
	boundary := (m.now/time.Minute+1)*time.Minute - m.now
	if m.cfg.RetryAfter != Full {
		boundary = min(boundary, wait)
	}
	m.promises(boundary, reply)
	return false
}

const day = 24 * time.Hour

func (m *Model) addDays(h *holder) {
	if m.cfg.TokensPerDay == 0 {
		return
	}
	h.days = make([]ratelimit.FixedWindow, len(m.pools))
	for i := range h.days {
		h.days[i] = ratelimit.NewFixedWindow(m.cfg.TokensPerDay, day, 0)
		h.days[i].Advance(m.now)
	}
}

// today checks the day's tokens: a request is let in while its input fits and
// anything is left.
func (m *Model) today(req *Request, pool int32, c *chain, asked *cost, reply *Reply) bool {
	org := m.holders[c.refs[0].holder]
	if org.days == nil {
		return true
	}
	d := &org.days[pool]
	d.Advance(m.now)
	if d.Fits(max(asked.Input, 1)) {
		return true
	}
	reply.Cause, reply.Limit = DailyTokens, m.cfg.TokensPerDay
	reply.Impossible = asked.Input > m.cfg.TokensPerDay
	m.turnAway(req, c, asked, throttled(load.NoDimension), reply)
	m.promises((m.now/day+1)*day-m.now, reply)
	return false
}
