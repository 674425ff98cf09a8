package model

import (
	"time"

	"ratecliff/load"
	"ratecliff/mockserver/model/fault"
)

// Fault is what goes wrong with an answer, for whoever plays it. The zero Fault
// is nothing. Response, FirstToken and Done of the reply are what the client
// comes to see; these here are the answer that the fault spoils.
type Fault struct {
	Effect     *fault.Effect // nil where nothing goes wrong
	Rule       string        // name of the rule
	At         time.Duration // instant at which it strikes within an answer
	FirstToken time.Duration // of the answer as it would have been
	Done       time.Duration // of the answer as it would have been
	Output     int64         // tokens of the answer as it would have been
}

// heads is how many events open a stream: message_start, content_block_start,
// ping. They come at admission.
const heads = 3

// DefaultPace is the time between two content events of a stream where the
// configuration gives none: the mock's writing interval.
const DefaultPace = 50 * time.Millisecond

// resetType is the error type of a broken connection, as clients of this project
// name it.
const resetType = "network/reset"

// SetFaults replaces what goes wrong from now on; its counters start anew. The
// error lists everything wrong with the configuration, and then nothing changes.
func (m *Model) SetFaults(cfg fault.Config) error {
	in, err := fault.New(cfg, m.seed)
	if err != nil {
		return err
	}
	m.cfg.Faults, m.faults, m.effect = cfg, in, nil
	return nil
}

// DrawsFaults says whether chance decides about faults, so that a
// Request.Print is of use.
func (m *Model) DrawsFaults() bool { return m.faults.Draws() }

// strike draws what goes wrong with a request. It is true when that was an error
// ahead of the buckets, with which the request is answered.
func (m *Model) strike(req *Request, reply *Reply) bool {
	if !m.draw(fault.Messages, req) {
		return false
	}
	if m.effect.Costs(req.Stream) != fault.ChargeNothing {
		return false
	}
	m.falter(req, m.effect, reply)
	if m.effect.StatusCode() == 429 && !m.effect.Bare {
		m.showLevels(req, reply)
	}
	return true
}

// draw asks the rules for the effect on a request; false when nothing goes wrong.
func (m *Model) draw(endpoint fault.Endpoint, req *Request) bool {
	rule := m.faults.Draw(m.now, &fault.Request{
		ID: req.ID, Attempt: max(req.Attempt, req.Retries+1), Print: req.Print, Key: req.Key, Model: req.Model,
		Stream: req.Stream, Endpoint: endpoint, Header: req.Header,
	})
	if m.effect = nil; rule == nil {
		return false
	}
	m.effect, m.rule = &rule.Effect, rule.Name
	return true
}

// Disturb draws what goes wrong with a request to an endpoint beside messages,
// whose answers take no time; false when nothing does. Then the reply's Fault is
// set, and its response where an error takes the place of the answer. Nothing is
// charged. now obeys the rule of [Model.Handle].
func (m *Model) Disturb(now time.Duration, endpoint fault.Endpoint, req *Request, reply *Reply) bool {
	if m.faults == nil {
		return false
	}
	m.advance(now)
	*reply = Reply{}
	if !m.draw(endpoint, req) {
		return false
	}
	e := m.effect
	m.effect = nil
	reply.Fault = Fault{Effect: e, Rule: m.rule, At: m.now + e.Delay}
	if e.Fails(false) {
		m.falter(req, e, reply)
	}
	return true
}

// falter answers with the error of an effect.
func (m *Model) falter(req *Request, e *fault.Effect, reply *Reply) {
	reply.Response, reply.Special = e.Response(false), load.LimitStatuses{}
	reply.Combined, reply.Family = load.LimitStatus{}, NoFamily
	reply.Done = m.now + m.delay(req, ofRefusal, &m.cfg.Latency.Refusal) + e.Delay
	reply.Fault = Fault{Effect: e, Rule: m.rule, At: reply.Done}
}

// failAdmitted answers an admitted request with an error instead; false when the
// effect is none. The tokens are given back unless the effect keeps them; the
// request stays charged.
func (m *Model) failAdmitted(req *Request, c *chain, asked *cost, reply *Reply) bool {
	e := m.effect
	if !e.Fails(req.Stream) {
		return false
	}
	for _, r := range c.all() {
		back := asked.of(r.part)
		back.Requests = 0
		if e.Costs(req.Stream) == fault.ChargeAll {
			back.Input = 0
		}
		m.set(r).Refund(back)
	}
	m.falter(req, e, reply)
	if e.StatusCode() == 429 && !e.Bare {
		m.showLevels(req, reply)
	}
	return true
}

// timeline is the timeline of an answer.
type timeline struct {
	first, done time.Duration // of its production
	tokens      int64
}

// bend notes the answer as it would have been and returns what of it the service
// produces.
func (m *Model) bend(req *Request, t timeline, reply *Reply) timeline {
	e := m.effect
	t.first += e.Delay
	t.done += e.Delay
	f := Fault{Effect: e, Rule: m.rule, FirstToken: t.first, Done: t.done, Output: t.tokens}
	if !req.Stream {
		f.FirstToken = t.done
	}
	if e.Kind == fault.Slow {
		f.Done += e.For
	}
	f.At = m.strikesAt(req, &f)
	reply.Fault = f
	if !e.Stops() || f.At >= t.done {
		return t
	}
	s := slot{first: t.first, done: t.done, tokens: t.tokens}
	t.tokens, t.first, t.done = s.until(f.At), min(t.first, f.At), f.At
	return t
}

