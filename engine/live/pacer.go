package live

import (
	"sync/atomic"
	"time"

	"ratecliff/load"
)

// PacerKind selects how the owner waits for the next instant.
type PacerKind uint8

// Pacers. PacerAuto is the best one of the platform. PacerTimer waits on a
// runtime timer: portable, up to a millisecond late on an idle process, and the
// only one whose waiting counts as idle in a testing/synctest bubble.
const (
	PacerAuto PacerKind = iota
	PacerTimer
)

// pacer puts the owner to sleep. Only wake may be called by other goroutines.
//
// The protocol loses no wake: the owner arms, looks once more whether anything
// has come in, and only then sleeps; whoever brings something in first puts it
// down and then wakes. A wake is a system call only when the owner is armed.
type pacer interface { //nolint:interfacebloat // one protocol of four steps, with set-up and its end; two implementations share a contract test
	begin()                 // on the owner's goroutine, before the first sleep
	end()                   // undoes begin
	arm()                   // from now on a wake ends the coming sleep
	disarm()                // the coming sleep will not take place
	sleep(at time.Duration) // until an instant (wall time since start; load.Never: for ever) or, when armed, a wake
	wake()
}

// timerPacer waits on a runtime timer and a channel.
type timerPacer struct {
	start time.Time
	armed atomic.Bool
	bell  chan struct{}
	timer *time.Timer
}

func newTimerPacer(start time.Time) *timerPacer {
	return &timerPacer{start: start, bell: make(chan struct{}, 1)}
}

func (p *timerPacer) begin() {
	p.timer = time.NewTimer(time.Hour)
	p.timer.Stop()
}

func (p *timerPacer) end() { p.timer.Stop() }

func (p *timerPacer) arm()    { p.armed.Store(true) }
func (p *timerPacer) disarm() { p.armed.Store(false) }

func (p *timerPacer) sleep(at time.Duration) {
	defer p.disarm()
	if at == load.Never {
		<-p.bell
		return
	}
	p.timer.Reset(at - time.Since(p.start))
	select {
	case <-p.bell:
		p.timer.Stop()
	case <-p.timer.C:
	}
}

func (p *timerPacer) wake() {
	if !p.armed.CompareAndSwap(true, false) {
		return
	}
	select {
	case p.bell <- struct{}{}:
	default:
	}
}
