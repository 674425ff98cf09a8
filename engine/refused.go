package engine

import (
	"time"

	"ratecliff/load"
)

// Refuser is an extra power of a Gate: it is told of a call that some gate of
// its stack turned away, so that one that goes by its own refusals can count
// them, which Ready, asked as often as the engine likes, must not.
type Refuser interface {
	// Refused tells which gate p.By turned c away. No attempt was made.
	Refused(now time.Duration, c *load.Call, p load.Permit)
}

// refused tells the gates that want to know.
func (l *lane) refused(now time.Duration, s *slot, p load.Permit) {
	for i := range l.Gates {
		if r, ok := l.Gates[i].Gate.(Refuser); ok {
			r.Refused(now, &s.call, p)
		}
	}
}
