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

// refusal is what a request was refused for.
type refusal struct {
	pool     int32
	cost     ratelimit.Cost
	decision ratelimit.Decision
}

// refuse answers a request that did not fit its buckets.
func (m *Model) refuse(req *Request, set *ratelimit.Set, r *refusal, reply *Reply) {
	d := &r.decision
	if m.punish(set) {
		*d = set.Decide(m.now, r.cost)
	}
	m.limits(r.pool, &d.Status, &reply.Response.Limits)
	m.fail(req, reply, throttled(d.Dimension))
	status := d.Status.At(d.Dimension)
	reply.Limit, reply.Impossible = status.Limit, d.Impossible
	if m.cfg.RetryAfter != Omit {
		reply.Response.HasRetryAfter = true
		reply.Response.RetryAfter = m.promised(d, status)
	}
}

// refuseConnection answers a request beyond the concurrency cap.
func (m *Model) refuseConnection(req *Request, set *ratelimit.Set, pool int32, reply *Reply) {
	set.Advance(m.now)
	m.punish(set)
	var status load.LimitStatuses
	set.Status(&status)
	m.limits(pool, &status, &reply.Response.Limits)
	m.fail(req, reply, throttled(load.Concurrency))
	reply.Limit = int64(m.cfg.Concurrency)
}

// punish charges a refusal one request where that is configured, down to a debt
// of one bucket. It says whether it did.
func (m *Model) punish(set *ratelimit.Set) bool {
	if !m.cfg.RefusalsCharged {
		return false
	}
	b := set.Bucket(load.RPM)
	if b == nil || b.Units() < (1-b.Burst())*ratelimit.Unit {
		return false
	}
	b.Charge(1)
	return true
}

// promised is the retry-after of a refusal: whole seconds, rounded up, at least
// 1. A request larger than its bucket never fits; it is told when the bucket is
// full, and marked.
func (m *Model) promised(d *ratelimit.Decision, status *load.LimitStatus) time.Duration {
	wait := d.RetryAfter
	switch {
	case m.cfg.RetryAfter == "":
		wait = m.promise
	case m.cfg.RetryAfter == Full || d.Impossible:
		wait = status.Reset - m.now
	}
	seconds := (wait + time.Second - 1) / time.Second
	return max(seconds, 1) * time.Second
}

// limits writes the state as headers say it: requests exact, tokens rounded to
// the nearest thousand (recorded 2024-10 to 2025-11).
func (m *Model) limits(pool int32, exact, said *load.LimitStatuses) {
	*said = *exact
	burst := &m.pools[pool].Burst
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
