package engine

import (
	"time"

	"ratecliff/load"
)

// lane is one client process: its strategy, and the calls that wait in it.
type lane struct {
	Stack
	index     int32
	inside    fifo          // calls that hold per-call permits: they do not queue again
	bypass    bool          // the queue only orders: a call that finds it empty need not enter
	direct    *slot         // ready to go, and not in the queue unless it has to wait
	queued    int           // calls in the queue
	wakeAt    time.Duration // the earliest wake asked for, or Never
	observers []Observer
	dropper   Dropper                  // the queue, when it is one
	passer    Passer                   // the queue, when it is one
	surfacer  Surfacer                 // the router, when it is one
	lingerers [load.MaxLayers]Lingerer // the retry layers that are
	keeps     uint32                   // bit i: gate i is held beyond the attempt
	frees     [load.MaxLayers]uint32   // by layer: bit i: gate i is given back when the layer retries
}

func (e *Engine) lane(worker int) *lane {
	if e.cfg.Shared {
		worker = 0
	}
	for len(e.lanes) <= worker {
		e.lanes = append(e.lanes, newLane(len(e.lanes), e.cfg.Stack(len(e.lanes))))
	}
	return e.lanes[worker]
}

func newLane(index int, s Stack) *lane {
	l := &lane{Stack: s, index: int32(index), wakeAt: load.Never}
	l.empower(s.Queue)
	for _, r := range s.Retry {
		if o, ok := r.(Observer); ok {
			l.observers = append(l.observers, o)
		}
	}
	l.surfacer, _ = s.Route.(Surfacer)
	for i, r := range s.Retry {
		l.lingerers[i], _ = r.(Lingerer)
	}
	for i, g := range s.Gates {
		l.hold(i, g)
	}
	return l
}

// empower notes which extra powers a queue has and uses.
func (l *lane) empower(q Queue) {
	if o, ok := q.(Orderer); ok && o.OnlyOrders() {
		l.bypass = true
		return
	}
	if o, ok := q.(Observer); ok {
		l.observers = append(l.observers, o)
	}
	l.dropper, _ = q.(Dropper)
	l.passer, _ = q.(Passer)
}

// hold notes for how long gate i is held.
func (l *lane) hold(i int, g HeldGate) {
	if !g.PerCall && g.Around <= 0 {
		return
	}
	l.keeps |= 1 << i
	if g.PerCall {
		return
	}
	for layer := g.Around; layer < len(l.Retry); layer++ {
		l.frees[layer] |= 1 << i
	}
}

// enqueue makes a call ready to go. One that still holds a per-call permit
// does not queue again: others may be waiting for that very permit.
func (e *Engine) enqueue(now time.Duration, s *slot) {
	s.call.Ready = now
	s.state = queued
	e.waiting++
	if s.held != 0 {
		s.inside = true
		s.lane.inside.push(s)
		return
	}
	l := s.lane
	if l.bypass && l.queued == 0 && l.direct == nil {
		l.direct = s
		return
	}
	l.queued++
	shed := l.Queue.Push(now, &s.call)
	if shed == nil {
		return
	}
	l.queued--
	victim := e.slots[shed.Slot]
	e.waiting--
	victim.queueWait += now - victim.call.Ready
	e.finish(now, victim, load.Shed)
}

// leaveQueue takes a waiting call out of whichever line it stands in.
func (e *Engine) leaveQueue(now time.Duration, s *slot) {
	l := s.lane
	switch {
	case s.inside:
		l.inside.remove(s)
		s.inside = false
	case l.direct == s:
		l.direct = nil
	default:
		l.Queue.Remove(&s.call)
		l.queued--
	}
	e.waiting--
	s.queueWait += now - s.call.Ready
}

// watchDeadline asks to be woken when a waiting call's answer is of no more use.
func (e *Engine) watchDeadline(s *slot) {
	if s.state == queued && s.call.Deadline > 0 && !s.watched {
		s.watched = true
		e.do(Action{Kind: WakeAt, Ref: s.ref(), At: s.call.Expires()})
	}
}

// head is the call that goes next, or nil.
func (e *Engine) head(now time.Duration, l *lane) *slot {
	if s := l.inside.first(); s != nil {
		return s
	}
	if l.direct != nil {
		return l.direct
	}
	c := l.Queue.Peek(now)
	if c == nil {
		return nil
	}
	return e.slots[c.Slot]
}

// drain lets go whatever may go now; what has to wait is then in the queue.
func (e *Engine) drain(now time.Duration, l *lane) {
	e.letOut(now, l)
	if s := l.direct; s != nil {
		l.direct = nil
		l.queued++
		l.Queue.Push(now, &s.call)
	}
}

