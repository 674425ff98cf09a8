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
}

func (s *slot) ref() Ref { return Ref{Slot: s.call.Slot, Epoch: s.call.Epoch} }

// record takes over what the driver measured of the attempt under way.
func (s *slot) record(a *load.Attempt, keep bool) {
	s.attempt.Started, s.attempt.FirstToken, s.attempt.Done = a.Started, a.FirstToken, a.Done
	s.attempt.Response = a.Response
	if keep {
		s.history = append(s.history, s.attempt)
	}
}

// slot takes a free place for an arrival.
func (e *Engine) slot(a *load.Arrival) *slot {
	if len(e.free) == 0 {
		e.slots = append(e.slots, &slot{call: load.Call{Slot: int32(len(e.slots))}})
		e.free = append(e.free, int32(len(e.slots)-1))
	}
	s := e.slots[e.free[len(e.free)-1]]
	e.free = e.free[:len(e.free)-1]
	s.call = load.Call{Arrival: *a, Slot: s.call.Slot, Epoch: s.call.Epoch + 1}
	s.lane = e.lane(a.Worker)
	s.parting, s.inside, s.watched, s.held = false, false, false, 0
	s.attempt = load.Attempt{}
	s.history = s.history[:0]
	s.queueWait, s.backoff = 0, 0
	return s
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
	s.lane.letGo(now, s, s.held)
	s.state = vacant
	r := e.result()
	r.Arrival, r.Outcome, r.Attempts = s.call.Arrival, o, s.call.Attempts
	r.QueueWait, r.Backoff, r.Finished, r.Last = s.queueWait, s.backoff, now, s.attempt
	if e.cfg.KeepAttempts {
		r.History = s.history
	}
	e.released = append(e.released, s.call.Slot)
	e.do(Action{Kind: Finished, Ref: s.ref(), Call: &s.call, Result: r})
}

// result is a place for one more result of this step. Results stand apart from
// the slots: there are few a step, so the same memory stays warm.
func (e *Engine) result() *load.Result {
	n := len(e.released)
	if n == len(e.results) {
		e.results = append(e.results, &load.Result{})
	}
	return e.results[n]
}
