package load

import (
	"math/rand/v2"
	"time"
)

// Trace is a recorded sequence of requests.
type Trace struct{}

// Stream yields the arrivals of a plan in order of (due, class).
type Stream struct{}

// Stream starts the plan from the beginning.
func (p *Plan) Stream(traces map[string]Trace) (*Stream, error) { return nil, nil }

// Peek returns the earliest due arrival known now.
func (s *Stream) Peek() (due time.Duration, ok bool) { return 0, false }

// Next fills a with the earliest arrival known now.
func (s *Stream) Next(a *Arrival) bool { return false }

// Done tells closed loops and sessions that a call ended.
func (s *Stream) Done(now time.Duration, a *Arrival, o Outcome) {}

// Sample draws a value.
func (d *Dist) Sample(rng *rand.Rand) float64 { return 0 }

// Mean is the expected value.
func (d Dist) Mean() float64 { return 0 }

// Max is the largest value that can be drawn.
func (d Dist) Max() float64 { return 0 }

// UnmarshalText reads a bare number.
func (d *Dist) UnmarshalText(text []byte) error { return nil }
