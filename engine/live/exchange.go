package live

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"ratecliff/internal/wire"
	"ratecliff/load"
)

// maxErrorBody is the most that is read of a response that is not a success:
// enough to understand it and to reuse the connection, too little to be harmed.
const maxErrorBody = 64 << 10

// maxBody is the most that is read of a message, as of one event of a stream.
const maxBody = wire.MaxEvent

// exchange makes HTTP attempts, one after the other, for one worker. What the
// transport was given (request, context, trace) is reused while attempts end
// cleanly, and abandoned to it when one does not. Not safe for concurrent use.
type exchange struct {
	client  *client
	request *request // nil: to be made anew
	trace   *trace
	watch   watch
	limit   time.Duration // of the attempt under way
	times   times
	body    guarded
	heard   int64 // bytes of text that streamed in

	abandoned *atomic.Bool // the attempt is to be given up
	inner     *inner       // of what a client of others sends; nil without one
}

// do makes the attempt that j asks for and fills in a, but for what is the
// engine's to fill.
func (x *exchange) do(j *job, a *load.Attempt) {
	if x.request == nil {
		x.renew()
	}
	x.request.fill(x.client, j)
	x.trace.reset()
	*a = load.Attempt{}
	x.times.start = time.Since(x.client.clock.start)
	a.Started = x.client.clock.scenario(x.times.start)
	x.limit, x.heard = j.limit, 0
	if x.inner != nil {
		x.inner.job = j
	}
	x.arm(x.times.start, x.client.headWait, errHeader)
	if x.abandoned.Load() {
		x.watch.stop(errCancelled)
	}
	resp, err := x.client.transport.RoundTrip(x.request.http)
	clean := false
	if err == nil {
		clean = x.receive(resp, a)
	} else {
		x.fail(a, err)
	}
	if a.Response.Outcome == load.Cancelled {
		x.bill(j, &a.Response)
	}
	a.Done = x.client.clock.now()
	x.times = x.trace.times(x.times.start)
	if x.inner != nil {
		x.inner.close(a, err)
		clean = false // the client may hold on to what it was given
	}
	x.settle(clean)
}

// renew makes a request, a context and a trace that nobody else holds.
func (x *exchange) renew() {
	x.request = newRequest(x.client)
	x.trace = newTrace(x.client.clock)
	x.watch.renew(x.client.ctx, x.client.clock.start)
	ctx := x.watch.ctx
	if x.client.notes != nil {
		x.inner = &inner{x: x}
		ctx = context.WithValue(ctx, belowKey{}, x.inner)
	}
	x.request.http = x.request.http.WithContext(httptrace.WithClientTrace(ctx, &x.trace.hooks))
}

// settle decides whether the transport is done with what it was given: the
// response was read to its end, and the request written, of which the last hook
// tells. Otherwise the next attempt starts with fresh things.
func (x *exchange) settle(clean bool) {
	x.body = guarded{}
	good := x.watch.disarm()
	if clean && good && x.times.wrote != 0 {
		x.request.trim()
		return
	}
	x.request = nil
	x.watch.close()
}

// close gives up what is held.
func (x *exchange) close() { x.watch.close() }

// arm limits what follows now to a span of wall time or to the attempt's limit,
// whichever is sooner.
func (x *exchange) arm(now, span time.Duration, cause error) {
	if x.limit != load.Never {
		c := x.client.clock
		if left := c.wall(max(x.limit-c.scenario(now), 0)); left < span {
			span, cause = left, errDeadline
		}
	}
	x.watch.arm(now, span, cause)
}

// receive reads the response. It reports whether the body was read to its end.
func (x *exchange) receive(resp *http.Response, a *load.Attempt) bool {
	wall := time.Since(x.client.clock.start)
	now := x.client.clock.scenario(wall)
	r := &a.Response
	h := header(resp.Header)
	x.client.base.Headers(now, r, resp.StatusCode, h)
	if resp.Body == nil {
		wire.Body(r, nil)
		return true
	}
	defer resp.Body.Close()
	x.body = guarded{x: x, r: resp.Body, now: wall}
	if resp.StatusCode == http.StatusOK && wire.IsStream(h) {
		return x.stream(&x.body, a)
	}
	return x.message(&x.body, resp.StatusCode, a, now)
}

// header looks names up as they stand, since wire asks by canonical names only.
type header http.Header

// Get is the first value of a name in canonical form, or "".
func (h header) Get(name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// scratch holds what a response is read into. Workers borrow one only while a
// body comes in, so an attempt that waits for its answer holds none.
type scratch struct {
	body   []byte
	parser wire.Parser
	stream wire.Stream
}

//nolint:gochecknoglobals // a cache of buffers; it holds no state of any run
var scratches = sync.Pool{New: func() any { return &scratch{body: make([]byte, 0, 2048)} }}

func (x *exchange) message(body *guarded, status int, a *load.Attempt, now time.Duration) bool {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	limit := maxBody
	if status != http.StatusOK {
		limit = maxErrorBody
	}
	ended, err := s.read(body, limit)
	if err != nil {
		x.fail(a, err)
		return false
	}
	wire.Body(&a.Response, s.body)
	if a.Response.Outcome == load.OK {
		a.FirstToken = now
	}
	return ended
}

// read reads at most limit bytes and reports whether that was all.
func (s *scratch) read(r io.Reader, limit int) (ended bool, err error) {
	s.body = s.body[:0]
	for len(s.body) < limit {
		if len(s.body) == cap(s.body) {
			s.body = append(s.body, 0)[:len(s.body)]
		}
		n, err := r.Read(s.body[len(s.body):min(cap(s.body), limit)])
		s.body = s.body[:len(s.body)+n]
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

func (x *exchange) stream(body *guarded, a *load.Attempt) bool {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.parser.Reset()
	s.stream = wire.Stream{}
	for {
		ev, err := s.parser.Read(body)
		if errors.Is(err, io.EOF) {
			s.stream.Finish(&a.Response)
			return true
		}
		if err != nil {
			return x.broken(s, a, err)
		}
		if s.stream.Observe(ev) != wire.ContentEvent {
			continue
		}
		x.heard += textOf(ev.Data)
		if a.FirstToken == 0 {
			a.FirstToken = x.client.clock.now()
		}
	}
}

// broken ends a stream that could not be read to its end. One whose last event
// had come is still whole.
func (x *exchange) broken(s *scratch, a *load.Attempt, err error) bool {
	if s.stream.Complete() {
		s.stream.Finish(&a.Response)
		return false
	}
	x.fail(a, err)
	a.Response.Usage = s.stream.Usage()
	return false
}

// guarded is a body whose every read pushes the idle timeout on.
type guarded struct {
	x   *exchange
	r   io.Reader
	now time.Duration // wall time since the start, where it is known; 0 where not
}

// Read reads from the body, for at most the idle timeout.
func (g *guarded) Read(p []byte) (int, error) {
	now := g.now
	if g.now = 0; now == 0 {
		now = time.Since(g.x.client.clock.start)
	}
	g.x.arm(now, g.x.client.idleWait, errIdle)
	return g.r.Read(p)
}
