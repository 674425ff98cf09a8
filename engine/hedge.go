package engine

import (
	"slices"
	"time"

	"ratecliff/load"
)

// arm tells the hedger of an attempt that was sent, and asks for a wake at the
// instant the next copy is due.
func (e *Engine) arm(now time.Duration, s *slot) {
	wait, more := s.lane.Hedge.Sent(now, &s.call)
	first := s.origin()
	if !more || wait >= first.call.Expires()-now {
		return
	}
	first.hedgeAt = now + min(max(wait, 0), longestSleep)
	e.do(Action{Kind: WakeAt, Ref: first.ref(), At: first.hedgeAt})
}

// hedge sends a further copy of a call under way, now or never. It has a place
// of its own, so that gates and router take it for a call; it does not overtake
// those that wait.
func (e *Engine) hedge(now time.Duration, s *slot) {
	s.hedgeAt = load.Never
	if e.stopped || e.head(now, s.lane) != nil || !s.lane.Hedge.Allow(now, &s.call) {
		return
	}
	t := e.place()
	slot, epoch := t.call.Slot, t.call.Epoch
	t.lane, t.first, t.call = s.lane, s, s.call
	t.call.Slot, t.call.Epoch, t.call.Copy, t.call.Ready = slot, epoch+1, len(s.copies)+1, now
	if e.permit(now, t).State != load.Granted {
		e.free = append(e.free, slot)
		return
	}
	s.copies = append(s.copies, t)
	e.send(now, t)
}

// settle takes in how one of several copies ended, and says whether the call has
// failed with it: the failure of one waits while another is under way.
func (e *Engine) settle(now time.Duration, s *slot) bool {
	first := s.origin()
	if s.attempt.Response.Outcome == load.OK {
		e.win(now, first, s)
		return false
	}
	first.hedgeAt = load.Never // what fails is not late
	if s == first {
		first.state = outlived
		return len(first.copies) == 0
	}
	i := slices.Index(first.copies, s)
	first.copies = slices.Delete(first.copies, i, i+1)
	if first.state == outlived && s.attempt.Response.Outcome != load.Dropped {
		first.attempt = s.attempt
	}
	e.leave(now, s)
	return first.state == outlived && len(first.copies) == 0
}

// win ends a call by the copy that succeeded first.
func (e *Engine) win(now time.Duration, first, s *slot) {
	for _, t := range first.copies {
		if t != s {
			e.cancel(now, t)
		}
	}
	if first != s && first.state == flying {
		e.cancel(now, first)
	}
	e.end(now, first, load.OK, &s.attempt)
	if first.state != cancelled {
		e.leave(now, first)
	}
	if first != s {
		e.leave(now, s)
	}
}

// cancel gives up an attempt under way. Policies hear of it at once, the record
// when the driver has said what is known of its cost.
func (e *Engine) cancel(now time.Duration, s *slot) {
	a := &s.attempt
	a.Started, a.FirstToken, a.Done = a.Scheduled, 0, now
	a.Response = load.Response{Outcome: load.Cancelled}
	if e.cfg.KeepAttempts {
		first := s.origin()
		first.history = append(first.history, *a)
	}
	s.lane.observe(now, s)
	s.lane.letGo(now, s, s.held)
	s.state, s.first = cancelled, nil
	e.do(Action{Kind: Cancel, Ref: s.ref(), Call: &s.call})
}

// bury ends a cancelled attempt. One whose answer came all the same, for it was
// on its way, counts as cancelled too: nobody used it.
func (e *Engine) bury(s *slot, a *load.Attempt) {
	e.inFlight--
	s.attempt.Started, s.attempt.FirstToken, s.attempt.Done = a.Started, a.FirstToken, a.Done
	s.attempt.Response = load.Response{Outcome: load.Cancelled, Usage: a.Response.Usage}
	s.state = vacant
	e.released = append(e.released, s.call.Slot)
	e.do(Action{Kind: Attempted, Ref: s.ref(), Call: &s.call, Attempt: &s.attempt})
}
