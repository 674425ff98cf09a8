package live

import (
	"math"
	"time"

	"ratecliff/load"
)

// clock turns wall time into the run's own time and back: run time passes
// factor times as fast. Safe for concurrent use; it is never changed.
type clock struct {
	start  time.Time
	factor float64
}

// now is the instant of the run, from the monotonic clock.
func (c *clock) now() time.Duration { return c.scenario(time.Since(c.start)) }

// scenario is how much run time passes in a span of wall time.
func (c *clock) scenario(wall time.Duration) time.Duration {
	if c.factor == 1 || wall == load.Never {
		return wall
	}
	return time.Duration(float64(wall) * c.factor)
}

// wall is how much wall time a span of run time takes, rounded up: waking at
// wall(at) never comes before at.
func (c *clock) wall(span time.Duration) time.Duration {
	if c.factor == 1 || span == load.Never {
		return span
	}
	return time.Duration(math.Ceil(float64(span)/c.factor)) + 1
}
