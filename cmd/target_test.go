package cmd_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ratecliff/cmd"
	"ratecliff/mockserver"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/mockserver/model"
)

// TestTargetsThatAreNoUse: each is found before anything is written.
func TestTargetsThatAreNoUse(t *testing.T) {
	t.Parallel()
	html := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "<!doctype html><title>It works!</title>")
	}))
	t.Cleanup(html.Close)
	silent := listen(t) // the kernel accepts, nobody answers
	gone := listen(t)
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ target, want string }{
		"refuses": {"http://" + gone.Addr().String(), "error: target cannot be reached: nobody listens at " + gone.Addr().String()},
		"HTML":    {html.URL, "error: target does not speak the Messages API: " + html.URL + "/v1/messages answers 200 with a page of HTML; is the base URL that of an API?"},
		"hangs":   {"http://" + silent.Addr().String(), "error: target cannot be reached: http://" + silent.Addr().String() + " accepts connections and did not answer within 50ms"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			w, out, errs := world("compare", file(t, "tiny.yaml", tiny), "--target", c.target, "--out", filepath.Join(dir, "run"))
			w.Patience = 50 * time.Millisecond
			e := runIn(t.Context(), w, out, errs)
			e.want(t, cmd.Failure)
			if !strings.HasPrefix(e.err, c.want) {
				t.Errorf("got %swant %s", e.err, c.want)
			}
			if left := files(t, dir); left != "" || e.out != "" {
				t.Errorf("left behind: %s; standard output: %s", left, e.out)
			}
		})
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// hanging is a target that answers the first question like the API and no
// message before it is let go.
type hanging struct {
	*httptest.Server
	asked chan struct{} // a message has come in
	let   chan struct{} // closed to let messages go, with an error
}

func hang(t *testing.T) *hanging {
	t.Helper()
	h := &hanging{asked: make(chan struct{}, 1000), let: make(chan struct{})}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			h.asked <- struct{}{}
			select {
			case <-h.let:
			case <-r.Context().Done():
			case <-t.Context().Done():
			}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"type":"error","error":{"type":"invalid_request_error","message":"no"}}`)
	}))
	t.Cleanup(func() { h.CloseClientConnections(); h.Close() })
	return h
}

// TestHangingMessagesAreBounded: deadlines end calls that are never answered.
func TestHangingMessagesAreBounded(t *testing.T) {
	t.Parallel()
	path := file(t, "tiny.yaml", changed(t, "output: 5}", "output: 5, deadline: 100ms}", "strategies: [no-retry, full-jitter]", "strategies: [no-retry]"))
	out := filepath.Join(t.TempDir(), "run")
	e := run(t, "run", path, "--target", hang(t).URL, "--out", out, "--format", "json", "--quiet")
	e.want(t, cmd.Success) // nothing succeeds, which is what the scenario expects
	if !strings.Contains(e.out, `"measured-live"`) {
		t.Errorf("the provenance is not said:\n%.400s", e.out)
	}
}

// TestRunAgainstAMock is the command of the first page of the documentation.
func TestRunAgainstAMock(t *testing.T) {
	t.Parallel()
	mock := mockservertest.Start(t, mockserver.Config{Model: model.Config{RPM: 60_000, Latency: model.Latency{}}, Compress: 100})
	path := file(t, "swept.yaml", changed(t, "- no-retry: success_ratio <= 0.9", "- full-jitter: success_ratio >= 0.9")+"matrix:\n  server.burst: [1, 5]\n")
	for _, verb := range []string{"run", "compare"} {
		out := filepath.Join(t.TempDir(), "run")
		e := run(t, verb, path, "--strategy", "full-jitter", "--target", mock.URL, "--out", out)
		if e.code != cmd.Success && e.code != cmd.Inconclusive { // one run may leave a verdict open
			e.want(t, cmd.Success)
		}
		if !strings.Contains(e.out, "100 % of the calls succeed") || !strings.Contains(e.out, mock.URL) {
			t.Errorf("%s prints\n%s", verb, e.out)
		}
		if !strings.HasPrefix(e.err, "note: ") || !strings.Contains(e.err, "matrix") {
			t.Errorf("%s does not say what is left out: %s", verb, e.err)
		}
	}
}

// TestLoopbackNames: each is let through to the first question.
func TestLoopbackNames(t *testing.T) {
	t.Parallel()
	gone := listen(t)
	_, port, _ := net.SplitHostPort(gone.Addr().String())
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "127.8.9.10", "[::ffff:127.0.0.1]"} {
		e := run(t, "compare", file(t, "tiny.yaml", tiny), "--target", "http://"+host+":"+port)
		if e.code != cmd.Failure || !strings.Contains(e.err, "target cannot be reached") {
			t.Errorf("%s: exit %d, %s", host, e.code, e.err)
		}
	}
}
