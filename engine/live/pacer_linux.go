package live

import (
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"ratecliff/load"
)

// Operations of futex(2), as in linux/futex.h. The bitset form of waiting is
// the one whose timeout is an absolute instant of CLOCK_MONOTONIC.
const (
	futexWake       = 1
	futexWaitBitset = 9
	futexPrivate    = 128
	futexAnyBit     = 0xffffffff
)

// How the owner sleeps, and so how it is woken.
const (
	deaf     uint32 = iota // nobody need wake it
	inKernel               // by the futex
	parked                 // by the bell
)

// near is the last stretch before an instant, which is slept in the kernel. A
// runtime timer may be 1 to 2 ms late on an idle process, because the network
// poller waits in whole milliseconds.
const near = 3 * time.Millisecond

// kernelPacer sleeps the last stretch before an instant inside the kernel: a
// futex wait until an absolute instant, with a timer slack of 1 ns, that a
// worker can end through the same futex word, so that one system call waits for
// both. A pacing thread of its own would add a second hand-over to every
// dispatch; spinning would starve the network poller where cores are few. What
// lies before the last stretch is slept on a runtime timer, where being woken
// costs a goroutine switch and not a thread's. The owner is not locked to a
// thread: it need not be, a goroutine keeps its thread during a system call, and
// parking a locked one costs two thread switches an answer in a closed loop.
//
// Threads that slept for it keep the slack, which affects nothing but how
// exactly they sleep.
type kernelPacer struct {
	start time.Time
	base  int64 // CLOCK_MONOTONIC at the start of the run, ns
	word  atomic.Uint32
	armed bool          // owner only
	limit unix.Timespec // argument of the sleep under way
	bell  chan struct{}
	timer *time.Timer
}

func newPacer(start time.Time) pacer {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) != nil {
		return newTimerPacer(start)
	}
	return &kernelPacer{start: start, base: ts.Nano() - int64(time.Since(start)), bell: make(chan struct{}, 1)}
}

func (p *kernelPacer) begin() {
	p.timer = time.NewTimer(time.Hour)
	p.timer.Stop()
}

func (p *kernelPacer) end() { p.timer.Stop() }

// arm announces a sleep on the bell; sleep turns to the futex when it must.
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
		state = inKernel
		if !p.word.CompareAndSwap(parked, inKernel) {
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

// wait sleeps in the kernel until an instant or a wake of the futex. Errors are
// the ways to wake up: ETIMEDOUT at the instant, EAGAIN when a wake came first,
// EINTR on a signal. The caller looks at the clock again.
func (p *kernelPacer) wait(at time.Duration, state uint32) {
	_, _, _ = unix.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_TIMERSLACK, 1, 0)
	p.limit = unix.NsecToTimespec(p.base + int64(at))
	_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&p.word)), futexWaitBitset|futexPrivate,
		uintptr(state), uintptr(unsafe.Pointer(&p.limit)), 0, futexAnyBit)
	p.word.Store(deaf)
}

func (p *kernelPacer) wake() {
	switch p.word.Swap(deaf) {
	case inKernel:
		_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&p.word)), futexWake|futexPrivate, 1, 0, 0, 0)
	case parked:
		p.bell <- struct{}{}
	}
}
