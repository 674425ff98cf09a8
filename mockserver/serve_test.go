package mockserver_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/mockserver/model"
)

// served starts a mock whose stop the test decides, and one stream on it.
func served(t *testing.T, cfg mockserver.Config) (mock *mockserver.Server, stop func() error, stream *http.Response) {
	mock, err := mockserver.New(cfg)
	fatalIf(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	fatalIf(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- mock.Serve(ctx, l) }()
	stop = func() error {
		cancel()
		return <-ended
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c := newClient(&mockservertest.Server{URL: "http://" + l.Addr().String()}, 1)
	q := call{request: tokens(1, 0)}
	q.request.Stream = true
	r, err := c.request(context.Background(), &q)
	fatalIf(t, err)
	stream, err = transport.RoundTrip(r) // the head comes at once
	fatalIf(t, err)
	return mock, stop, stream
}

func TestServeCutsWhatOutlivesTheGrace(t *testing.T) {
	t.Parallel()
	mock, stop, stream := served(t, mockserver.Config{
		Model: model.Config{Concurrency: 1, Latency: latency(3600, 1, 0)}, Grace: time.Nanosecond,
	})
	if err := stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
	if _, err := io.ReadAll(stream.Body); err == nil {
		t.Error("the stream ended as if complete")
	}
	_ = stream.Body.Close()
	r, err := newClient(&mockservertest.Server{URL: "http://mock"}, 1).request(context.Background(), &call{request: streamed()})
	fatalIf(t, err)
	resp, err := mock.RoundTripper().RoundTrip(r)
	fatalIf(t, err)
	if resp.StatusCode != http.StatusOK {
		t.Errorf("a handler was still running when Serve had returned: %d", resp.StatusCode)
	}
	_ = resp.Body.Close()
}

func TestServeLetsAnswersFinish(t *testing.T) {
	t.Parallel()
	_, stop, stream := served(t, mockserver.Config{
		Model: model.Config{Latency: latency(0.05, 1e6, 0)}, Output: load.FixedDist(10), Grace: time.Minute,
	})
	text := make(chan string, 1)
	go func() {
		b, _ := io.ReadAll(stream.Body)
		_ = stream.Body.Close()
		text <- string(b)
	}()
	if err := stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
	if got := <-text; !strings.Contains(got, "event: message_stop\n") {
		t.Errorf("the stream was cut: %q", got)
	}
}

func TestServeReportsABrokenListener(t *testing.T) {
	t.Parallel()
	mock, err := mockserver.New(mockserver.Config{})
	fatalIf(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	fatalIf(t, err)
	fatalIf(t, l.Close())
	if err := mock.Serve(context.Background(), l); err == nil {
		t.Error("no error")
	}
}
