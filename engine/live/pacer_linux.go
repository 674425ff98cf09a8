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

const (
	asleepDeaf  uint32 = iota // nobody need wake the owner
	asleepArmed               // the first to bring something in wakes the owner
)

// threadPacer sleeps the owner's own locked thread in the kernel until an
// absolute instant, with a timer slack of 1 ns, and lets a worker end the sleep
// through the same futex word: one system call waits for both. A runtime timer
// would round an idle process's sleep up to whole milliseconds (netpoll), and a
// separate pacing thread would add a second hand-over to every dispatch. It
// never spins: a spinning thread starves the network poller where cores are few.
type threadPacer struct {
	base  int64 // CLOCK_MONOTONIC at the start of the run, ns
	slack int   // the thread's own slack, put back at the end
	word  atomic.Uint32
	armed uint32        // what the owner last put into word
	limit unix.Timespec // argument of the sleep under way
}

func newPacer(start time.Time) pacer {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) != nil {
		return newTimerPacer(start)
	}
	return &threadPacer{base: ts.Nano() - int64(time.Since(start))}
}

func (p *threadPacer) begin() {
	runtime.LockOSThread()
	p.slack, _ = unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0)
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
}

func (p *threadPacer) end() {
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(max(p.slack, 0)), 0, 0, 0)
	runtime.UnlockOSThread()
}

func (p *threadPacer) arm()    { p.set(asleepArmed) }
func (p *threadPacer) disarm() { p.set(asleepDeaf) }

func (p *threadPacer) set(state uint32) {
	p.armed = state
	p.word.Store(state)
}

func (p *threadPacer) sleep(at time.Duration) {
	var limit unsafe.Pointer
	if at != load.Never {
		p.limit = unix.NsecToTimespec(p.base + int64(at))
		limit = unsafe.Pointer(&p.limit)
	}
	// Errors are the ways to wake up: ETIMEDOUT at the instant, EAGAIN when a
	// wake came first, EINTR on a signal. The caller looks at the clock again.
	_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&p.word)), futexWaitBitset|futexPrivate,
		uintptr(p.armed), uintptr(limit), 0, futexAnyBit)
	p.disarm()
}

func (p *threadPacer) wake() {
	if p.word.CompareAndSwap(asleepArmed, asleepDeaf) {
		_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&p.word)), futexWake|futexPrivate, 1, 0, 0, 0)
	}
}
