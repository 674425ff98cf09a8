// Package queue orders the calls that are ready to go and sheds those for which
// there is no room or no use.
//
// A [Queue] belongs to one goroutine. May change before v1.
package queue

import "time"

const (
	maxStep     = 8760 * time.Hour // 127 steps and a run's length stay far from overflow
	maxQuantum  = time.Hour
	defaultStep = 30 * time.Second

	minWeight = 0.001
	maxWeight = 1000

	defaultShare     = 0.05
	facebookInterval = 100 * time.Millisecond // N of the article's example
	failsafeFrom     = 40
	failsafeWindow   = 1000
	maxOvertake      = 1000
	maxWindow        = 100_000
	maxWaiting       = 1_000_000_000
)
