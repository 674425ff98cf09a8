package model

import "time"

// AppendLevelsOf appends the state of every bucket that a request meets, from
// the organisation's to the key's; nothing for a message to a model that no pool
// has. now obeys the rule of [Model.Handle].
func (m *Model) AppendLevelsOf(dst []Level, now time.Duration, req *Request) []Level {
	m.advance(now)
	var c chain
	switch req.Endpoint {
	case Batches:
		c.add(ref{m.organisationOf(req.Key), int16(m.batch), ofRequests})
	case CountTokens:
		c.add(ref{m.organisationOf(req.Key), int16(m.count), ofRequests})
	case Messages:
		pool := m.poolOf(req.Model)
		if pool < 0 {
			return dst
		}
		var reply Reply
		m.chainOf(req, pool, &c, &reply)
		if m.sides != nil && m.sides[pool].priority > 0 && !reply.Fast {
			c.add(ref{c.refs[0].holder, m.sides[pool].priority, ofInput | ofOutput})
		}
	}
	for _, r := range c.all() {
		m.set(r).Advance(m.now)
		dst = m.holders[r.holder].appendSet(dst, int(r.pool))
	}
	return dst
}
