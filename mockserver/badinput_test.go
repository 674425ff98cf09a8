package mockserver_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"ratecliff/internal/wire"
	"ratecliff/mockserver"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/mockserver/model"
)

// held counts what the process holds: goroutines and open files.
func held(t *testing.T) (goroutines, files int) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skipf("no list of open files here: %v", err)
	}
	return runtime.NumGoroutine(), len(entries)
}

// settles waits until no more is held than before.
func settles(t *testing.T, goroutines, files int) {
	t.Helper()
	var g, f int
	for range 500 {
		if g, f = held(t); g <= goroutines && f <= files {
			return
		}
		runtime.Gosched()
		time.Sleep(10 * time.Millisecond) // sockets close on the wall clock
	}
	t.Errorf("holds %d goroutines and %d files, before %d and %d", g, f, goroutines, files)
}

// raw sends bytes on a connection of its own and returns the status line of the
// answer, "" when the server hung up.
func raw(t *testing.T, server *mockservertest.Server, send func(io.Writer) error) string {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	fatalIf(t, err)
	defer c.Close()
	fatalIf(t, c.SetDeadline(time.Now().Add(20*time.Second)))
	sent := make(chan error, 1)
	go func() { sent <- send(c) }()
	line, _ := bufio.NewReader(c).ReadString('\n')
	_ = c.Close()
	<-sent
	return strings.TrimSpace(line)
}

const rawHead = "POST /v1/messages HTTP/1.1\r\nHost: mock\r\nX-Api-Key: k\r\nAnthropic-Version: 2023-06-01\r\nContent-Type: application/json\r\n"

// TestWhatNoClientShouldSend: each ends in the documented error or a closed
// connection, and leaves nothing behind: no goroutine, no file, no charge.
func TestWhatNoClientShouldSend(t *testing.T) { //nolint:paralleltest // counts what the process holds
	server := mockservertest.Start(t, instantly(model.Config{RPM: 1, Burst: 1}))
	raw(t, server, func(w io.Writer) error {
		_, err := io.WriteString(w, "GET /healthz HTTP/1.1\r\nHost: mock\r\n\r\n")
		return err
	})
	goroutines, files := held(t)
	repeat := func(head, unit string, n int, tail string) func(io.Writer) error {
		return func(w io.Writer) error {
			b := bufio.NewWriterSize(w, 1<<16)
			_, _ = b.WriteString(head)
			for range n {
				if _, err := b.WriteString(unit); err != nil {
					return err
				}
			}
			_, _ = b.WriteString(tail)
			return b.Flush()
		}
	}
	sized := func(body string) func(io.Writer) error {
		return repeat(fmt.Sprintf("%sContent-Length: %d\r\n\r\n", rawHead, len(body)), body, 1, "")
	}
	const chunked = rawHead + "Transfer-Encoding: chunked\r\n\r\n"
	kilobyte := "400\r\n" + strings.Repeat("x", 1024) + "\r\n"
	deep := `{"model":"m","max_tokens":1,"messages":` + strings.Repeat("[", 200_000) + strings.Repeat("]", 200_000) + `}`
	for _, row := range []struct {
		name   string
		send   func(io.Writer) error
		status string // the first three letters, "" for a closed connection, of which either will do
	}{
		{"a body of 33 MB", repeat(fmt.Sprintf("%sContent-Length: %d\r\n\r\n", rawHead, 33<<20), strings.Repeat("x", 1<<20), 33, ""), "413"},
		{"a body that never ends", repeat(chunked, kilobyte, 40<<10, ""), "413"},
		{"a million headers", repeat(rawHead, "X-H: 1\r\n", 1_000_000, "\r\n"), "431"},
		{"one endless header", repeat(rawHead+"X-H: ", "xxxxxxxxxxxxxxxx", 1<<18, "\r\n\r\n"), "431"},
		{"no UTF-8", sized(strings.Replace(good, "hello", "\xff\xfe", 1)), "400"},
		{"deep nesting", sized(deep), "400"},
		{"an empty body", sized(""), "400"},
		{"no HTTP", repeat("\x16\x03\x01\x02\x00\x01", "\r\n", 1, "\r\n"), "400"},
		{"a chunk that is none", repeat(chunked, "zzz\r\n", 1, ""), "400"},
		{"a body shorter than announced", func(w io.Writer) error {
			_, err := io.WriteString(w, rawHead+"Content-Length: 100\r\n\r\n{")
			if tcp, ok := w.(*net.TCPConn); ok && err == nil {
				err = tcp.CloseWrite()
			}
			return err
		}, "400"},
	} {
		line := raw(t, server, row.send)
		if line != "" && !strings.HasPrefix(line, "HTTP/1.1 "+row.status) && !strings.HasPrefix(line, "HTTP/1.0 "+row.status) {
			t.Errorf("%s: %q, want %s", row.name, line, row.status)
		}
		settles(t, goroutines, files)
	}
	if resp, body := ask(t, server, "POST", "/v1/messages", good); resp.StatusCode != 200 {
		t.Errorf("something of all that was charged: %d %s", resp.StatusCode, body)
	}
}

