package live

import (
	"runtime"
	"time"

	"ratecliff/engine"
	"ratecliff/load"
)

// answer is what the owner says for an attempt that never went out.
type answer struct {
	ref     engine.Ref
	attempt load.Attempt
}

// backlog is a queue of attempts held back by the ceiling, as a ring.
type backlog struct {
	ring []job
	head int
	size int
}

func (b *backlog) len() int { return b.size }

func (b *backlog) push(j job) {
	if b.size == len(b.ring) {
		grown := make([]job, max(16, 2*len(b.ring)))
		n := copy(grown, b.ring[b.head:])
		copy(grown[n:], b.ring[:b.head])
		b.ring, b.head = grown, 0
	}
	b.ring[(b.head+b.size)%len(b.ring)] = j
	b.size++
}

func (b *backlog) pop() job {
	j := b.ring[b.head]
	b.head = (b.head + 1) % len(b.ring)
	b.size--
	return j
}

// send starts an attempt, or holds it back when the ceiling is reached: its
// time goes on meanwhile, so that waiting here shows in every figure.
func (d *driver) send(a *engine.Action) {
	c := a.Call
	j := job{
		ref: a.Ref, call: c, planned: d.planned, limit: a.At, id: c.ID, attempt: c.Attempts + c.Unseen, target: c.Target,
		tokens: c.Tokens, maxTokens: c.MaxTokens, stream: c.Stream,
	}
	switch {
	case d.pool.busy < d.cfg.MaxInFlight:
		d.launch(&j)
	case d.backlog.len() < d.cfg.MaxBacklog:
		d.backlog.push(j)
		d.out.Peak.Backlog = max(d.out.Peak.Backlog, d.backlog.len())
	default:
		d.out.Dropped++
		d.refuse(j, load.Dropped, ClientBacklog)
	}
}

func (d *driver) launch(j *job) {
	d.out.Sent++
	d.pool.send(j)
	d.out.Peak.InFlight = max(d.out.Peak.InFlight, d.pool.busy)
}

// release sends what the ceiling held back, as far as there is room now.
func (d *driver) release() {
	for d.backlog.len() > 0 && d.pool.busy < d.cfg.MaxInFlight {
		j := d.backlog.pop()
		if j.limit <= d.clock.now() {
			d.out.Expired++
			d.refuse(j, load.TimedOut, ClientExpired)
			continue
		}
		d.launch(&j)
	}
}

// refuse answers for an attempt that will not go out. The engine hears of it
// after the step under way.
func (d *driver) refuse(j job, o load.Outcome, why string) {
	now := d.clock.now()
	a := load.Attempt{Started: now, Done: now, Response: load.Response{Outcome: o, ErrorType: why}}
	d.refused = append(d.refused, answer{ref: j.ref, attempt: a})
}

// measure takes in how an attempt went, but for its outcome.
func (d *driver) measure(w *worker) {
	if w.attempt.Unseen == 0 {
		d.cfg.Recorder.Late(max(w.attempt.Started-w.job.planned, 0))
	}
	x, t := &d.out.Exchange, &w.times
	switch {
	case t.conn == 0:
	case t.reused:
		x.Reused++
	default:
		x.Opened++
	}
	if t.conn > 0 && t.wrote >= t.conn && t.first >= t.wrote {
		x.Timed++
		x.Connect += t.conn - t.start
		x.Write += t.wrote - t.conn
		x.FirstByte += t.first - t.wrote
	}
}

// lull is how long, in run time, an answer may wait for the owner to wake up
// for something else: it saves a thread switch per answer at high rates. What
// the answer itself says was measured by its worker.
const lull = time.Millisecond

// rest sleeps until the next instant, or until something comes in.
func (d *driver) rest() {
	if len(d.refused) > 0 {
		return
	}
	if runtime.GOMAXPROCS(0) == 1 {
		runtime.Gosched() // else the sleeping thread keeps the only processor until the monitor takes it
	}
	now := time.Since(d.clock.start)
	at := d.next()
	if at <= now {
		d.overtime(now)
		return
	}
	if d.stopped || at-now > d.clock.wall(lull) || d.cfg.Engine.Waiting() > 0 || d.backlog.len() > 0 {
		d.pacer.arm()
		if !d.box.empty() || d.interrupted.Load() && !d.stopped {
			d.pacer.disarm()
			return
		}
	}
	d.pacer.sleep(at)
}

// next is when the owner must be awake again, in wall time since the start.
func (d *driver) next() time.Duration {
	wall := d.report.next
	if d.stopped {
		if d.cutOff {
			return wall
		}
		return min(wall, d.graceEnd)
	}
	at, _ := d.calendar.Peek()
	if due, more := d.cfg.Stream.Peek(); more {
		at = min(at, due)
	}
	if d.cfg.Horizon != load.Never {
		at = min(at, d.cfg.Horizon+1)
	}
	return min(wall, d.clock.wall(at))
}

// overtime cancels what is under way once the grace is over.
func (d *driver) overtime(now time.Duration) {
	if d.stopped && !d.cutOff && now >= d.graceEnd {
		d.cutOff = true
		d.out.Cut = int64(d.pool.busy)
		d.cut(errStopped)
	}
}
