package sim

import (
	"time"

	"ratecliff/engine"
	"ratecliff/load"
	"ratecliff/mockserver/model"
)

// flight is an attempt under way. Places are reused: there are as many as were
// ever in flight at once, which stay in the processor's cache.
type flight struct {
	ref     engine.Ref // zero once it is over
	attempt load.Attempt
	handle  model.Handle
	tokens  load.Tokens // as the model counts them, which keeps prompt caches
	cut     bool        // the client gives up before the answer is there
}

// land ends a flight, unless it was given up before.
func (r *run) land(at time.Duration, place int32) {
	f := &r.flights[place]
	r.landed = append(r.landed, place)
	ref := f.ref
	if ref == (engine.Ref{}) {
		return
	}
	f.ref = engine.Ref{}
	if f.cut {
		r.cfg.Server.Cancel(at, f.handle)
	}
	r.step(at, engine.Event{Kind: engine.Answer, Ref: ref, Attempt: &f.attempt})
}

// send asks the model and puts its answer on the calendar.
func (r *run) send(now time.Duration, a *engine.Action) {
	c := a.Call
	request := model.Request{
		ID: c.ID, Attempt: c.Attempts, Key: c.Target.Key, Model: c.Target.Model,
		Tokens: c.Tokens, MaxTokens: c.MaxTokens, Stream: c.Stream,
	}
	r.cfg.Server.Handle(now, &request, &r.reply)
	place := r.place()
	f := &r.flights[place]
	f.ref, f.handle, f.cut = a.Ref, r.reply.Handle, r.reply.Done > a.At
	f.attempt.Started, f.attempt.FirstToken, f.attempt.Done = now, r.reply.FirstToken, r.reply.Done
	f.attempt.Response = r.reply.Response
	f.tokens = request.Tokens
	if f.cut {
		f.attempt.Done = a.At
		f.attempt.Response = load.Response{Outcome: load.TimedOut, Limits: r.reply.Response.Limits}
		if f.attempt.FirstToken > a.At {
			f.attempt.FirstToken = 0
		}
	}
	r.calendar.Push(f.attempt.Done, due{Slot: ^place})
}

// giveUp ends a flight before its answer comes, which stays on the calendar and
// means nothing. The model says what it had produced: that and the prompt are
// billed.
func (r *run) giveUp(now time.Duration, a *engine.Action) {
	for i := range r.flights {
		f := &r.flights[i]
		if f.ref != a.Ref {
			continue
		}
		f.ref = engine.Ref{}
		end := flight{ref: a.Ref, attempt: f.attempt}
		end.attempt.Done = now
		if f.attempt.FirstToken > now {
			end.attempt.FirstToken = 0
		}
		var usage load.Tokens
		if f.handle != (model.Handle{}) {
			usage = f.tokens
			usage.Output = f.attempt.Response.Usage.Output
		}
		if output, cut := r.cfg.Server.Cancel(now, f.handle); cut {
			usage.Output = output
		}
		end.attempt.Response = load.Response{Outcome: load.Cancelled, Usage: usage}
		place := r.place()
		r.flights[place] = end
		r.calendar.Push(now, due{Slot: ^place})
		return
	}
}

// place is a free place for a flight. An attempt that has just landed has been
// read by the engine before the next one takes off.
func (r *run) place() int32 {
	if n := len(r.landed); n > 0 {
		p := r.landed[n-1]
		r.landed = r.landed[:n-1]
		return p
	}
	r.flights = append(r.flights, flight{})
	return int32(len(r.flights) - 1)
}
