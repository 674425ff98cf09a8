package ratelimit

import "time"

// Flow is n tokens produced evenly over a time: Rate units leave in every
// nanosecond, and Rest units, which do not divide evenly, at the end. Over the
// whole time exactly n tokens leave: Rate × time + Rest = n × 60e9.
type Flow struct {
	Rate int64         // units per nanosecond, to be given to [Bucket.Drain]
	Rest int64         // units, to be given to [Bucket.ChargeUnits] at the end
	Over time.Duration // how long it lasts
}

// NewFlow spreads n tokens over d. With d <= 0 everything is in Rest. n beyond
// about 153.7 M saturates, as a bucket does.
func NewFlow(n int64, d time.Duration) Flow {
	all := units(n)
	if d <= 0 {
		return Flow{Rest: all}
	}
	rate := all / int64(d)
	return Flow{Rate: rate, Rest: all - rate*int64(d), Over: d}
}
