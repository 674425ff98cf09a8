package mockservertest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"ratecliff/mockserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a test that has failed.
type fake struct{ said string }

func (f *fake) Helper()        {}
func (f *fake) Cleanup(func()) {}
func (f *fake) Fatalf(format string, args ...any) {
	f.said = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func TestBothKindsAnswer(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(Helper, mockserver.Config) *Server{"loopback": Start, "memory": StartInMemory} {
		s := start(t, mockserver.Config{})
		resp, err := s.Client.Get(s.URL + "/healthz")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", name, resp.StatusCode)
		}
	}
}

func TestABadConfigurationFailsTheTest(t *testing.T) {
	t.Parallel()
	for _, start := range []func(Helper, mockserver.Config) *Server{Start, StartInMemory} {
		f, done := &fake{}, make(chan struct{})
		go func() {
			defer close(done)
			start(f, mockserver.Config{Compress: -1})
		}()
		<-done
		if !strings.Contains(f.said, "compress: ") {
			t.Errorf("said %q", f.said)
		}
	}
}

func TestAClosedListenerTakesNobody(t *testing.T) {
	t.Parallel()
	l := newListener()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := l.dial(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("dialling with a dead context: %v", err)
	}
	_ = l.Close()
	_ = l.Close()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("accepting: %v", err)
	}
	if _, err := l.dial(context.Background()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("dialling: %v", err)
	}
}
