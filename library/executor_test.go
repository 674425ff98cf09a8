package library_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"ratecliff/engine"
	"ratecliff/library"
	"ratecliff/load"
	"ratecliff/scenario"
)

// wire is a transport that gives one answer for ever and notes when it was
// asked, and with what.
type wire struct {
	answer load.Response
	start  time.Time
	asked  []time.Duration
	bodies []string
	closed int // answers that were closed
}

// closing counts that it was closed.
type closing struct {
	io.Reader
	closed *int
}

func (c closing) Close() error {
	*c.closed++
	return nil
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	w.asked = append(w.asked, time.Since(w.start))
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	w.bodies = append(w.bodies, string(body))
	if w.answer.Status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	header := http.Header{}
	if w.answer.HasRetryAfter {
		header.Set("Retry-After", strconv.Itoa(int(w.answer.RetryAfter/second)))
	}
	return &http.Response{
		StatusCode: w.answer.Status, Header: header, Request: req,
		Body: closing{bytes.NewReader([]byte("{}")), &w.closed},
	}, nil
}

// executed are the waits between the requests an executor makes, which must not
// be used outside a bubble, and the status it hands on, 0 for an error.
func executed(t *testing.T, name scenario.Library, r load.Response) (waits []time.Duration, code int) {
	t.Helper()
	w := &wire{answer: r, start: time.Now()}
	rt := library.Transport([]scenario.Library{name})(w)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://service.test/", bytes.NewReader([]byte("hello")))
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := rt.RoundTrip(req); err == nil {
		code = resp.StatusCode
		if _, err := io.ReadAll(resp.Body); err != nil {
			t.Error(err)
		}
		resp.Body.Close()
	}
	if want := len(w.asked); name != scenario.FailsafeRetry && code != 0 && w.closed != want {
		t.Errorf("%s closed %d of %d answers", name, w.closed, want)
	} else if name == scenario.FailsafeRetry && code != 0 && w.closed != 1 {
		t.Errorf("failsafe-go closed %d of %d answers: the documentation says only the last one", w.closed, want)
	}
	for i := range w.bodies {
		if w.bodies[i] != "hello" {
			t.Errorf("request %d has the body %q", i+1, w.bodies[i])
		}
	}
	for i := 1; i < len(w.asked); i++ {
		waits = append(waits, w.asked[i]-w.asked[i-1])
	}
	return waits, code
}

func TestExecutors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what    string
		library scenario.Library
		answer  load.Response
		want    []time.Duration
		code    int
	}{
		{"4 retries, doubling", scenario.RetryableHTTPClient, throttled(), []time.Duration{second, 2 * second, 4 * second, 8 * second}, 429},
		{"the header", scenario.RetryableHTTPClient, told(70 * second), []time.Duration{70 * second, 70 * second, 70 * second, 70 * second}, 429},
		{"no retries", scenario.RetryableHTTPClient, status(400), nil, 400},
		{"529", scenario.RetryableHTTPClient, status(529), []time.Duration{second, 2 * second, 4 * second, 8 * second}, 529},
		{"network", scenario.RetryableHTTPClient, unreachable(), []time.Duration{second, 2 * second, 4 * second, 8 * second}, 0},
		{"2 retries, at once", scenario.FailsafeRetry, throttled(), []time.Duration{0, 0}, 429},
		{"the header", scenario.FailsafeRetry, told(70 * second), []time.Duration{70 * second, 70 * second}, 429},
		{"no retries", scenario.FailsafeRetry, status(400), nil, 400},
		{"529 has no header for it", scenario.FailsafeRetry, with(status(529), 9*second), []time.Duration{0, 0}, 529},
		{"network", scenario.FailsafeRetry, unreachable(), []time.Duration{0, 0}, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			got, code := executed(t, c.library, c.answer)
			if !slices.Equal(got, c.want) || code != c.code {
				t.Errorf("%s, %s: waits %v and hands on %d, want %v and %d", c.library, c.what, got, code, c.want, c.code)
			}
		})
	}
}

// with is an answer with a header.
func with(r load.Response, wait time.Duration) load.Response {
	r.RetryAfter, r.HasRetryAfter = wait, true
	return r
}

// The client that sleeps by itself decides as its functions do when asked.
func TestTheClientAndItsFunctionsAgree(t *testing.T) {
	t.Parallel()
	for _, r := range []load.Response{throttled(), told(3 * second), status(500), status(503), status(501), status(404), status(529), unreachable()} {
		want := waits(layer(t, scenario.RetryableHTTP), r, 20)
		synctest.Test(t, func(t *testing.T) {
			if got, _ := executed(t, scenario.RetryableHTTPClient, r); !slices.Equal(got, want) {
				t.Errorf("%d: the client waits %v, its functions say %v", r.Status, got, want)
			}
		})
	}
}

func TestOnlyExecutorsWrapTheTransport(t *testing.T) {
	t.Parallel()
	for _, name := range scenario.Libraries() {
		p := library.Build([]scenario.Library{name}, library.AWSLegacy, nil)
		owns := library.Transport([]scenario.Library{name}) != nil
		if parts := len(p.Gates) + len(p.Retry); parts == 0 != owns || owns && !name.ReadsClock() {
			t.Errorf("%s has %d parts, and makes its own requests: %v", name, parts, owns)
		}
		if len(p.Gates) > 0 && !name.ReadsClock() {
			t.Errorf("%s is a gate and does not read the clock", name)
		}
	}
	if library.Transport(nil) != nil {
		t.Error("no library wraps the transport")
	}
	if _, ok := layer(t, scenario.AWSStandard).(engine.Observer); !ok {
		t.Error("the SDK's quota does not hear of successes")
	}
}
