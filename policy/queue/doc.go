// Package queue orders the calls that are ready to go and sheds those for which
// there is no room.
//
// A [Queue] belongs to one goroutine. May change before v1.
package queue

import "time"

const (
	maxStep     = 8760 * time.Hour // 127 steps and a run's length stay far from overflow
	defaultStep = 30 * time.Second
)
