// Package limiter holds calls back so that a client stays within limits it
// knows: token buckets over requests, input tokens and output tokens, built on
// golang.org/x/time/rate.
//
// What a call will cost is estimated when it goes and settled when its usage is
// known; a bucket may then be in debt. Only the calls of package rate that are
// given an instant are used. A [Limiter] belongs to one goroutine. May change
// before v1.
package limiter

import "time"

const (
	maxLimit      = 1_000_000_000_000 // buckets are float64 inside package rate: far below 2⁵³
	maxWindow     = 24 * time.Hour
	defaultWindow = time.Minute
	// Ours: about as long as a long answer.
	defaultHorizon = 30 * time.Second
)
