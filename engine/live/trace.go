package live

import (
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// times is how one attempt went on the network, in wall time since the start
// of the run; 0 where a moment never came.
type times struct {
	start, conn, wrote, first time.Duration
	reused                    bool
}

// trace notes the moments of an exchange. The transport calls its hooks from
// other goroutines, some of them after the attempt has ended, so every field is
// atomic, and a trace is given up together with an attempt that did not end
// cleanly.
type trace struct {
	clock  *clock
	conn   atomic.Int64
	wrote  atomic.Int64
	first  atomic.Int64
	reused atomic.Bool
	hooks  httptrace.ClientTrace
}

func newTrace(c *clock) *trace {
	t := &trace{clock: c}
	t.hooks = httptrace.ClientTrace{
		GotConn: func(i httptrace.GotConnInfo) {
			t.reused.Store(i.Reused)
			t.conn.Store(t.mark())
		},
		WroteRequest:         func(httptrace.WroteRequestInfo) { t.wrote.Store(t.mark()) },
		GotFirstResponseByte: func() { t.first.Store(t.mark()) },
	}
	return t
}

func (t *trace) mark() int64 { return int64(time.Since(t.clock.start)) }

func (t *trace) reset() {
	t.conn.Store(0)
	t.wrote.Store(0)
	t.first.Store(0)
}

func (t *trace) times(start time.Duration) times {
	return times{
		start: start, conn: time.Duration(t.conn.Load()), wrote: time.Duration(t.wrote.Load()),
		first: time.Duration(t.first.Load()), reused: t.reused.Load(),
	}
}
