package live

import (
	"testing"
	"time"

	"ratecliff/load"
)

// pacers are all there are; each must keep the same promises.
func pacers() map[string]func(time.Time) pacer {
	return map[string]func(time.Time) pacer{
		"auto":  newPacer,
		"timer": func(start time.Time) pacer { return newTimerPacer(start) },
	}
}

func withPacers(t *testing.T, test func(t *testing.T, p pacer, start time.Time)) {
	t.Helper()
	for name, create := range pacers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			p := create(start)
			p.begin()
			defer p.end()
			test(t, p, start)
		})
	}
}

func TestPacerSleepsNoShorterThanAsked(t *testing.T) {
	t.Parallel()
	withPacers(t, func(t *testing.T, p pacer, start time.Time) {
		for _, at := range []time.Duration{0, time.Millisecond, 2 * time.Millisecond, 8 * time.Millisecond} {
			p.sleep(at)
			if now := time.Since(start); now < at {
				t.Errorf("slept until %v, want %v at least", now, at)
			}
		}
	})
}

func TestPacerWakeEndsAnArmedSleep(t *testing.T) {
	t.Parallel()
	withPacers(t, func(t *testing.T, p pacer, start time.Time) {
		tests := map[string]time.Duration{"for ever": load.Never, "for an hour": time.Hour}
		for name, at := range tests {
			p.arm()
			go p.wake()
			p.sleep(at) // hangs when the wake is lost
			if time.Since(start) > time.Minute {
				t.Errorf("%s: not woken", name)
			}
		}
	})
}

func TestPacerWakeBeforeTheSleepIsNotLost(t *testing.T) {
	t.Parallel()
	withPacers(t, func(t *testing.T, p pacer, _ time.Time) {
		p.arm()
		p.wake()
		p.sleep(load.Never)
		p.arm()
		p.wake()
		p.disarm()
		p.arm()
		go p.wake()
		p.sleep(load.Never)
	})
}

func TestPacerWakeOfTheUnarmedIsForgotten(t *testing.T) {
	t.Parallel()
	withPacers(t, func(t *testing.T, p pacer, start time.Time) {
		p.wake()
		p.disarm()
		at := time.Since(start) + 5*time.Millisecond
		p.arm()
		p.sleep(at)
		if now := time.Since(start); now < at {
			t.Errorf("woke at %v, before %v, by a wake that came before it was armed", now, at)
		}
	})
}

func TestPacerWakesRaceWithDeadlines(t *testing.T) {
	t.Parallel()
	withPacers(t, func(t *testing.T, p pacer, start time.Time) {
		stop, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			for {
				select {
				case <-stop:
					return
				default:
					p.wake()
				}
			}
		}()
		for range 100 {
			p.arm()
			p.sleep(time.Since(start) + 10*time.Microsecond)
			p.arm()
			p.sleep(time.Since(start) + stretch)
			p.arm()
			p.disarm()
		}
		close(stop)
		<-done
	})
}

// stretch is a wait that begins on a runtime timer in every pacer.
const stretch = 3050 * time.Microsecond