// TestBodiesThatTrickle: a client that does not send its body within a minute is
// told so; one that does not send its headers is hung up on.
func TestBodiesThatTrickle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := mockservertest.StartInMemory(t, instantly(model.Config{}))
		body, feed := io.Pipe()
		fed := make(chan struct{})
		go func() {
			defer close(fed)
			for range 1000 {
				if _, err := io.WriteString(feed, " "); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}()
		r, err := http.NewRequest(http.MethodPost, server.URL+"/v1/messages", body)
		fatalIf(t, err)
		r.Header = http.Header{"X-Api-Key": {"k"}, "Anthropic-Version": {wire.Version2023}}
		start := time.Now()
		resp, err := server.Client.Do(r)
		fatalIf(t, err)
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		if took := time.Since(start); resp.StatusCode != http.StatusRequestTimeout || took < time.Minute || took > 62*time.Second {
			t.Errorf("%d %s after %v", resp.StatusCode, text, took)
		}
		_ = body.Close()
		<-fed
	})
}

// TestAStreamOutlivesTheBodyTimeout: the deadline for a body does not cut what
// follows it.
func TestAStreamOutlivesTheBodyTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := mockservertest.StartInMemory(t, mockserver.Config{Model: model.Config{Latency: latency(300, 1, 0)}, TrustHints: true})
		c := newClient(server, 1)
		q := call{hint: true, attempt: 1, request: tokens(50_000, 3)} // a body that does not come in one read
		q.request.Stream = true
		a := c.do(context.Background(), &q)
		pings := 0
		for _, e := range a.events {
			if e.name == "ping" {
				pings++
			}
		}
		if a.err != nil || a.response.Usage.Output != 3 || pings < 20 {
			t.Errorf("%v, %d pings, %+v", a.err, pings, a.response)
		}
	})
}

// TestIdleConnections: ten thousand of them, or as many as the system allows,
// keep nobody from being served, and leave nothing behind.
func TestIdleConnections(t *testing.T) { //nolint:paralleltest // counts what the process holds
	server := mockservertest.Start(t, instantly(model.Config{}))
	ask(t, server, "GET", "/healthz", "")
	server.Client.CloseIdleConnections()
	settles(t, runtime.NumGoroutine(), 1<<20)
	goroutines, files := held(t)
	n := 10_000
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err == nil {
		n = int(min(uint64(n), limit.Cur/2-100))
	}
	var idle []net.Conn
	for range n {
		c, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
		fatalIf(t, err)
		idle = append(idle, c)
	}
	if resp, body := ask(t, server, "POST", "/v1/messages", good); resp.StatusCode != 200 {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	server.Client.CloseIdleConnections()
	for _, c := range idle {
		_ = c.Close()
	}
	settles(t, goroutines, files)
}

// TestHangUps: clients that go away in the middle of their streams leave nothing
// behind.
func TestHangUps(t *testing.T) { //nolint:paralleltest // counts what the process holds
	cfg := mockserver.Config{Model: model.Config{Latency: latency(0, 1, 0)}, TrustHints: true, Grace: time.Second}
	server := mockservertest.Start(t, cfg)
	ask(t, server, "GET", "/healthz", "")
	server.Client.CloseIdleConnections()
	settles(t, runtime.NumGoroutine(), 1<<20)
	goroutines, files := held(t)
	c := newClient(server, 1)
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
			defer cancel()
			q := call{hint: true, attempt: 1, request: tokens(1, 100)}
			q.request.Stream = true
			if a := c.do(ctx, &q); !errors.Is(a.err, context.DeadlineExceeded) {
				t.Errorf("not cut: %v", a.err)
			}
		})
	}
	all.Wait()
	server.Client.CloseIdleConnections()
	settles(t, goroutines, files)
}

// FuzzRequests: any body at any endpoint is answered, never with a 5xx, and an
// error is always in the API's envelope.
func FuzzRequests(f *testing.F) {
	for i, body := range []string{good, `{"requests":[{"custom_id":"a","params":` + good + `}]}`, `{"tools":[{"name":"a","input_schema":{"type":"object","properties":{"b":{"enum":[1]}}}}],` + good[1:], `{"stream":true,"thinking":{"type":"adaptive"},` + good[1:]} {
		f.Add(uint8(i), body)
	}
	mock, err := mockserver.New(instantly(model.Config{}))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, where uint8, body string) {
		path := [...]string{"/v1/messages", "/v1/messages/batches", "/v1/messages/count_tokens", "/v1/messages?beta=true"}[where%4]
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("X-Api-Key", "k")
		r.Header.Set("Anthropic-Version", wire.Version2023)
		w := httptest.NewRecorder()
		mock.ServeHTTP(w, r)
		failure, failed := wire.DecodeFailure(w.Body.Bytes())
		if w.Code >= 500 || w.Code != 200 && (!failed || failure.Message == "") {
			t.Fatalf("%s %q: %d %s", path, body, w.Code, w.Body)
		}
	})
}
