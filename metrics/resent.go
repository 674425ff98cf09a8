package metrics

import (
	"time"

	"ratecliff/load"
)

// Resent records that a client of others, which retries by itself, ended one
// request of an attempt of c and sent another. It counts as a retry layer inside
// those of the strategy.
func (r *Recorder) Resent(now time.Duration, ended *load.Attempt, c *load.Call) {
	r.Attempted(now, ended, c)
	r.Sent(now, c)
	if orderedBy(c) == 0 {
		r.attempts.layers[0]--
		r.attempts.layers[1]++
	}
}
