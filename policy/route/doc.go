// Package route chooses where a call goes: which API key, and which model of a
// fallback chain.
//
// A [Router] belongs to one goroutine. May change before v1.
package route

import "time"

const (
	maxKeys  = 1024
	maxWait  = 365 * day
	maxMoved = 65536 // sessions known to be off their first key; then all are forgotten
	maxDaily = 1_000_000_000_000
	day      = 24 * time.Hour
)
