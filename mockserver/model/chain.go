package model

import (
	"ratecliff/load"
	"ratecliff/ratelimit"
)

// maxRefs is the most limits one request falls under: ordinary and fast pool of
// the organisation, its commitment, workspace and key.
const maxRefs = 5

// part says which part of a request's cost a limit sees.
type part uint8

const (
	ofRequests part = 1 << iota
	ofInput
	ofOutput
	counted // it counts the request as in flight
	special // its state goes into the second header family
	weighed // its input is weighed as a commitment's

	whole = ofRequests | ofInput | ofOutput | counted
)

// ref is one limit that a request falls under.
type ref struct {
	holder int32
	pool   int16
	part   part
}

// chain is all limits that a request falls under: all must admit it.
type chain struct {
	refs [maxRefs]ref
	n    int8
}

func (c *chain) add(r ref) {
	c.refs[c.n] = r
	c.n++
}

// all lists the limits in force.
func (c *chain) all() []ref { return c.refs[:c.n] }

// side holds the special pools that belong to an ordinary one; 0 is none.
type side struct {
	long, fast, priority int16
	above                int64 // prompts longer than this are long
}

// cost is what a request asks for.
type cost struct {
	ratelimit.Cost
	weighed int64 // input as a priority commitment counts it
}

// of is the part of the cost that a limit sees.
func (c *cost) of(p part) ratelimit.Cost {
	if p&whole == whole {
		return c.Cost
	}
	var some ratelimit.Cost
	if p&ofRequests != 0 {
		some.Requests = c.Requests
	}
	if p&ofInput != 0 {
		some.Input = c.Input
		if p&weighed != 0 {
			some.Input = c.weighed
		}
	}
	if p&ofOutput != 0 {
		some.Output, some.SomeOutput = c.Output, c.SomeOutput
	}
	return some
}

// verdict is a decision over all limits of a chain.
type verdict struct {
	ratelimit.Decision
	binding ref
}

func (m *Model) set(r ref) *ratelimit.Set { return &m.holders[r.holder].sets[r.pool] }

// chainOf lists the limits that a message falls under.
func (m *Model) chainOf(req *Request, pool int32, c *chain, reply *Reply) {
	org, p := m.organisationOf(req.Key), int16(pool)
	tokens := p
	if m.sides != nil {
		s := &m.sides[p]
		switch {
		case req.Fast && s.fast > 0:
			tokens, reply.Fast, reply.Family = s.fast, true, FastFamily
		case s.long > 0 && req.Tokens.Prompt() > s.above:
			tokens = s.long
		}
	}
	if tokens == p {
		c.add(ref{org, p, whole})
	} else {
		c.add(ref{org, p, ofRequests | counted})
		r := ref{org, tokens, ofInput | ofOutput}
		if reply.Fast {
			r.part |= special
		}
		c.add(r)
	}
	if m.tenants == nil {
		return
	}
	t := m.tenantOf(req)
	if t.workspace >= 0 {
		c.add(ref{t.workspace, p, whole})
	}
	if t.key >= 0 {
		c.add(ref{t.key, p, whole})
	}
}

// commit draws the priority commitment too where there is one and it fits;
// otherwise the request is a standard one.
func (m *Model) commit(req *Request, pool int32, c *chain, asked *cost, reply *Reply) {
	if m.sides == nil || m.sides[pool].priority == 0 || reply.Fast {
		return
	}
	r := ref{c.refs[0].holder, m.sides[pool].priority, ofInput | ofOutput | special | weighed}
	reply.Family = PriorityFamily
	// Burn-down: cache reads 0.1, 5-minute writes 1.25, other input 1, in
	// twentieths and rounded up (service tiers documentation).
	t := &req.Tokens
	asked.weighed = (20*max(t.Input, 0) + 25*max(t.CacheWrite, 0) + 2*max(t.CacheRead, 0) + 19) / 20
	d := m.set(r).Decide(m.now, asked.of(r.part))
	m.say(r, &d.Status, &reply.Special)
	if d.Allowed && !req.StandardOnly {
		reply.Priority = true
		c.add(r)
	}
}

// take charges the whole chain, or nothing.
func (m *Model) take(c *chain, asked *cost, v *verdict, reply *Reply) {
	v.binding = c.refs[0]
	if c.n == 1 {
		m.set(c.refs[0]).TakeInto(m.now, &asked.Cost, &v.Decision)
		m.say(c.refs[0], &v.Status, &reply.Response.Limits)
		return
	}
	m.judge(c, asked, v)
	if v.Allowed {
		for _, r := range c.all() {
			m.set(r).Charge(asked.of(r.part))
		}
	}
	m.statuses(c, reply)
}

// judge decides without charging: the binding limit is the one with the longest
// wait, the widest scope among equals.
func (m *Model) judge(c *chain, asked *cost, v *verdict) {
	v.Decision = ratelimit.Decision{Allowed: true}
	for _, r := range c.all() {
		d := m.set(r).Decide(m.now, asked.of(r.part))
		if !d.Allowed && (v.Allowed || d.RetryAfter > v.RetryAfter) {
			v.Decision, v.binding = d, r
		}
	}
}

// statuses writes what headers say: in each dimension the most restrictive limit
// in force.
func (m *Model) statuses(c *chain, reply *Reply) {
	reply.Response.Limits = load.LimitStatuses{}
	narrow := false
	for _, r := range c.all() {
		var exact, said load.LimitStatuses
		m.set(r).Status(&exact)
		m.say(r, &exact, &said)
		if r.part&special != 0 {
			reply.Special = said
			continue
		}
		narrow = narrow || m.holders[r.holder].scope != OfOrganization && (said.At(load.ITPM).Known || said.At(load.OTPM).Known)
		for d := load.RPM; d <= load.OTPM; d++ {
			if r.part&(ofRequests<<(d-load.RPM)) != 0 {
				restrict(reply.Response.Limits.At(d), said.At(d))
			}
		}
	}
	if narrow {
		reply.Combined = *reply.Response.Limits.At(load.ITPM)
		restrict(&reply.Combined, reply.Response.Limits.At(load.OTPM))
	}
}

// restrict replaces a status by one with less left, or with a lower limit and as
// much left.
func restrict(s, by *load.LimitStatus) {
	if by.Known && (!s.Known || by.Remaining < s.Remaining || by.Remaining == s.Remaining && by.Limit < s.Limit) {
		*s = *by
	}
}
