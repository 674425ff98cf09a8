package live

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"ratecliff/engine"
	"ratecliff/load"
	"ratecliff/metrics"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const second = time.Second

// line is the plainest queue: first come, first served.
type line struct{ calls []*load.Call }

func (q *line) Push(_ time.Duration, c *load.Call) *load.Call {
	q.calls = append(q.calls, c)
	return nil
}

func (q *line) Peek(time.Duration) *load.Call {
	if len(q.calls) == 0 {
		return nil
	}
	return q.calls[0]
}

func (q *line) Remove(c *load.Call) {
	for i := range q.calls {
		if q.calls[i] == c {
			q.calls = append(q.calls[:i], q.calls[i+1:]...)
			return
		}
	}
}

// direct sends every call to key 0 and the model it asks for.
type direct struct{}

func (direct) Pick(_ time.Duration, c *load.Call, _ *rand.Rand) (load.Target, load.Permit) {
	return load.Target{Model: c.Model}, load.Permit{}
}

func (direct) Observe(time.Duration, *load.Call, *load.Attempt) {}

// again retries after what the server asked for, or 100 ms, up to a number of
// failures.
type again int

func (n again) Next(_ time.Duration, _ *load.Call, s *load.RetryState, a *load.Attempt, _ *rand.Rand) (time.Duration, bool) {
	if a.Response.HasRetryAfter {
		return a.Response.RetryAfter, s.Failures <= int(n)
	}
	return 100 * time.Millisecond, s.Failures <= int(n)
}

func plain(int) engine.Stack { return engine.Stack{Queue: &line{}, Route: direct{}} }

func retrying(n int) func(int) engine.Stack {
	return func(int) engine.Stack {
		s := plain(0)
		s.Retry = []engine.Retrier{again(n)}
		return s
	}
}

// burst is a class of n arrivals at instant 0.
func burst(n int) load.Class {
	return class(load.Process{Kind: load.Burst, N: n})
}

func class(p load.Process) load.Class {
	return load.Class{
		Name: "test", Model: "claude-test", Arrivals: p, MaxTokens: 64,
		Input: load.Dist{Kind: "fixed", Value: 30}, Output: load.Dist{Kind: "fixed", Value: 20},
	}
}

// session is a run with everything it brought about.
type session struct {
	Config
	results []load.Result
	out     Outcome
	wall    time.Duration
}

func newSession(t *testing.T, c load.Class, length time.Duration, stack func(int) engine.Stack) *session {
	t.Helper()
	plan := load.Plan{Seed: 7, Duration: length, Classes: []load.Class{c}}
	stream, err := plan.Stream(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &session{}
	s.Config = Config{
		Engine: engine.New(engine.Config{Seed: 7, Stack: stack}), Stream: stream,
		Recorder: metrics.NewRecorder(metrics.Config{Classes: []string{"test"}, Duration: length}),
		Target:   Target{BaseURL: "http://service.test", Keys: []Secret{"sk-test"}},
		Pacer:    PacerTimer,
		OnResult: func(r *load.Result) {
			kept := *r
			kept.History = nil
			s.results = append(s.results, kept)
		},
	}
	return s
}

func (s *session) run(ctx context.Context, t *testing.T) {
	t.Helper()
	start := time.Now()
	out, err := Run(ctx, s.Config)
	if err != nil {
		t.Fatal(err)
	}
	s.out, s.wall = out, time.Since(start)
}

// memory is a listener without sockets, so that a bubble can tell when it is
// idle.
type memory struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newMemory() *memory { return &memory{conns: make(chan net.Conn), done: make(chan struct{})} }

func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.done:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error {
	m.once.Do(func() { close(m.done) })
	return nil
}

func (m *memory) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "memory"} }

func (m *memory) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case m.conns <- server:
		return client, nil
	case <-m.done:
		return nil, net.ErrClosed
	}
}

// serve runs test in a bubble with a service in it that it reaches through the
// transport it is given.
func serve(t *testing.T, handler http.HandlerFunc, test func(t *testing.T, rt *http.Transport)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		srv := &http.Server{Handler: handler, ReadHeaderTimeout: time.Hour}
		done := make(chan struct{})
		go func() {
			_ = srv.Serve(m)
			close(done)
		}()
		rt := NewTransport(1000)
		rt.DialContext = m.dial
		rt.Proxy = nil
		test(t, rt)
		rt.CloseIdleConnections()
		_ = srv.Close()
		<-done
	})
}

const message = `{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":30,"output_tokens":20}}`

func answerOK(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.Copy(w, bytes.NewReader([]byte(message)))
}
