// Package queue orders the calls that are ready to go and sheds those for which
// there is no room or no use.
//
// A [Queue] belongs to one goroutine. May change before v1.
package queue

import "time"

const (
	maxStep     = 8760 * time.Hour // 127 steps and a run's length stay far from overflow
	maxQuantum  = time.Hour
	defaultStep = 30 * time.Second // ours: half of a usual deadline

	minWeight = 0.001
	maxWeight = 1000

	defaultShare     = 0.05                   // of the deadline; ours: 5 ms are a twentieth of CoDel's interval
	facebookInterval = 100 * time.Millisecond // N of the article's example
	failsafeFrom     = 40                     // twice failsafe-go's first limit of 20
	failsafeWindow   = 1000                   // calls remembered
	maxOvertake      = 1000
	maxWindow        = 100_000
	maxWaiting       = 1_000_000_000
)
