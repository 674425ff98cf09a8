package live

import (
	"testing"
	"time"
)

// TestKernelSleepEndsByWake: the timer, which the last stretch alone uses.
func TestKernelSleepEndsByWake(t *testing.T) {
	t.Parallel()
	start := time.Now()
	p, ok := newPacer(start).(*kernelPacer)
	if !ok {
		t.Fatal("not the kernel's pacer")
	}
	for range 100 {
		p.word.Store(polling)
		go p.wake()
		p.wait(time.Since(start)+time.Minute, polling)
	}
	if time.Since(start) > time.Minute {
		t.Error("a wake was lost")
	}
}
