package live

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"ratecliff/engine"
	"ratecliff/load"
)

// Run plays a run against a service and returns when every call is finished,
// or at the horizon, or when ctx ends. The end of ctx stops the run: nothing
// more is sent, attempts under way get the grace to end and are then cancelled,
// and the outcome is valid and marked partial. A caller that wants a second
// interrupt to end at once must see to it itself.
//
// The error is a *ConfigError, or nil: what goes wrong with the service is the
// outcome of the attempts. The calling goroutine becomes the owner.
func Run(ctx context.Context, cfg Config) (Outcome, error) {
	if problems := cfg.Validate(); len(problems) > 0 {
		return Outcome{}, &ConfigError{Problems: problems}
	}
	cfg = cfg.withDefaults()
	if cfg.Transport == nil {
		own := NewTransport(cfg.MaxInFlight)
		defer own.CloseIdleConnections()
		own.Proxy = fixedProxy(&cfg.Target)
		cfg.Transport = own
	}
	return play(ctx, &cfg, cfg.Transport)
}

func play(ctx context.Context, cfg *Config, rt http.RoundTripper) (Outcome, error) {
	attempts, cut := context.WithCancelCause(context.Background())
	defer cut(nil)
	d := &driver{cfg: cfg, clock: clock{start: time.Now(), factor: cfg.Compress}, cut: cut}
	d.pacer = newPacer(d.clock.start)
	if cfg.Pacer == PacerTimer {
		d.pacer = newTimerPacer(d.clock.start)
	}
	c, err := newClient(attempts, cfg, rt, &d.clock)
	if err != nil {
		return Outcome{}, err
	}
	if c.notes != nil {
		c.notes.wake = d.pacer.wake
	}
	d.pool = pool{client: c, box: &d.box, pacer: d.pacer, gone: make(chan struct{})}
	d.out.Started = d.clock.start
	release := context.AfterFunc(ctx, func() {
		d.interrupted.Store(true)
		d.pacer.wake()
	})
	defer release()
	d.pacer.begin()
	defer d.pacer.end()
	d.loop()
	d.pool.close()
	return d.out, nil
}

// driver is the state of a run. All of it belongs to the owner, but for the
// mailbox, the pacer's wake and the interrupt.
type driver struct {
	cfg         *Config
	clock       clock
	pacer       pacer
	box         mailbox
	interrupted atomic.Bool
	pool        pool
	cut         context.CancelCauseFunc

	calendar engine.Calendar[engine.Ref]
	backlog  backlog
	refused  []answer // attempts that never went out, to be answered
	arrival  load.Arrival
	now      time.Duration // instant of the last event; instants never decrease
	planned  time.Duration // when what happens now should have happened
	stopped  bool
	graceEnd time.Duration // wall time since start, once stopped
	cutOff   bool
	report   report
	out      Outcome
}

// loop is the owner's life.
func (d *driver) loop() {
	d.report.begin(d)
	for {
		d.collect()
		d.happen()
		if d.finished() {
			break
		}
		d.report.due(d)
		d.rest()
	}
	d.report.send(d)
}

// finished says whether the run is over. A strategy that holds calls for ever,
// with nothing under way that could release them, is stopped first.
func (d *driver) finished() bool {
	if d.pool.busy > 0 || d.backlog.len() > 0 || len(d.refused) > 0 || !d.box.empty() {
		return false
	}
	if d.stopped {
		return true
	}
	_, more := d.cfg.Stream.Peek()
	if _, due := d.calendar.Peek(); more || due {
		return d.cfg.Engine.Idle() && !more
	}
	if !d.cfg.Engine.Idle() {
		d.stop()
	}
	return true
}

// tick is the present instant, never before the last.
func (d *driver) tick() time.Duration {
	d.now = max(d.now, d.clock.now())
	return d.now
}

// happen feeds everything that is due: arrivals before wakes of the same
// instant, as in virtual time.
func (d *driver) happen() {
	for !d.stopped {
		now := d.tick()
		if d.interrupted.Load() {
			d.out.Partial = true
			d.stop()
			return
		}
		due, more := d.cfg.Stream.Peek()
		at, waking := d.calendar.Peek()
		if now > d.cfg.Horizon && (!more || due > d.cfg.Horizon) && (!waking || at > d.cfg.Horizon) {
			d.stop()
			return
		}
		switch {
		case more && due <= now && (!waking || due <= at):
			d.arrive(now)
		case waking && at <= now:
			_, ref := d.calendar.Pop()
			d.planned = at
			d.step(now, engine.Event{Kind: engine.Wake, Ref: ref})
		default:
			return
		}
	}
}

func (d *driver) arrive(now time.Duration) {
	d.cfg.Stream.Next(&d.arrival)
	d.planned = d.arrival.Due
	d.out.Arrived++
	d.cfg.Recorder.Arrived(now, &d.arrival)
	d.step(now, engine.Event{Kind: engine.Arrive, Arrival: &d.arrival})
}

// collect feeds the answers that have come in, and answers for the attempts
// that never went out.
func (d *driver) collect() {
	first := d.box.take()
	d.overhear()
	for w := first; w != nil; {
		next := w.next
		d.pool.back(w)
		d.measure(w)
		d.planned = w.attempt.Done
		d.step(d.tick(), engine.Event{Kind: engine.Answer, Ref: w.job.ref, Attempt: &w.attempt})
		d.release()
		w = next
	}
	refused := d.refused
	d.refused = nil
	for i := range refused {
		d.planned = d.now
		d.step(d.tick(), engine.Event{Kind: engine.Answer, Ref: refused[i].ref, Attempt: &refused[i].attempt})
	}
}

// step tells the engine what happened and does what it wants.
func (d *driver) step(now time.Duration, ev engine.Event) {
	d.out.Events++
	d.out.End = now
	if d.cfg.Tap != nil {
		d.cfg.Tap(now, ev)
	}
	actions := d.cfg.Engine.Step(now, ev)
	if d.cfg.Tap != nil {
		d.out.Digest.Add(now, actions)
	}
	for i := range actions {
		d.act(now, &actions[i])
	}
	e := d.cfg.Engine
	d.cfg.Recorder.Gauge(now, e.Waiting(), e.InFlight(), e.Sleeping())
}

func (d *driver) act(now time.Duration, a *engine.Action) {
	switch a.Kind { //exhaustive:enforce
	case engine.Send:
		d.cfg.Recorder.Sent(now, a.Call)
		d.send(a)
	case engine.WakeAt:
		d.calendar.Push(a.At, a.Ref)
	case engine.Attempted:
		d.cfg.Recorder.Attempted(now, a.Attempt, a.Call)
		d.report.attempted(a.Attempt)
	case engine.Finished:
		d.out.Results[a.Result.Outcome]++
		d.cfg.Recorder.Finished(now, a.Result)
		if d.cfg.OnResult != nil {
			d.cfg.OnResult(a.Result)
		}
		d.cfg.Stream.Done(now, &a.Result.Arrival, a.Result.Outcome)
	case engine.Cancel:
		d.giveUp(a.Ref)
	}
}

// stop ends the run: nothing more is sent, and what is under way gets the grace.
func (d *driver) stop() {
	d.stopped = true
	d.graceEnd = time.Since(d.clock.start) + d.cfg.Grace
	d.planned = d.now
	d.step(d.tick(), engine.Event{Kind: engine.Stop})
	if n := d.pool.client.notes; n != nil {
		n.stop()
	}
	for d.backlog.len() > 0 {
		d.refuse(d.backlog.pop(), load.Unfinished, ClientStopped)
	}
}
