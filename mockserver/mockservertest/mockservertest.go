// Package mockservertest runs a mock inside a test.
package mockservertest

import (
	"context"
	"net"
	"net/http"
	"time"

	"ratecliff/mockserver"
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

func run(t Helper, cfg mockserver.Config, l net.Listener, url string, transport *http.Transport) *Server {
	t.Helper()
	if cfg.Grace == 0 {
		cfg.Grace = 100 * time.Millisecond // a test does not wait for streams it left behind
	}
	mock, err := mockserver.New(cfg)
	if err != nil {
		_ = l.Close()
		t.Fatalf("mockservertest: %v", err)
	}
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
	return &Server{URL: url, Client: &http.Client{Transport: transport}, Mock: mock}
}
