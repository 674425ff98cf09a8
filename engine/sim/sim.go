// Package sim drives a run in virtual time: the engine, the arrivals and the
// service's model on one calendar, without a clock, a goroutine or a socket.
// Equal configurations give equal runs, event for event. Runs share nothing, so
// many may go on at once, each in its own goroutine. May change before v1.
package sim

import (
	"math"
	"time"

	"ratecliff/engine"
	"ratecliff/load"
	"ratecliff/metrics"
	"ratecliff/mockserver/model"
)

// The event cap where Config gives none: so many events, and so many more for
// each arrival. An attempt takes two or three events, or one where it follows the
// last at once; of the strategies known the most wasteful one that
// still ends, retrying at once for ever, makes some 1,200 attempts per success.
const (
	DefaultMaxEvents        = 100_000
	DefaultEventsPerArrival = 2_500
)

// quitEvery is how many events pass between two questions of Config.Quit: some
// ten milliseconds.
const quitEvery = 1 << 15

// Config is one run. Engine, Stream, Server and Recorder must be fresh.
type Config struct {
	Engine    *engine.Engine
	Stream    *load.Stream
	Server    *model.Model
	Recorder  *metrics.Recorder
	Horizon   time.Duration // calls that still wait or sleep then are unfinished; 0 means load.Never
	MaxEvents int64         // 0 means DefaultMaxEvents and DefaultEventsPerArrival
	Digest    bool          // hash the actions
	Quit      func() bool   // asked now and then; true abandons the run where it is. Nil never does
	OnResult  func(*load.Result)
	Tap       func(time.Duration, engine.Event) // sees every event before the engine does
}

// Outcome is how a run ended.
type Outcome struct {
	End    time.Duration // instant of the last event
	Events int64         // events given to the engine
	Capped bool          // the event cap ended the run: the strategy ran away
	Quit   bool          // the run was abandoned: what was recorded is worth nothing
	Digest engine.Digest // empty unless asked for
}

// Run plays the run to its end: until every call is finished, or the horizon,
// or the event cap.
func Run(cfg Config) Outcome {
	if cfg.Horizon == 0 {
		cfg.Horizon = load.Never
	}
	r := &run{cfg: cfg, cap: cfg.MaxEvents}
	if r.cap == 0 {
		r.cap, r.capStep = DefaultMaxEvents, DefaultEventsPerArrival
	}
	cfg.Recorder.Watch()
	r.play()
	r.spilled(r.out.End)
	return r.out
}

// due is something on the calendar: a wake, or the end of the flight whose
// index is the complement of the slot. So an entry stays small.
type due engine.Ref

type run struct {
	cfg      Config
	calendar engine.Calendar[due]
	flights  []flight
	landed   []int32 // places of flights that are over
	arrival  load.Arrival
	reply    model.Reply
	stopped  bool
	backlog  bool          // calls wait or sleep since the last event
	levels   []model.Level // of the server when that became so
	after    []model.Level
	cap      int64 // events after which the run is ended
	capStep  int64 // by which an arrival raises the cap
	out      Outcome
}

func (r *run) play() {
	for {
		if r.out.Events%quitEvery == 0 && r.cfg.Quit != nil && r.cfg.Quit() {
			r.out.Quit = true
			return
		}
		at, arriving, ok := r.next()
		if !ok {
			if r.cfg.Engine.Idle() || r.stopped {
				return
			}
			r.stop(r.cfg.Horizon)
			continue
		}
		if r.out.Events >= r.cap && !r.stopped {
			r.out.Capped = true
			r.stop(at)
			continue
		}
		if at > r.cfg.Horizon && !r.stopped {
			if r.cfg.Engine.Idle() && !arriving {
				return // only what was given up is left
			}
			r.stop(r.cfg.Horizon)
			continue
		}
		if arriving {
			r.arrive(at)
		} else {
			r.happen()
		}
	}
}

// next is the instant of the next event and whether it is an arrival. Arrivals
// come before whatever else is due at the same instant.
func (r *run) next() (at time.Duration, arriving, ok bool) {
	at, ok = r.calendar.Peek()
	if r.stopped {
		return at, false, ok
	}
	due, more := r.cfg.Stream.Peek()
	if more && (!ok || due <= at) {
		return due, true, true
	}
	return at, false, ok
}

func (r *run) arrive(at time.Duration) {
	r.cfg.Stream.Next(&r.arrival)
	r.cap += r.capStep
	r.cfg.Recorder.Arrived(at, &r.arrival)
	r.step(at, engine.Event{Kind: engine.Arrive, Arrival: &r.arrival})
}

// happen lets the next entry of the calendar come true.
func (r *run) happen() {
	at, d := r.calendar.Pop()
	if d.Slot >= 0 {
		if !r.stopped {
			r.step(at, engine.Event{Kind: engine.Wake, Ref: engine.Ref(d)})
		}
		return
	}
	r.land(at, ^d.Slot)
}

func (r *run) stop(at time.Duration) {
	r.stopped = true
	if at == load.Never {
		at = r.out.End
	}
	r.step(at, engine.Event{Kind: engine.Stop})
}

func (r *run) step(at time.Duration, ev engine.Event) {
	r.out.Events++
	r.out.End = at
	if r.cfg.Tap != nil {
		r.cfg.Tap(at, ev)
	}
	actions := r.cfg.Engine.Step(at, ev)
	if r.cfg.Digest {
		r.out.Digest.Add(at, actions)
	}
	for i := range actions {
		r.act(at, &actions[i])
	}
	e := r.cfg.Engine
	r.cfg.Recorder.Gauge(at, e.Waiting(), e.InFlight(), e.Sleeping())
	if backlog := e.Waiting()+e.Sleeping() > 0; backlog != r.backlog {
		r.spilled(at)
		r.backlog = backlog
	}
}

// spilled tells the recorder what the server's buckets lost while calls waited,
// up to now, and remembers how they stand.
func (r *run) spilled(now time.Duration) {
	r.after = r.cfg.Server.AppendLevels(r.after[:0], now)
	for i := range r.levels { // keys seen since come behind
		if r.backlog && i < len(r.after) && r.after[i].Spilled > r.levels[i].Spilled {
			l := &r.after[i]
			r.cfg.Recorder.Spilled(l.Pool, l.Key, l.Dimension, int64(min(l.Spilled-r.levels[i].Spilled, math.MaxInt64)))
		}
	}
	r.levels, r.after = r.after, r.levels
}

func (r *run) act(now time.Duration, a *engine.Action) {
	switch a.Kind { //exhaustive:enforce
	case engine.Send:
		r.cfg.Recorder.Sent(now, a.Call)
		r.send(now, a)
	case engine.WakeAt:
		if a.At <= r.cfg.Horizon {
			r.calendar.Push(a.At, due(a.Ref))
		}
	case engine.Attempted:
		r.cfg.Recorder.Attempted(now, a.Attempt, a.Call)
	case engine.Finished:
		r.cfg.Recorder.Finished(now, a.Result)
		if r.cfg.OnResult != nil {
			r.cfg.OnResult(a.Result)
		}
		r.cfg.Stream.Done(now, &a.Result.Arrival, a.Result.Outcome)
	case engine.Cancel:
		r.giveUp(now, a)
	}
}
