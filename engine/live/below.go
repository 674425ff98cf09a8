package live

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"ratecliff/internal/wire"
	"ratecliff/load"
)

// below is the transport that a client of others is put around: it counts what
// that client sends. The last exchange of an attempt is the attempt itself; each
// one before it is told to the owner when the next begins.
type below struct{ next http.RoundTripper }

// belowKey finds what is known of an attempt in the context of its requests.
type belowKey struct{}

// RoundTrip makes one exchange and takes it in.
func (b *below) RoundTrip(req *http.Request) (*http.Response, error) {
	t, ok := req.Context().Value(belowKey{}).(*inner)
	if !ok {
		return b.next.RoundTrip(req)
	}
	req, err := t.begin(req)
	if err != nil {
		return nil, err
	}
	resp, err := b.next.RoundTrip(req)
	if err != nil {
		t.broken(err)
		return resp, err
	}
	return resp, t.answered(resp)
}

// inner is what is known of the exchanges of one attempt. The mutex guards what
// follows it: a client may send from goroutines of its own.
type inner struct {
	x   *exchange
	job *job

	mu    sync.Mutex
	count int
	last  load.Attempt  // the exchange under way, or the last one that ended
	heard bool          // the last one got an answer
	start time.Duration // wall time of the last one
}

// begin notes that another exchange starts. Each has an attempt number of its
// own, so that the bundled mock draws for it anew. Once the run is stopped nothing
// more is sent.
func (t *inner) begin(req *http.Request) (*http.Request, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.x.client
	if t.count > 0 {
		if !c.notes.up(t) {
			return nil, errStopped
		}
		c.notes.put(note{call: t.job.call, ended: t.last})
		req = renumbered(req, t.job.attempt+t.count)
	}
	t.count++
	t.start, t.heard = time.Since(c.clock.start), false
	t.last = load.Attempt{Target: t.job.target, Started: c.clock.scenario(t.start), Scheduled: t.last.Done}
	t.x.arm(t.start, c.headWait, errHeader)
	return req, nil
}

// renumbered is the request with another attempt number for the bundled mock.
func renumbered(req *http.Request, attempt int) *http.Request {
	if req.Header.Get(wire.HeaderHintAttempt) == "" {
		return req
	}
	clone := *req
	clone.Header = req.Header.Clone()
	clone.Header.Set(wire.HeaderHintAttempt, strconv.Itoa(attempt))
	return &clone
}

// broken takes in an exchange without an answer.
func (t *inner) broken(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last.Done = t.x.client.clock.now()
	t.last.Response = load.Response{Outcome: load.Failed, ErrorType: networkError(err)}
	t.pause()
}

// answered takes in an answer. One that is not a success is read here, so that
// what it says is known even if the client throws it away.
func (t *inner) answered(resp *http.Response) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, r := t.x.client, &t.last.Response
	t.heard = true
	c.base.Headers(c.clock.now(), r, resp.StatusCode, header(resp.Header))
	if resp.StatusCode == http.StatusOK || resp.Body == nil {
		r.Outcome = load.OK // if it is not, the attempt's own reading says so
		return nil
	}
	t.x.arm(time.Since(c.clock.start), c.idleWait, errIdle)
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(text))
	wire.Body(r, text)
	t.last.Done = c.clock.now()
	t.pause()
	return err
}

// pause lets the client sleep as long as it likes before it sends again, or until
// the run is stopped.
func (t *inner) pause() {
	t.x.arm(time.Since(t.x.client.clock.start), endless, errHeader)
	t.x.client.notes.lie(t)
}

// endless is a limit that never comes; without one an attempt would not be under
// way.
const endless = load.Never / 2

// close says what the attempt was: its last exchange. A client that gives up, or
// is cut off in its sleep, with an error in the place of the last answer failed
// for what that answer said.
func (t *inner) close(a *load.Attempt, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.x.client.notes.up(t)
	if t.count == 0 {
		return
	}
	a.Unseen, a.Started = t.count-1, t.last.Started
	t.x.times.start = t.start
	if err != nil && a.Response.Outcome != load.Cancelled && t.heard && t.last.Response.Outcome != load.OK {
		a.Response = t.last.Response
	}
}

// note tells the owner of an exchange below an attempt that was followed by
// another.
type note struct {
	call  *load.Call
	ended load.Attempt
}

// notes brings notes to the owner, and knows which clients may be asleep.
type notes struct {
	wake func()

	mu      sync.Mutex
	list    []note
	asleep  map[*inner]struct{}
	stopped bool
}

// lie notes that a client may sleep before it sends again. In a run that is
// stopped it is woken at once, to give up.
func (n *notes) lie(t *inner) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asleep[t] = struct{}{}
	if n.stopped {
		t.x.watch.stop(errStopped)
	}
}

// up notes that a client no longer sleeps, and says whether it may send again.
func (n *notes) up(t *inner) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.asleep, t)
	return !n.stopped
}

// stop wakes every client that sleeps, to give up.
func (n *notes) stop() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.stopped = true
	for t := range n.asleep {
		t.x.watch.stop(errStopped)
	}
}

func (n *notes) put(one note) {
	n.mu.Lock()
	n.list = append(n.list, one)
	n.mu.Unlock()
	n.wake()
}

func (n *notes) take() []note {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := n.list
	n.list = nil
	return out
}

// overhear records what clients of others have sent since. Their calls are under
// way, as the answers that are in the mailbox by now are given afterwards.
func (d *driver) overhear() {
	if d.pool.client.notes == nil {
		return
	}
	for _, n := range d.pool.client.notes.take() {
		d.out.Sent++
		d.cfg.Recorder.Resent(d.tick(), &n.ended, n.call)
		d.report.attempted(&n.ended)
	}
}
