package retry

import (
	"math/bits"

	"ratecliff/load"
)

// maxDepth is the most levels of a layer that calls itself.
const maxDepth = 32

// descend finds the level from which a layer that calls itself goes on after a
// failure, and moves there:
//
//	call(n):
//	    try:
//	        send
//	        on a failure of RecurseOn: sleep, return call(n+1)   inside the try
//	    except any other failure:
//	        sleep, return call(n+1)                              outside it
//
// A failure of RecurseOn leaves level n's handler open; any other one is handled
// at its own level, or at the bottom by the deepest handler still open. Article
// A's first solution (2025) is written so.
func (l *Layer) descend(s *load.RetryState, r *load.Response) (n int, ok bool) {
	bottom := s.Depth >= l.cfg.Attempts-1
	nested := l.inner.has(kindOf(r))
	switch {
	case nested && bottom:
		return 0, false
	case nested:
		s.Open |= 1 << s.Depth
	case bottom && s.Open == 0:
		return 0, false
	case bottom:
		s.Depth = bits.Len64(s.Open) - 1
		s.Open &^= 1 << s.Depth
	}
	n = s.Depth
	s.Depth++
	return n, true
}
