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
	inside  bool          // queued behind the per-call gates it already holds
	watched bool          // a wake for its deadline has been asked for
	held    uint32        // bit i: gate i is held for the whole call
	wakeAt  time.Duration // while asleep
	since   time.Duration // when it fell asleep
	attempt load.Attempt
	result  load.Result
	history []load.Attempt

	queueWait, backoff time.Duration
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
	s.inside, s.watched, s.held = false, false, 0
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
	s.lane.letGo(now, s)
	s.state = vacant
	s.result = load.Result{
		Arrival: s.call.Arrival, Outcome: o, Attempts: s.call.Attempts,
		QueueWait: s.queueWait, Backoff: s.backoff, Finished: now, Last: s.attempt,
	}
	if e.cfg.KeepAttempts {
		s.result.History = s.history
	}
	e.released = append(e.released, s.call.Slot)
	e.do(Action{Kind: Finished, Ref: s.ref(), Call: &s.call, Result: &s.result})
}
