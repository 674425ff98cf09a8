package live

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// Why an attempt was given up.
var (
	errDeadline = errors.New("the attempt's time limit has passed")
	errHeader   = errors.New("no response headers in time")
	errIdle     = errors.New("the response stood still")
	errStopped  = errors.New("the run was stopped")
)

// watch is the context of an exchange and the one timer that cancels it with
// a cause. It serves many attempts in turn, until the timer has fired once.
// Only the goroutine of its worker may call its methods.
type watch struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	cause  atomic.Pointer[error]
}

// renew makes a fresh context below parent.
func (w *watch) renew(parent context.Context) {
	w.close()
	w.ctx, w.cancel = context.WithCancelCause(parent)
	cancel := w.cancel
	cause := &w.cause
	w.timer = time.AfterFunc(time.Hour, func() { cancel(*cause.Load()) })
	w.timer.Stop()
}

// arm cancels the context after a span of wall time unless armed anew before.
// It does not bring back a context whose timer has fired.
func (w *watch) arm(span time.Duration, cause *error) {
	w.cause.Store(cause)
	w.timer.Reset(span)
}

// disarm reports whether the context is still good for another attempt.
func (w *watch) disarm() bool { return w.timer.Stop() && w.ctx.Err() == nil }

// close ends the context.
func (w *watch) close() {
	if w.cancel != nil {
		w.timer.Stop()
		w.cancel(nil)
	}
}
