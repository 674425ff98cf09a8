// Package breaker is a circuit breaker: after enough failures it lets nothing
// through for a while, then a few trials, and closes again when they succeed.
//
// A [Breaker] is a plain state machine on instants it is given; it belongs to
// one goroutine. May change before v1.
package breaker

import "time"

const (
	maxWindow = 65536
	maxTrials = 1024
	maxWait   = 365 * 24 * time.Hour
)
