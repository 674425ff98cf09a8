package mockserver_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"ratecliff/internal/wire"
	"ratecliff/load"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/mockserver/model"
)

// call is one request of a test.
type call struct {
	at      time.Duration // of the service
	hint    bool
	request wire.Request
	id      uint64
	attempt int
	key     int
}

// answer is what a client saw.
type answer struct {
	response load.Response
	header   http.Header
	events   []seen
	body     []byte
	err      error
	done     time.Duration // of the service, since the server's start
}

// seen is one event and when it came.
type seen struct {
	at   time.Duration
	name string
}

// client talks to one mock.
type client struct {
	server *mockservertest.Server
	base   wire.Timebase
}

func newClient(s *mockservertest.Server, compress float64) *client {
	return &client{server: s, base: wire.Timebase{Start: time.Now(), Compress: compress}}
}

func (c *client) now() time.Duration { return c.base.Instant(time.Now()) }

func (c *client) request(ctx context.Context, q *call) (*http.Request, error) {
	body := wire.AppendRequest(nil, &q.request)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.server.URL+"/v1/messages", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set(wire.HeaderAPIKey, "key")
	r.Header.Set(wire.HeaderVersion, wire.Version2023)
	r.Header.Set(wire.HeaderContentType, wire.TypeJSON)
	if q.hint {
		r.Header.Set(wire.HeaderHintTokens, string(wire.AppendTokensHint(nil, q.request.Tokens)))
		r.Header.Set(wire.HeaderHintID, strconv.FormatUint(q.id, 10))
		r.Header.Set(wire.HeaderHintAttempt, strconv.Itoa(q.attempt))
		r.Header.Set(wire.HeaderHintKey, strconv.Itoa(q.key))
	}
	return r, nil
}

// do sends a call and follows the answer to its end.
func (c *client) do(ctx context.Context, q *call) (a answer) {
	r, err := c.request(ctx, q)
	if err != nil {
		return answer{err: err}
	}
	resp, err := c.server.Client.Do(r)
	if err != nil {
		return answer{err: err, done: c.now()}
	}
	defer resp.Body.Close()
	a.header = resp.Header
	c.base.Headers(c.now(), &a.response, resp.StatusCode, resp.Header)
	if wire.IsStream(resp.Header) {
		c.follow(resp.Body, &a)
	} else {
		a.body, a.err = io.ReadAll(resp.Body)
		wire.Body(&a.response, a.body)
	}
	a.done = c.now()
	return a
}

func (c *client) follow(body io.Reader, a *answer) {
	var p wire.Parser
	var s wire.Stream
	for {
		ev, err := p.Read(body)
		if err != nil {
			if !errors.Is(err, io.EOF) {
				a.err = err
			}
			s.Finish(&a.response)
			return
		}
		a.events = append(a.events, seen{c.now(), string(ev.Name)})
		s.Observe(ev)
	}
}

// seconds is a fixed latency.
func latency(ttft, speed, refusal float64) model.Latency {
	return model.Latency{TTFT: load.FixedDist(ttft), TokensPerSecond: load.FixedDist(speed), Refusal: load.FixedDist(refusal)}
}

func tokens(in, out int64) wire.Request {
	return wire.Request{Model: "claude-x", MaxTokens: 1000, Tokens: load.Tokens{Input: in, Output: out}}
}

func sleepUntil(c *client, at time.Duration) {
	time.Sleep(time.Until(c.base.Wall(at))) // virtual: only used inside a synctest bubble
}

func fatalIf(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func streamed() wire.Request {
	q := tokens(1, 0)
	q.Stream = true
	return q
}
