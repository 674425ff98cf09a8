package model

import (
	"time"

	"ratecliff/load"
	"ratecliff/ratelimit"
)

// fail answers with an error after the refusal latency.
func (m *Model) fail(req *Request, reply *Reply, r load.Response) {
	limits := reply.Response.Limits
	reply.Response = r
	reply.Response.Limits = limits
	m.show(reply)
	reply.Done = m.now + m.delay(req, ofRefusal, &m.cfg.Latency.Refusal)
}

// throttled is a 429 of dimension d. Recorded refusals carry x-should-retry:
// true (2024-03-26, 2025-06-02).
func throttled(d load.Dimension) load.Response {
	return load.Response{
		Outcome: load.Throttled, Status: 429, Dimension: d,
		ErrorType: "rate_limit_error", Advice: load.DoRetry,
	}
}

// refuse answers a request that did not fit its limits.
func (m *Model) refuse(req *Request, c *chain, asked *cost, v *verdict, reply *Reply) {
	if m.punish(c, asked) {
		m.judge(c, asked, v)
		m.statuses(c, reply)
	}
	m.fail(req, reply, throttled(v.Dimension))
	m.owned(v.binding, reply)
	status := v.Status.At(v.Dimension)
	reply.Limit, reply.Impossible = status.Limit, v.Impossible
	wait := v.RetryAfter
	if m.cfg.RetryAfter == Full || v.Impossible {
		wait = status.Reset - m.now
	}
	m.promises(wait, reply)
}

// owned says whose limit refused.
func (m *Model) owned(r ref, reply *Reply) {
	h := m.holders[r.holder]
	reply.Scope, reply.ScopeName = h.scope, h.name
	reply.Priority = false
}

// promises writes the retry-after of a refusal: whole seconds, rounded up, at
// least the minimum. A request larger than its bucket never fits; it is told when
// the bucket is full, and marked.
func (m *Model) promises(wait time.Duration, reply *Reply) {
	if m.mute() {
		return
	}
	switch m.cfg.RetryAfter {
	case Omit:
		return
	case "":
		wait = m.promise
	case Fits, Full:
	}
	wait = max(wait, m.cfg.RetryAfterMin)
	reply.Response.HasRetryAfter = true
	reply.Response.RetryAfter = max((wait+time.Second-1)/time.Second, 1) * time.Second
}

// punish charges a refusal what is configured. It says whether it did.
func (m *Model) punish(c *chain, asked *cost) bool {
	some := false
	for _, r := range c.all() {
		price := ratelimit.Cost{}
		switch m.cfg.Refusals {
		case RefusalsRequest:
			price.Requests = asked.of(r.part).Requests
		case RefusalsLogged:
			price = asked.of(r.part)
		case RefusalsOff:
		}
		price = m.bearable(r, price)
		if price != (ratelimit.Cost{}) {
			m.set(r).Charge(price)
			some = true
		}
	}
	return some
}

// bearable is the part of a price that no limit owes more than its burst for
// already: so deep a debt and no deeper, that a client that hammers cannot dig
// itself in for good. Windows forget by themselves.
func (m *Model) bearable(r ref, price ratelimit.Cost) ratelimit.Cost {
	set := m.set(r)
	charge := ratelimit.Cost{}
	for d, n := range [...]int64{price.Requests, price.Input, price.Output} {
		dim := load.RPM + load.Dimension(d)
		if n <= 0 || !set.Limited(dim) || m.deep(r, dim, n) {
			continue
		}
		switch dim {
		case load.RPM:
			charge.Requests = n
		case load.ITPM:
			charge.Input = n
		case load.OTPM:
			charge.Output = n
		}
	}
	return charge
}

// deep says whether n more would put a limit deeper into debt than its burst.
func (m *Model) deep(r ref, dim load.Dimension, n int64) bool {
	set := m.set(r)
	if b := set.Bucket(dim); b != nil {
		return b.Units() < (min(n, ratelimit.MaxBurst)-b.Burst())*ratelimit.Unit
	}
	switch m.cfg.Algorithm {
	case ratelimit.UseGCRA, ratelimit.UseLeakyBucket:
		var s load.LimitStatuses
		set.Status(&s)
		window := m.cfg.BurstWindows.or(m.cfg.BurstWindow)[dim-load.RPM]
		return s.At(dim).Reset-m.now > window // owes as much as it holds
	case ratelimit.UseTokenBucket, ratelimit.UseFixedWindow, ratelimit.UseSlidingLog, ratelimit.UseSlidingCounter:
	}
	return false
}

// say writes the state as headers say it: requests exact, tokens rounded to the
// nearest thousand (recorded 2024-10 to 2025-11).
func (m *Model) say(r ref, exact, said *load.LimitStatuses) {
	*said = *exact
	burst := &m.holders[r.holder].limits[r.pool].Burst
	said.At(load.ITPM).Remaining = rounded(exact.At(load.ITPM).Remaining, burst.Input)
	said.At(load.OTPM).Remaining = rounded(exact.At(load.OTPM).Remaining, burst.Output)
}

// rounded is n to the nearest thousand, never above the capacity. A bucket that
// holds less than a thousand is shown exactly, or nothing could be seen of it
// (assumed; no real limit is that small).
func rounded(n, capacity int64) int64 {
	if capacity < 1000 {
		return n
	}
	return min((n+500)/1000*1000, capacity)
}
