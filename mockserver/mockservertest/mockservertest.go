// Package mockservertest runs a mock inside a test.
package mockservertest

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"ratecliff/mockserver"
	"ratecliff/mockserver/journal"
)

// Helper is what is needed of a test; *testing.T and *testing.B satisfy it.
type Helper interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Server is a running mock. It stops when the test ends.
type Server struct {
	URL    string             // base URL without a final slash
	Client *http.Client       // reaches the mock; required for one in memory
	Mock   *mockserver.Server // the mock itself
	t      Helper
}

// Start runs a mock on a free port of the loopback interface.
func Start(t Helper, cfg mockserver.Config) *Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("mockservertest: listening on loopback: %v", err)
	}
	return run(t, cfg, l, "http://"+l.Addr().String(), &http.Transport{MaxIdleConnsPerHost: 1 << 16})
}

// StartInMemory runs a mock on pipes in memory. Inside testing/synctest a
// server and its clients then live in virtual time, which sockets do not. Only
// the Client reaches it.
func StartInMemory(t Helper, cfg mockserver.Config) *Server {
	t.Helper()
	l := newListener()
	return run(t, cfg, l, "http://mock.invalid", &http.Transport{
		DialContext:         func(ctx context.Context, _, _ string) (net.Conn, error) { return l.dial(ctx) },
		MaxIdleConnsPerHost: 1 << 16,
	})
}

// StartStepped runs a mock in memory whose time stands still until Step or
// StepNext moves it: no test of it ever waits.
func StartStepped(t Helper, cfg mockserver.Config) *Server {
	t.Helper()
	cfg.Clock = mockserver.SteppedClock
	return StartInMemory(t, cfg)
}

// Direct makes a mock without any connection: its Client calls the handler.
func Direct(t Helper, cfg mockserver.Config) *Server {
	t.Helper()
	mock := newMock(t, &cfg)
	return &Server{URL: "http://mock.invalid", Client: &http.Client{Transport: mock.RoundTripper()}, Mock: mock, t: t}
}

// Step moves a stepped clock on and returns the new instant; see
// [mockserver.Server.Step].
func (s *Server) Step(d time.Duration) time.Duration { return s.Mock.Step(d) }

// StepNext moves a stepped clock to the next instant at which something falls
// due; false when nobody waits.
func (s *Server) StepNext() (now time.Duration, ok bool) { return s.Mock.StepNext() }

// Asleep waits, on a stepped clock, until n answers wait for their instant, so
// that a test knows that its requests have arrived before it steps on.
func (s *Server) Asleep(n int) {
	s.t.Helper()
	if err := s.Mock.Asleep(context.Background(), n); err != nil {
		s.t.Fatalf("mockservertest: %v", err)
	}
}

// Journal is every exchange that has ended, in the order of their ends, as far
// as Config.Tail reaches. A client may have its answer a moment before the
// exchange has ended.
func (s *Server) Journal() []journal.Exchange {
	s.t.Helper()
	var text bytes.Buffer
	err := s.Mock.WriteJournal(&text, mockserver.MaxTail)
	all, err2 := journal.Exchanges(&text)
	if err := errors.Join(err, err2); err != nil {
		s.t.Fatalf("mockservertest: reading the journal: %v", err)
	}
	return all
}

// Ledger is the truth about the buckets, decision by decision, as far as
// Config.Tail reaches.
func (s *Server) Ledger() []journal.Entry {
	s.t.Helper()
	var text bytes.Buffer
	err := s.Mock.WriteLedger(&text, mockserver.MaxTail)
	all, err2 := journal.Entries(&text)
	if err := errors.Join(err, err2); err != nil {
		s.t.Fatalf("mockservertest: reading the ledger: %v", err)
	}
	return all
}

// tail is how many lines are kept for Journal and Ledger where the test does not
// say.
const tail = 10_000

func newMock(t Helper, cfg *mockserver.Config) *mockserver.Server {
	t.Helper()
	if cfg.Tail == 0 {
		cfg.Tail = tail
	}
	mock, err := mockserver.New(*cfg)
	if err != nil {
		t.Fatalf("mockservertest: %v", err)
	}
	return mock
}

func run(t Helper, cfg mockserver.Config, l net.Listener, url string, transport *http.Transport) *Server {
	t.Helper()
	if cfg.Grace == 0 {
		cfg.Grace = 100 * time.Millisecond // a test does not wait for streams it left behind
	}
	if len(cfg.Validate()) > 0 {
		_ = l.Close() // newMock ends the test
	}
	mock := newMock(t, &cfg)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- mock.Serve(ctx, l) }()
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		cancel()
		if err := <-ended; err != nil {
			t.Fatalf("mockservertest: stopping: %v", err)
		}
	})
	return &Server{URL: url, Client: &http.Client{Transport: transport}, Mock: mock, t: t}
}
