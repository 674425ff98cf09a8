package live

import (
	"context"
	"errors"
	"sync"
	"time"

	"ratecliff/load"
)

// Why an attempt was given up.
var (
	errDeadline = errors.New("the attempt's time limit has passed")
	errHeader   = errors.New("no response headers in time")
	errIdle     = errors.New("the response stood still")
	errStopped  = errors.New("the run was stopped")

	errCancelled = errors.New("another copy of the call has succeeded")
)

// watch is the context of an exchange and the one timer that cancels it with
// a cause. It serves many attempts in turn, until it has cancelled once. Its
// methods are for the goroutine of its worker only, but for ring and stop.
//
// The timer is not set anew with every limit: it is left to go off, which
// happens rarely, and then looks whether the limit has moved on meanwhile.
type watch struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	start  time.Time // all instants are wall time since

	mu    sync.Mutex // guards what follows, which the timer looks at too
	timer *time.Timer
	rings time.Duration // when the timer goes off, or load.Never
	limit time.Duration // when to cancel, or load.Never
	cause error
	spent bool
}

// renew makes a fresh context below parent.
func (w *watch) renew(parent context.Context, start time.Time) {
	w.close()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.start, w.rings, w.limit, w.spent = start, load.Never, load.Never, false
	w.ctx, w.cancel = context.WithCancelCause(parent)
	w.timer = time.AfterFunc(time.Hour, w.ring)
	w.timer.Stop()
}

// arm cancels the context a span of wall time after now unless armed anew
// before. It does not bring back a context that has been cancelled.
func (w *watch) arm(now, span time.Duration, cause error) {
	w.mu.Lock()
	w.limit, w.cause = now+min(span, load.Never-now), cause
	if w.limit < w.rings {
		w.rings = w.limit
		w.timer.Reset(span)
	}
	w.mu.Unlock()
}

// ring is what the timer does when it goes off.
func (w *watch) ring() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rings = load.Never
	if w.limit == load.Never || w.spent {
		return
	}
	if left := w.limit - time.Since(w.start); left > 0 {
		w.rings = w.limit
		w.timer.Reset(left)
		return
	}
	w.spent = true
	w.cancel(w.cause)
}

// stop cancels the context if a limit is set, that is while an attempt is under
// way. Any goroutine may call it.
func (w *watch) stop(cause error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cancel == nil || w.limit == load.Never || w.spent {
		return
	}
	w.spent = true
	w.cancel(cause)
}

// disarm reports whether the context is still good for another attempt.
func (w *watch) disarm() bool {
	w.mu.Lock()
	w.limit = load.Never
	good := !w.spent
	w.mu.Unlock()
	return good && w.ctx.Err() == nil
}

// close ends the context.
func (w *watch) close() {
	if w.cancel != nil {
		w.timer.Stop()
		w.cancel(nil)
	}
}
