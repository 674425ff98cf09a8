package engine

import (
	"time"

	"ratecliff/load"
)

type state uint8

const (
	vacant state = iota
	queued
	flying
	asleep
	outlived  // its attempt failed, but further copies are under way
	cancelled // given up; the answer is still to come
)

// slot is a call's place in the engine, reused after the call ended.
type slot struct {
	call    load.Call
	lane    *lane
	state   state
	parting bool          // asleep, but given up: a layer lingers
	inside  bool          // queued behind the per-call gates it already holds
	watched bool          // a wake for its deadline has been asked for
	held    uint32        // bit i: gate i is held for the whole call
	wakeAt  time.Duration // while asleep
	since   time.Duration // when it fell asleep
	history []load.Attempt

	queueWait, backoff time.Duration

	attempt load.Attempt

	hedgeAt time.Duration // when a further copy is due, or Never
	first   *slot         // of a further copy: the call's own place
	copies  []*slot       // further copies under way
}

// origin is the place of the call itself.
func (s *slot) origin() *slot {
	if s.first != nil {
		return s.first
	}
	return s
}

func (s *slot) ref() Ref { return Ref{Slot: s.call.Slot, Epoch: s.call.Epoch} }

// record takes over what the driver measured of the attempt under way.
func (s *slot) record(a *load.Attempt, keep bool) {
	s.attempt.Started, s.attempt.FirstToken, s.attempt.Done = a.Started, a.FirstToken, a.Done
	s.attempt.Response, s.attempt.Unseen = a.Response, a.Unseen
	s.origin().call.Unseen += a.Unseen
	if keep {
		first := s.origin()
		first.history = append(first.history, s.attempt)
	}
}

// slot takes a free place for an arrival.
func (e *Engine) slot(a *load.Arrival) *slot {
	s := e.place()
	s.call = load.Call{Arrival: *a, Slot: s.call.Slot, Epoch: s.call.Epoch + 1}
	s.lane = e.lane(a.Worker)
	return s
}

// place is a free place, made ready but for its call and its lane.
func (e *Engine) place() *slot {
	if len(e.free) == 0 {
		e.grow()
	}
	s := e.slots[e.free[len(e.free)-1]]
	e.free = e.free[:len(e.free)-1]
	s.parting, s.inside, s.watched, s.held = false, false, false, 0
	s.attempt = load.Attempt{}
	s.history = s.history[:0]
	s.queueWait, s.backoff = 0, 0
	s.hedgeAt, s.first, s.copies = load.Never, nil, s.copies[:0]
	return s
}

// grow adds free places, as many as there are, the first one on top.
func (e *Engine) grow() {
	more := make([]slot, min(max(len(e.slots), 8), 256))
	for i := range more {
		s := &more[i]
		s.call.Slot = int32(len(e.slots))
		e.slots = append(e.slots, s)
	}
	for i := range more {
		e.free = append(e.free, int32(len(e.slots)-1-i))
	}
}

// find is the living call of a Ref, or nil when it has ended since.
func (e *Engine) find(ref Ref) *slot {
	if int(ref.Slot) >= len(e.slots) {
		return nil
	}
	s := e.slots[ref.Slot]
	if s.call.Epoch != ref.Epoch || s.state == vacant {
		return nil
	}
	return s
}

// finish makes the call's result final and gives up its place.
func (e *Engine) finish(now time.Duration, s *slot, o load.Outcome) {
	e.end(now, s, o, &s.attempt)
	e.leave(now, s)
}

// leave gives up a place and the permits held there.
func (e *Engine) leave(now time.Duration, s *slot) {
	s.lane.letGo(now, s, s.held)
	s.state = vacant
	e.released = append(e.released, s.call.Slot)
}

// end makes the call's result final; last is the attempt that decided it.
func (e *Engine) end(now time.Duration, s *slot, o load.Outcome, last *load.Attempt) {
	r := e.result()
	r.Arrival, r.Outcome, r.Attempts = s.call.Arrival, o, s.call.Attempts+s.call.Unseen
	r.QueueWait, r.Backoff, r.Finished, r.Last = s.queueWait, s.backoff, now, *last
	if e.cfg.KeepAttempts {
		r.History = s.history
	}
	e.do(Action{Kind: Finished, Ref: s.ref(), Call: &s.call, Result: r})
}

// result is a place for one more result of this step. Results stand apart from
// the slots: there are few a step, so the same memory stays warm.
func (e *Engine) result() *load.Result {
	if e.finished == len(e.results) {
		e.results = append(e.results, &load.Result{})
	}
	e.finished++
	return e.results[e.finished-1]
}
