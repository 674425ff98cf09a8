package engine

import (
	"time"

	"ratecliff/load"
)

// longestSleep bounds what a server's or a strategy's wait can do to the
// arithmetic of instants: 100 years, longer than any run.
const longestSleep = 100 * 365 * 24 * time.Hour

// told is the attempt whose end this step has put on record, if any.
type told struct {
	of   *slot
	at   int // place of the action
	kept load.Attempt
}

// keepRecord moves that record out of the way of what overwrites it.
func (e *Engine) keepRecord(s *slot) {
	if e.told.of != s {
		return
	}
	e.told.of, e.told.kept = nil, s.attempt
	e.actions[e.told.at].Attempt = &e.told.kept
}

// send starts the next attempt of a call that every gate has granted.
func (e *Engine) send(now time.Duration, s *slot) {
	for i, g := range s.lane.Gates {
		if s.held&(1<<i) == 0 {
			g.Take(now, &s.call)
		}
	}
	s.held = s.lane.keeps
	if s.call.Attempts == 0 {
		startLayers(s, len(s.lane.Retry), now)
	}
	e.keepRecord(s)
	s.call.Attempts++
	if s.first != nil {
		s.first.call.Attempts = s.call.Attempts
	}
	s.state = flying
	s.attempt.N, s.attempt.Target, s.attempt.Scheduled = s.call.Attempts, s.call.Target, now // the answer fills in the rest
	e.inFlight++
	e.do(Action{Kind: Send, Ref: s.ref(), At: s.call.Expires(), Call: &s.call, Attempt: &s.attempt})
	if s.lane.Hedge != nil {
		e.arm(now, s)
	}
}

// refuse fails a call that a gate will not let through. No attempt was made.
// A retry goes through the driver's calendar even when it is due at once, so
// that a strategy that turns in circles is seen by the driver's event cap.
func (e *Engine) refuse(now time.Duration, s *slot, p load.Permit) {
	e.keepRecord(s)
	s.attempt.Response = load.Response{Outcome: load.Shed, ErrorType: p.By}
	if wait, again := e.ask(now, s); again && wait < s.call.Expires()-now {
		e.sleep(now, s, wait)
		return
	}
	e.finish(now, s, load.Shed)
}

// retry asks the layers, inner to outer, whether a failed call goes again.
// The deadline is tested before sleeping: a sleep past it would be pure waste.
func (e *Engine) retry(now time.Duration, s *slot) {
	wait, again := e.ask(now, s)
	switch {
	case !again && wait > 0 && !e.stopped:
		s.parting = true
		e.sleep(now, s, min(wait, s.call.Expires()-now))
	case !again || wait >= s.call.Expires()-now:
		e.finish(now, s, load.Lost)
	case wait <= 0:
		e.enqueue(now, s)
		e.watchDeadline(s)
	default:
		e.sleep(now, s, wait)
	}
}

// ask is the decision of the innermost layer that wants another attempt.
// Layers inside it begin anew, after whatever they lingered.
func (e *Engine) ask(now time.Duration, s *slot) (time.Duration, bool) {
	lingered := time.Duration(0)
	for i, layer := range s.lane.Retry {
		state := &s.call.Layers[i]
		state.Failures++
		rng := e.chance.Aim(e.cfg.Seed, load.ForRetry, s.call.ID, uint64(s.call.Attempts)<<8|uint64(i))
		if wait, again := layer.Next(now+lingered, &s.call, state, &s.attempt, rng); again {
			wait = min(max(wait, 0)+lingered, longestSleep)
			startLayers(s, i, now+wait)
			e.surface(now, s, i)
			s.lane.letGo(now, s, s.lane.frees[i])
			return wait, true
		}
		if l := s.lane.lingerers[i]; l != nil {
			lingered += min(max(l.Linger(now+lingered, &s.call, state, &s.attempt, rng), 0), longestSleep)
		}
	}
	e.surface(now, s, len(s.lane.Retry))
	return min(lingered, longestSleep), false
}

// surface tells the router how many layers gave the failure up.
func (e *Engine) surface(now time.Duration, s *slot, layers int) {
	if s.lane.surfacer != nil {
		s.lane.surfacer.Surfaced(now, &s.call, &s.attempt, layers)
	}
}

// startLayers makes the n innermost layers forget the call.
func startLayers(s *slot, n int, since time.Duration) {
	for i := range n {
		s.call.Layers[i] = load.RetryState{Since: since}
	}
}

func (e *Engine) sleep(now time.Duration, s *slot, wait time.Duration) {
	s.state, s.since, s.wakeAt = asleep, now, now+wait
	e.sleeping++
	e.do(Action{Kind: WakeAt, Ref: s.ref(), At: s.wakeAt})
}