// strikesAt is the instant of the event in whose place an effect strikes; before
// the first content no sooner than an error would be answered.
func (m *Model) strikesAt(req *Request, f *Fault) time.Duration {
	e := f.Effect
	if e.Kind == fault.Reset {
		return min(f.Done, m.now+m.delay(req, ofRefusal, &m.cfg.Latency.Refusal)+e.Delay)
	}
	if !req.Stream {
		return f.FirstToken
	}
	at := m.eventAt(f, e.After+1)
	if e.After < heads {
		at = max(at, m.now+m.delay(req, ofRefusal, &m.cfg.Latency.Refusal)+e.Delay)
	}
	return min(at, f.Done)
}

// contents is how many content events a stream has: one per pace, at most one per
// token, at least one.
func (m *Model) contents(f *Fault) int64 {
	return max(1, min(int64((f.Done-f.FirstToken)/m.pace()), f.Output))
}

func (m *Model) pace() time.Duration {
	if m.cfg.Pace > 0 {
		return m.cfg.Pace
	}
	return DefaultPace
}

// eventAt is the instant of the n-th event of a stream, from 1.
func (m *Model) eventAt(f *Fault, n int64) time.Duration {
	all := m.contents(f)
	switch n -= heads; {
	case n <= 0:
		return m.now + f.Effect.Delay
	case n > all:
		return f.Done
	}
	d, k := int64(f.Done-f.FirstToken), n-1
	return f.FirstToken + time.Duration(d/all*k+d%all*k/all)
}

// disguise turns the reply to an admitted request into what its client comes to
// see of it.
func (m *Model) disguise(req *Request, reply *Reply) {
	f := &reply.Fault
	r := &reply.Response
	reply.FirstToken, reply.Done = f.FirstToken, f.Done
	r.Usage.Output = f.Output
	r.Advice = f.Effect.Response(true).Advice
	switch f.Effect.Kind {
	case fault.Reset:
		*r = load.Response{Outcome: load.Failed, ErrorType: resetType}
		reply.FirstToken, reply.Done = 0, f.At
	case fault.StreamError:
		said := f.Effect.Response(true)
		said.Limits, said.Usage = r.Limits, r.Usage
		*r = said
		m.cut(req, reply, f.At)
	case fault.ResetBody:
		m.fails(req, reply, resetType, f.At)
	case fault.Truncate:
		m.fails(req, reply, brokenBody(req, "stream/truncated"), f.At)
	case fault.BadChunk:
		m.fails(req, reply, "network/malformed", f.At)
	case fault.Garbage:
		m.garble(req, reply)
	case fault.Stall:
		m.stall(req, reply)
	case fault.Reorder:
		if all := m.contents(f); req.Stream && f.Effect.After == heads {
			reply.FirstToken = m.eventAt(f, min(heads+2, heads+all+1))
		}
	case fault.Pass, fault.Error, fault.Slow, fault.Duplicate:
	}
}

// brokenBody names what clients call a body that ends or goes wrong too early.
func brokenBody(req *Request, stream string) string {
	if req.Stream {
		return stream
	}
	return "body/malformed"
}

// fails is an answer that breaks at an instant.
func (m *Model) fails(req *Request, reply *Reply, errorType string, at time.Duration) {
	reply.Response.Outcome, reply.Response.ErrorType = load.Failed, errorType
	m.cut(req, reply, at)
}

// cut leaves of a reply what came before the event in whose place it ends: the
// first content, and the usage that the events told.
func (m *Model) cut(req *Request, reply *Reply, at time.Duration) {
	f, u := &reply.Fault, &reply.Response.Usage
	reply.Done = at
	if !req.Stream {
		reply.FirstToken, *u = 0, load.Tokens{}
		return
	}
	after, all := f.Effect.After, m.contents(f)
	if after <= heads {
		reply.FirstToken = 0
	}
	switch {
	case after < 1:
		*u = load.Tokens{}
	case after < heads+all+2:
		u.Output = min(1, u.Output)
	}
}

// garble is an answer with text that is not JSON. A stream is read on to its end.
func (m *Model) garble(req *Request, reply *Reply) {
	f, u := &reply.Fault, &reply.Response.Usage
	reply.Response.Outcome, reply.Response.ErrorType = load.Failed, brokenBody(req, "stream/malformed")
	if !req.Stream {
		reply.FirstToken, *u = 0, load.Tokens{}
		return
	}
	if u.Output = min(1, u.Output); f.Effect.After < 1 {
		*u = load.Tokens{}
	}
}

// stall is an answer that stands still: for a while, or until the connection
// breaks.
func (m *Model) stall(req *Request, reply *Reply) {
	f := &reply.Fault
	if f.Effect.For == 0 {
		m.fails(req, reply, resetType, f.At+fault.StallLimit)
		return
	}
	goesOn := f.At + f.Effect.For
	reply.Done = max(reply.Done, goesOn)
	if req.Stream && f.Effect.After <= heads {
		reply.FirstToken = max(reply.FirstToken, goesOn)
	}
}

// showLevels sets the limits that a 429 speaks of to the true levels.
func (m *Model) showLevels(req *Request, reply *Reply) {
	pool := m.poolOf(req.Model)
	if pool < 0 {
		return
	}
	var c chain
	m.chainOf(req, pool, &c, reply)
	for _, r := range c.all() {
		m.set(r).Advance(m.now)
	}
	m.statuses(&c, reply)
	if d := reply.Response.Dimension; d >= load.RPM && d <= load.OTPM {
		reply.Limit = reply.Response.Limits.At(d).Limit
	}
	said := reply.Response
	m.show(reply)
	reply.Response.Dimension, reply.Response.ErrorCode = said.Dimension, said.ErrorCode // the effect words its error itself
}
