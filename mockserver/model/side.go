package model

import (
	"ratecliff/load"
	"ratecliff/ratelimit"
)

// addSpecialPools puts the pools of long context, fast mode and priority behind
// the ordinary ones, and then those of the other endpoints.
func (m *Model) addSpecialPools() error {
	pools, count, batches, err := m.cfg.sources()
	if err != nil {
		return err
	}
	m.all = append(m.all, m.pools...)
	sides := make([]side, len(m.pools))
	for i, p := range pools {
		s := &sides[i]
		if l := p.LongContext; l != nil {
			s.long, s.above = m.addPool(p.Name+" long context", &l.TokenLimits), l.Above
			if s.above == 0 {
				s.above = DefaultLongAbove
			}
		}
		if p.Fast != nil {
			s.fast = m.addPool(p.Name+" fast", p.Fast)
		}
		if p.Priority != nil {
			s.priority = m.addPool(p.Name+" priority", p.Priority)
		}
	}
	if len(m.all) > len(m.pools) {
		m.sides = sides
	}
	m.cfg.CountTokens, m.cfg.Batches = count, batches
	m.count = m.addRequests("count_tokens", count.RPM)
	m.batch = m.addRequests("batches", batches.RPM)
	return nil
}

func (m *Model) addPool(name string, t *TokenLimits) int16 {
	l := PoolLimits{Name: name, ITPM: t.ITPM, OTPM: t.OTPM}
	m.cfg.capacities(&l)
	m.all = append(m.all, l)
	return int16(len(m.all) - 1)
}

func (m *Model) addRequests(name string, rpm ratelimit.PerMinute) int32 {
	l := PoolLimits{Name: name, RPM: rpm}
	cfg := m.cfg
	cfg.Burst = 0 // that of messages
	cfg.capacities(&l)
	m.all = append(m.all, l)
	return int32(len(m.all) - 1)
}

// handleSide answers a request to one of the endpoints beside messages. It costs
// one request of the endpoint's own limit, and nothing of any other.
func (m *Model) handleSide(req *Request, reply *Reply) {
	pool := m.batch
	if req.Endpoint == CountTokens {
		pool = m.count
		if m.poolOf(req.Model) < 0 {
			m.fail(req, reply, load.Response{Outcome: load.Failed, Status: 404, ErrorType: "not_found_error"})
			return
		}
	}
	var c chain
	c.add(ref{m.organisationOf(req.Key), int16(pool), ofRequests})
	asked := cost{Cost: ratelimit.Cost{Requests: 1}}
	if !m.enqueueable(req, &c, &asked, reply) {
		return
	}
	var v verdict
	m.take(&c, &asked, &v, reply)
	if !v.Allowed {
		m.refuse(req, &c, &asked, &v, reply)
		return
	}
	m.queued += max(req.Enqueue, 0)
	m.fail(req, reply, load.Response{Outcome: load.OK, Status: 200})
	reply.FirstToken = reply.Done
}

// enqueueable checks a new batch against the limits on its size and on the queue.
func (m *Model) enqueueable(req *Request, c *chain, asked *cost, reply *Reply) bool {
	l := &m.cfg.Batches
	n := max(req.Enqueue, 0)
	switch {
	case l.PerBatch > 0 && n > l.PerBatch:
		reply.Cause, reply.Limit = BatchSize, l.PerBatch
		m.turnAway(req, c, asked, load.Response{Outcome: load.Failed, Status: 400, ErrorType: "invalid_request_error"}, reply)
	case l.Queued > 0 && n > 0 && (n > l.Queued || m.queued > l.Queued-n):
		reply.Cause, reply.Limit, reply.Impossible = BatchQueue, l.Queued, n > l.Queued
		m.turnAway(req, c, asked, throttled(load.NoDimension), reply)
	default:
		return true
	}
	return false
}

// Dequeue says that n batched requests wait no longer.
func (m *Model) Dequeue(n int64) { m.queued -= min(max(n, 0), m.queued) }

// Queued is how many batched requests wait.
func (m *Model) Queued() int64 { return m.queued }
