package mockserver

import (
	"time"

	"ratecliff/load"
	"ratecliff/mockserver/journal"
	"ratecliff/mockserver/model"
)

// Ledger keeps the truth about every bucket while a model decides: one line per
// decision, with the exact levels before and after it. It reads no clock, so
// over the same requests at the same instants it writes the same bytes. It
// belongs to one goroutine, together with its model.
type Ledger struct {
	emit          func(line []byte)
	n             uint64
	before, after []model.Level
	balances      []journal.Balance
	line          []byte
}

// NewLedger returns a ledger that passes every line to emit, which must not keep
// it.
func NewLedger(emit func(line []byte)) *Ledger { return &Ledger{emit: emit} }

// Handle lets the model answer a request and enters what that did. seq is the
// number of the exchange; 0 is none.
func (l *Ledger) Handle(m *model.Model, now time.Duration, seq uint64, req *model.Request, reply *model.Reply) {
	l.before = m.AppendLevelsOf(l.before[:0], now, req)
	m.Handle(now, req, reply)
	l.after = m.AppendLevelsOf(l.after[:0], now, req)
	e := journal.Entry{At: now, Event: eventOf(reply), Seq: seq}
	if e.Event == journal.Refuse {
		e.Dimension, e.Scope = reply.Response.Dimension.String(), scopeOf(reply.Scope)
	}
	l.enter(&e)
}

// Cancel tells the model that the client of an exchange went away and enters
// what that did.
func (l *Ledger) Cancel(m *model.Model, now time.Duration, seq uint64, req *model.Request, reply *model.Reply) {
	l.before = m.AppendLevelsOf(l.before[:0], now, req)
	m.Cancel(now, reply.Handle)
	l.after = m.AppendLevelsOf(l.after[:0], now, req)
	l.enter(&journal.Entry{At: now, Event: journal.Cancel, Seq: seq})
}

// All enters every bucket.
func (l *Ledger) All(m *model.Model, now time.Duration, event journal.Event) {
	l.before = m.AppendLevels(l.before[:0], now)
	l.after = append(l.after[:0], l.before...)
	l.enter(&journal.Entry{At: now, Event: event})
}

func (l *Ledger) enter(e *journal.Entry) {
	l.n++
	e.V, e.N = journal.Version, l.n
	l.balances = l.balances[:0]
	for i := range l.after {
		a := &l.after[i]
		before := a.Units
		if i < len(l.before) {
			before = l.before[i].Units
		}
		l.balances = append(l.balances, journal.Balance{
			Scope: scopeOf(a.Scope), Owner: ownerOf(a.Scope, a.Name), Key: a.Key, Pool: a.Pool, Dimension: a.Dimension.String(), Limit: int64(a.Limit),
			Capacity: a.Capacity, Before: before, After: a.Units, FullAt: a.FullAt,
		})
	}
	e.Balances = l.balances
	l.line = e.Append(l.line[:0])
	l.emit(l.line)
}

func eventOf(reply *model.Reply) journal.Event {
	switch {
	case reply.Fault.Effect != nil && reply.Handle == (model.Handle{}):
		return journal.Fail // a fault that came before the limits, whatever it pretends to be
	case reply.Handle != (model.Handle{}) || reply.Response.Outcome == load.OK:
		return journal.Admit
	case reply.Response.Outcome == load.Throttled || reply.Cause != model.ByDimension:
		return journal.Refuse
	default:
		return journal.Fail
	}
}

// scopeOf names whose limit it is: "" stands for the organisation.
func scopeOf(scope model.Scope) string {
	if scope == model.OfOrganization {
		return ""
	}
	return scope.String()
}

// ownerOf names the workspace, or stands for the key, that a limit belongs to.
func ownerOf(scope model.Scope, name string) string {
	if scope == model.OfKey {
		return journal.KeyHash(name)
	}
	return name
}
