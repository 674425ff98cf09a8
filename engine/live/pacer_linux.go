package live

import (
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"ratecliff/load"
)

// How the owner sleeps, and so how it is woken.
const (
	deaf    uint32 = iota // nobody need wake it
	polling               // by setting off the kernel's timer
	parked                // by the bell
)

// near is the last stretch before an instant, which is slept on the kernel's
// timer. A runtime timer may be 1 to 2 ms late on an idle process, because the
// network poller waits in whole milliseconds.
const near = 3 * time.Millisecond

// kernelPacer sleeps the last stretch before an instant on a timerfd set to an
// absolute instant, through the runtime's network poller: the timer goes off to
// the nanosecond, as a file that has become readable, and the thread that waits
// for the network anyway goes on with the owner. Nothing blocks a thread or a
// processor of the runtime; a sleep inside a system call does both, and the
// monitor that takes the processor back costs more than the request that is
// sent. Spinning would starve the network poller where cores are few. What lies
// before the last stretch is slept on a runtime timer, where being woken costs
// no system call.
type kernelPacer struct {
	start time.Time
	base  int64 // CLOCK_MONOTONIC at the start of the run, ns
	file  *os.File
	raw   syscall.RawConn
	fd    int
	word  atomic.Uint32
	armed bool // owner only
	bell  chan struct{}
	timer *time.Timer

	// Of the sleep under way; owner only.
	limit unix.ItimerSpec
	state uint32
	set   bool
}

func newPacer(start time.Time) pacer {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) != nil {
		return newTimerPacer(start)
	}
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return newTimerPacer(start)
	}
	p := &kernelPacer{start: start, base: ts.Nano() - int64(time.Since(start)), fd: fd, bell: make(chan struct{}, 1)}
	p.file = os.NewFile(uintptr(fd), "timerfd")
	if p.raw, err = p.file.SyscallConn(); err != nil || p.file.SetReadDeadline(time.Time{}) != nil {
		_ = p.file.Close() // not with the network poller
		return newTimerPacer(start)
	}
	return p
}

func (p *kernelPacer) begin() {
	p.timer = time.NewTimer(time.Hour)
	p.timer.Stop()
}

func (p *kernelPacer) end() {
	p.timer.Stop()
	_ = p.file.Close()
}

// arm announces a sleep on the bell; sleep turns to the kernel when it must.
func (p *kernelPacer) arm() {
	p.armed = true
	p.word.Store(parked)
}

// disarm takes back arm. When somebody has rung already, the bell is emptied.
func (p *kernelPacer) disarm() {
	if p.armed && !p.word.CompareAndSwap(parked, deaf) {
		<-p.bell
	}
	p.armed = false
}

func (p *kernelPacer) sleep(at time.Duration) {
	if at-time.Since(p.start) > near && !p.park(at) {
		return
	}
	state := deaf
	if p.armed {
		p.armed = false
		state = polling
		if !p.word.CompareAndSwap(parked, polling) {
			<-p.bell
			return
		}
	}
	p.wait(at, state)
}

// park sleeps until the last stretch; false means that the bell has rung.
func (p *kernelPacer) park(at time.Duration) bool {
	var over <-chan time.Time
	if at != load.Never {
		p.timer.Reset(at - near - time.Since(p.start))
		over = p.timer.C
	}
	select {
	case <-p.bell:
		p.timer.Stop()
		p.armed = false
		runtime.Gosched() // workers that are ready go first: under load answers then come in batches
		return false
	case <-over:
		return true
	}
}

// wait sleeps until an instant, or until a wake sets the timer off. It may end
// early, by a wake meant for an earlier sleep: the caller looks at the clock.
func (p *kernelPacer) wait(at time.Duration, state uint32) {
	p.limit.Value = unix.NsecToTimespec(p.base + int64(at))
	p.state, p.set = state, false
	if p.raw.Read(p.ready) != nil {
		time.Sleep(at - time.Since(p.start))
	}
	p.word.Store(deaf)
}

// ready is asked twice: before the owner sleeps, when it sets the timer, and
// when the timer has gone off. Whether a wake has come is looked up after the
// timer is set, because a wake sets it too and must not be undone.
func (p *kernelPacer) ready(uintptr) bool {
	if p.set {
		return true
	}
	p.set = true
	if _, _, errno := unix.RawSyscall6(unix.SYS_TIMERFD_SETTIME, uintptr(p.fd), unix.TFD_TIMER_ABSTIME, uintptr(unsafe.Pointer(&p.limit)), 0, 0, 0); errno != 0 {
		return true
	}
	return p.state == polling && p.word.Load() != polling
}

func (p *kernelPacer) wake() {
	switch p.word.Swap(deaf) {
	case polling:
		_ = unix.TimerfdSettime(p.fd, 0, &unix.ItimerSpec{Value: unix.Timespec{Nsec: 1}}, nil)
	case parked:
		p.bell <- struct{}{}
	}
}
