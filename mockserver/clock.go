package mockserver

import (
	"context"
	"sync"
	"time"
)

// Clock says what moves the time of a mock. The empty Clock is WallClock.
type Clock string

// The clocks.
const (
	WallClock    Clock = "wall"    // time passes by itself
	SteppedClock Clock = "stepped" // time stands still until [Server.Step] or the clock endpoint moves it
)

// stepped is a clock that only moves when it is told to. Safe for concurrent use.
type stepped struct {
	mu       sync.Mutex
	now      time.Duration
	sleepers map[*sleeper]struct{}
	arrived  chan struct{} // closed and replaced whenever somebody falls asleep
}

// sleeper is an answer that waits for its instant.
type sleeper struct {
	at   time.Duration
	wake chan struct{}
}

func newStepped() *stepped {
	return &stepped{sleepers: map[*sleeper]struct{}{}, arrived: make(chan struct{})}
}

func (c *stepped) instant() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// await sleeps until an instant; false when ctx ended first.
func (c *stepped) await(ctx context.Context, until time.Duration) bool {
	c.mu.Lock()
	if c.now >= until {
		c.mu.Unlock()
		return ctx.Err() == nil
	}
	s := &sleeper{at: until, wake: make(chan struct{})}
	c.sleepers[s] = struct{}{}
	close(c.arrived)
	c.arrived = make(chan struct{})
	c.mu.Unlock()
	select {
	case <-s.wake:
		return true
	case <-ctx.Done():
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.sleepers, s)
		return false
	}
}

// set moves the clock to an instant and wakes whoever is due; false when it lies
// in the past.
func (c *stepped) set(at time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at < c.now {
		return false
	}
	c.move(at)
	return true
}

// advance moves the clock on by d, which must not be negative, and returns the
// new instant. Where the sum would overflow it stays.
func (c *stepped) advance(d time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d >= 0 && c.now+d > c.now {
		c.move(c.now + d)
	}
	return c.now
}

// skip moves the clock to the earliest instant that somebody waits for.
func (c *stepped) skip() (now time.Duration, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var at time.Duration
	for s := range c.sleepers {
		if !ok || s.at < at {
			at, ok = s.at, true
		}
	}
	if ok {
		c.move(at)
	}
	return c.now, ok
}

// move wakes whoever is due at an instant; the caller holds mu.
func (c *stepped) move(at time.Duration) {
	c.now = at
	for s := range c.sleepers {
		if s.at <= at {
			close(s.wake)
			delete(c.sleepers, s)
		}
	}
}

// waiting is how many answers wait for their instant.
func (c *stepped) waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.sleepers)
}

// asleep waits until n answers sleep.
func (c *stepped) asleep(ctx context.Context, n int) error {
	for {
		c.mu.Lock()
		enough, arrived := len(c.sleepers) >= n, c.arrived
		c.mu.Unlock()
		if enough {
			return nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Now is the instant of the service: how long the mock has run, in its own time.
func (s *Server) Now() time.Duration { return s.instant() }

// Step moves a stepped clock on by d, which must not be negative, and answers
// what falls due. It returns the new instant. On a wall clock it does nothing.
// Answers are handed over by their own goroutines, so a client may see them a
// moment after Step returns.
func (s *Server) Step(d time.Duration) time.Duration {
	if s.steps == nil {
		return s.instant()
	}
	return s.steps.advance(d)
}

// StepNext moves a stepped clock to the next instant at which an answer, or a
// part of one, falls due; false when nobody waits, or on a wall clock.
func (s *Server) StepNext() (now time.Duration, ok bool) {
	if s.steps == nil {
		return s.instant(), false
	}
	return s.steps.skip()
}

// Asleep waits, on a stepped clock, until at least n answers wait for their
// instant, so that a test knows that its requests have arrived before it steps
// on. The error is ctx's. On a wall clock it returns at once.
func (s *Server) Asleep(ctx context.Context, n int) error {
	if s.steps == nil {
		return nil
	}
	return s.steps.asleep(ctx, n)
}