func (e *Engine) letOut(now time.Duration, l *lane) {
	for !e.stopped {
		e.shed(now, l)
		s := e.head(now, l)
		if s == nil {
			return
		}
		switch p := e.permit(now, s); p.State {
		case load.Granted:
			e.leaveQueue(now, s)
			e.send(now, s)
		case load.Refused:
			l.refused(now, s, p)
			e.leaveQueue(now, s)
			e.refuse(now, s, p)
		case load.WaitUntil:
			e.wakeLane(l, p.At)
			if !e.pass(now, l, s) {
				return
			}
		case load.WaitEvent:
			return
		}
	}
}

// shed ends the waiting calls that the queue will not keep.
func (e *Engine) shed(now time.Duration, l *lane) {
	for l.dropper != nil {
		c, p := l.dropper.Drop(now)
		if c == nil {
			if p.State == load.WaitUntil {
				e.wakeLane(l, p.At)
			}
			return
		}
		s := e.slots[c.Slot]
		e.leaveQueue(now, s)
		s.attempt.Response = load.Response{Outcome: load.Shed, ErrorType: p.By}
		e.finish(now, s, load.Shed)
	}
}

// pass lets one call go before the head that waits for an instant, if the queue
// allows it. What a gate refuses is refused when it is the head itself.
func (e *Engine) pass(now time.Duration, l *lane, head *slot) bool {
	if l.passer == nil || head.inside {
		return false
	}
	for n := 1; ; n++ {
		c := l.passer.Behind(now, n)
		if c == nil {
			return false
		}
		s := e.slots[c.Slot]
		switch p := e.permit(now, s); p.State {
		case load.Granted:
			e.leaveQueue(now, s)
			e.send(now, s)
			return true
		case load.WaitUntil:
			e.wakeLane(l, p.At)
		case load.WaitEvent:
			return false
		case load.Refused:
		}
	}
}

func (e *Engine) wakeLane(l *lane, at time.Duration) {
	if at < l.wakeAt {
		l.wakeAt = at
		e.do(Action{Kind: WakeAt, Ref: Ref{Slot: l.index}, At: at})
	}
}

// permit asks the router and the gates not yet held, up to one that refuses or
// waits for an event. A refusal outweighs a wait for an event, which outweighs
// the longest wait for an instant.
func (e *Engine) permit(now time.Duration, s *slot) load.Permit {
	rng := e.chance.Aim(e.cfg.Seed, load.ForRoute, s.call.ID, uint64(s.call.Attempts))
	target, worst := s.lane.Route.Pick(now, &s.call, rng)
	s.call.Target = target
	for i, g := range s.lane.Gates {
		if s.held&(1<<i) != 0 {
			continue
		}
		if p := g.Ready(now, &s.call); harder(p, worst) {
			worst = p
		}
		if rank[worst.State] >= rank[load.WaitEvent] {
			break // nobody stands before the gates further in yet
		}
	}
	return worst
}

// rank of the permit states from easy to hard; index is load.PermitState.
var rank = [...]uint8{load.Granted: 0, load.WaitUntil: 1, load.WaitEvent: 2, load.Refused: 3}

func harder(p, q load.Permit) bool {
	if rank[p.State] != rank[q.State] {
		return rank[p.State] > rank[q.State]
	}
	return p.State == load.WaitUntil && p.At > q.At
}

// observe tells gates and observers what became of the attempt. Gates held
// beyond it are told when they are given back.
func (l *lane) observe(now time.Duration, s *slot) {
	for i, g := range l.Gates {
		if l.keeps&(1<<i) == 0 {
			g.Done(now, &s.call, &s.attempt)
		}
	}
	l.Route.Observe(now, &s.call, &s.attempt)
	if l.Hedge != nil {
		l.Hedge.Observe(now, &s.call, &s.attempt)
	}
	for _, o := range l.observers {
		o.Observe(now, &s.call, &s.attempt)
	}
}

// letGo gives back those of some permits that are held.
func (l *lane) letGo(now time.Duration, s *slot, gates uint32) {
	for i := range l.Gates {
		if s.held&gates&(1<<i) != 0 {
			l.Gates[i].Done(now, &s.call, &s.attempt)
		}
	}
	s.held &^= gates
}

// fifo is a queue of slots in order of arrival.
type fifo struct{ slots []*slot }

func (f *fifo) push(s *slot) { f.slots = append(f.slots, s) }

func (f *fifo) first() *slot {
	if len(f.slots) == 0 {
		return nil
	}
	return f.slots[0]
}

func (f *fifo) remove(s *slot) {
	for i, t := range f.slots {
		if t == s {
			f.slots = append(f.slots[:i], f.slots[i+1:]...)
			return
		}
	}
}
