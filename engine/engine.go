package engine

import (
	"time"

	"ratecliff/load"
)

// Config is what a run decides with.
type Config struct {
	Seed         uint64                 // seeds the strategy's own chance (jitter, random keys)
	Stack        func(worker int) Stack // builds the strategy of one client process
	Shared       bool                   // one stack serves all client processes
	KeepAttempts bool                   // results carry all their attempts
}

// Engine is the state machine of one run. It belongs to one goroutine.
type Engine struct {
	cfg      Config
	chance   *load.Chance
	lanes    []*lane
	slots    []*slot
	free     []int32
	released []int32        // ended in the last step: their calls may still be read
	results  []*load.Result // of the last step
	finished int            // how many of them
	actions  []Action
	told     told
	stopped  bool

	waiting, inFlight, sleeping int
}

// New returns an engine before its first event.
func New(cfg Config) *Engine {
	return &Engine{cfg: cfg, chance: load.NewChance()}
}

// Waiting is the number of calls that are ready and held by queue or gates.
func (e *Engine) Waiting() int { return e.waiting }

// InFlight is the number of attempts under way.
func (e *Engine) InFlight() int { return e.inFlight }

// Sleeping is the number of calls waiting for their next attempt.
func (e *Engine) Sleeping() int { return e.sleeping }

// Idle says whether every call that arrived has been finished.
func (e *Engine) Idle() bool { return e.waiting+e.inFlight+e.sleeping == 0 }

// Step tells the engine what happened at an instant and returns what to do.
// Instants must not decrease. The slice and what it points to are valid until
// the next Step (but see Action.Call).
func (e *Engine) Step(now time.Duration, ev Event) []Action {
	e.actions = e.actions[:0]
	e.free = append(e.free, e.released...)
	e.released, e.finished, e.told.of = e.released[:0], 0, nil
	switch ev.Kind { //exhaustive:enforce
	case Arrive:
		e.arrive(now, ev.Arrival)
	case Answer:
		e.answer(now, ev.Ref, ev.Attempt)
	case Wake:
		e.wake(now, ev.Ref)
	case Stop:
		e.stop(now)
	}
	return e.actions
}

func (e *Engine) do(a Action) { e.actions = append(e.actions, a) }

func (e *Engine) arrive(now time.Duration, a *load.Arrival) {
	if e.stopped {
		return
	}
	s := e.slot(a)
	e.enqueue(now, s)
	e.drain(now, s.lane)
	e.watchDeadline(s)
}

func (e *Engine) wake(now time.Duration, ref Ref) {
	if ref.Epoch == 0 {
		l := e.lanes[ref.Slot]
		if now >= l.wakeAt {
			l.wakeAt = load.Never
		}
		e.drain(now, l)
		return
	}
	s := e.find(ref)
	switch {
	case s == nil:
		return
	case s.state == asleep && now >= s.wakeAt:
		e.sleeping--
		s.backoff += now - s.since
		if s.parting {
			e.finish(now, s, load.Lost)
			e.drain(now, s.lane)
			return
		}
		e.enqueue(now, s)
		e.drain(now, s.lane)
		e.watchDeadline(s)
	case s.state == queued && now >= s.call.Expires():
		e.leaveQueue(now, s)
		e.finish(now, s, load.TimedOut)
		e.drain(now, s.lane)
	case s.state == flying && now >= s.hedgeAt:
		e.hedge(now, s)
	}
}

func (e *Engine) answer(now time.Duration, ref Ref, a *load.Attempt) {
	s := e.find(ref)
	switch {
	case s == nil:
		return
	case s.state == cancelled:
		e.bury(s, a)
		return
	case s.state != flying:
		return
	}
	e.inFlight--
	s.record(a, e.cfg.KeepAttempts)
	e.told.of, e.told.at = s, len(e.actions)
	e.do(Action{Kind: Attempted, Ref: ref, Call: &s.call, Attempt: &s.attempt})
	s.lane.observe(now, s)
	if alone := s.first == nil && len(s.copies) == 0; alone || e.settle(now, s) {
		e.conclude(now, s.origin())
	}
	e.drain(now, s.lane)
}

// conclude decides how a call goes on after an attempt.
func (e *Engine) conclude(now time.Duration, s *slot) {
	s.hedgeAt = load.Never
	switch {
	case s.attempt.Response.Outcome == load.OK:
		e.finish(now, s, load.OK)
	case s.attempt.Response.Outcome == load.Dropped:
		e.finish(now, s, load.Dropped)
	case e.stopped:
		e.finish(now, s, load.Unfinished)
	case now >= s.call.Expires():
		e.finish(now, s, load.TimedOut)
	default:
		e.retry(now, s)
	}
}

// stop ends the calls that wait or sleep; attempts under way may still answer.
func (e *Engine) stop(now time.Duration) {
	e.stopped = true
	for _, s := range e.slots {
		switch s.state {
		case queued:
			e.leaveQueue(now, s)
		case asleep:
			e.sleeping--
			s.backoff += now - s.since
		default:
			continue
		}
		if s.parting {
			e.finish(now, s, load.Lost)
			continue
		}
		e.finish(now, s, load.Unfinished)
	}
}
