package live

import (
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"

	"ratecliff/internal/wire"
	"ratecliff/load"
)

const (
	messagesURL = "http://service.test/v1/messages"
	limited     = `{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization's rate limit of 30,000 input tokens per minute (org: 1, model: claude-test)."},"request_id":"req_1"}`
	overloaded  = `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`
	started     = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":30,\"output_tokens\":1}}}\n\n"
	delta       = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"hi\"}}\n\n"
	counted     = "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":20}}\n\n"
	stopped     = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
	failing     = "event: error\ndata: " + overloaded + "\n\n"
)

func reply(status int, contentType, body string, headers ...string) httpmock.Responder {
	r := httpmock.NewStringResponder(status, body)
	h := http.Header{"Content-Type": {contentType}}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return r.HeaderSet(h)
}

func broken(err error) httpmock.Responder {
	return httpmock.NewErrorResponder(&net.OpError{Op: "read", Net: "tcp", Err: err})
}

// failureRow is one thing an attempt can come to.
type failureRow struct {
	name  string
	reply httpmock.Responder
	want  load.Response
	token bool // a first token was seen
}

func failed(status int, errorType string) load.Response {
	return load.Response{Outcome: load.Failed, Status: status, ErrorType: errorType}
}

// answered lists what a service or a proxy can say.
func answered() []failureRow {
	headers := []string{
		"retry-after", "16", "x-should-retry", "true",
		"anthropic-ratelimit-input-tokens-limit", "30000", "anthropic-ratelimit-input-tokens-remaining", "0",
		"anthropic-ratelimit-input-tokens-reset", "2000-01-01T00:01:03Z",
	}
	ok := load.Response{Outcome: load.OK, Status: 200, Usage: load.Tokens{Input: 30, Output: 20}}
	throttled := load.Response{
		Outcome: load.Throttled, Status: 429, Dimension: load.ITPM, ErrorType: "rate_limit_error",
		RetryAfter: 16 * second, HasRetryAfter: true, Advice: load.DoRetry,
	}
	*throttled.Limits.At(load.ITPM) = load.LimitStatus{Known: true, Limit: 30000, Reset: 63 * second}
	half := failed(200, wire.BrokenTruncated)
	half.Usage = load.Tokens{Input: 30, Output: 1}
	late := half
	late.Outcome, late.ErrorType = load.Overloaded, "overloaded_error"
	return []failureRow{
		{"message", reply(200, "application/json", message), ok, true},
		{"stream", reply(200, "text/event-stream; charset=utf-8", started+delta+counted+stopped), ok, true},
		{"429 with headers", reply(429, "application/json", limited, headers...), throttled, false},
		{"529", reply(529, "application/json", overloaded), load.Response{Outcome: load.Overloaded, Status: 529, ErrorType: "overloaded_error"}, false},
		{"500 in words", reply(500, "application/json", strings.Replace(overloaded, "overloaded_error", "api_error", 1)), load.Response{Outcome: load.Overloaded, Status: 500, ErrorType: "api_error"}, false},
		{"500 empty", reply(500, "", ""), failed(500, wire.BrokenEmpty), false},
		{"HTML of a proxy", reply(502, "text/html", "<html><h1>Bad Gateway</h1></html>"), failed(502, wire.BrokenHTML), false},
		{"HTML as a success", reply(200, "text/html", "<!doctype html>"), failed(200, wire.BrokenHTML), false},
		{"malformed JSON", reply(200, "application/json", message[:60]), failed(200, wire.BrokenBody), false},
		{"error in the stream", reply(200, "text/event-stream", started+delta+failing), late, true},
		{"truncated stream", reply(200, "text/event-stream", started+delta), half, true},
		{"huge error page", reply(500, "text/html", "<html>"+strings.Repeat("x", 1<<20)), failed(500, wire.BrokenHTML), false},
	}
}

// unanswered lists what a network can do.
func unanswered() []failureRow {
	return []failureRow{
		{"reset", broken(syscall.ECONNRESET), failed(0, NetworkReset), false},
		{"refused", broken(&os.SyscallError{Syscall: "connect", Err: syscall.ECONNREFUSED}), failed(0, NetworkRefused), false},
		{"closed", broken(io.EOF), failed(0, NetworkClosed), false},
		{"no such host", broken(&net.DNSError{Err: "no such host", Name: "service.test", IsNotFound: true}), failed(0, NetworkDNS), false},
		{"unknown authority", httpmock.NewErrorResponder(x509.UnknownAuthorityError{}), failed(0, NetworkTLS), false},
		{"network timeout", broken(os.ErrDeadlineExceeded), load.Response{Outcome: load.TimedOut, ErrorType: NetworkTimeout}, false},
		{"not HTTP", httpmock.NewErrorResponder(errors.New(`malformed HTTP response "SSH-2.0"`)), failed(0, NetworkProtocol), false},
		{"anything else", httpmock.NewErrorResponder(errors.New("odd")), failed(0, NetworkOther), false},
	}
}

// TestFailures walks through everything an attempt can come to, answer by
// answer.
func TestFailures(t *testing.T) {
	t.Parallel()
	for _, tt := range append(answered(), unanswered()...) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				mock := httpmock.NewMockTransport()
				mock.RegisterResponder(http.MethodPost, messagesURL, tt.reply.Delay(second))
				s := newSession(t, burst(1), second, plain)
				s.Transport = mock
				s.run(t.Context(), t)
				last := s.results[0].Last
				if last.Response != tt.want {
					t.Errorf("response\n got %+v\nwant %+v", last.Response, tt.want)
				}
				if got := last.FirstToken > 0; got != tt.token {
					t.Errorf("first token at %v, want one: %v", last.FirstToken, tt.token)
				}
			})
		})
	}
}

// slowly answers after a wait, or never when the client has gone.
func slowly(wait time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-time.After(wait):
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, message)
		case <-r.Context().Done():
		}
	}
}

// TestTimeLimits: which limit ends an attempt that hangs, and exactly when.
func TestTimeLimits(t *testing.T) {
	t.Parallel()
	trickle := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, piece := range []string{started, delta} {
			_, _ = io.WriteString(w, piece)
			w.(http.Flusher).Flush()
			select {
			case <-time.After(4 * second):
			case <-r.Context().Done():
				return
			}
		}
		<-r.Context().Done()
	}
	tests := []struct {
		name                       string
		handler                    http.HandlerFunc
		deadline, header, idle     time.Duration
		outcome                    load.Outcome
		errorType                  string
		firstToken, done, finished time.Duration
	}{
		{"in time", slowly(3 * second), 5 * second, 4 * second, 0, load.OK, "", 3 * second, 3 * second, 3 * second},
		{"deadline", slowly(time.Hour), 5 * second, 9 * second, 0, load.TimedOut, ClientDeadline, 0, 5 * second, 5 * second},
		{"headers", slowly(time.Hour), 9 * second, 4 * second, 0, load.TimedOut, NetworkHeaders, 0, 4 * second, 4 * second},
		{"default header timeout", slowly(time.Hour), 0, 0, 0, load.TimedOut, NetworkHeaders, 0, DefaultHeaderTimeout, DefaultHeaderTimeout},
		{"stream stands still", trickle, 0, 0, 5 * second, load.TimedOut, NetworkIdle, 4 * second, 9 * second, 9 * second},
		{"deadline in a stream", trickle, 6 * second, 0, 5 * second, load.TimedOut, ClientDeadline, 4 * second, 6 * second, 6 * second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			serve(t, tt.handler, func(t *testing.T, rt *http.Transport) {
				c := burst(1)
				c.Deadline = tt.deadline
				s := newSession(t, c, second, plain)
				s.Transport, s.HeaderTimeout, s.IdleTimeout = rt, tt.header, tt.idle
				s.run(t.Context(), t)
				r := s.results[0]
				if r.Last.Response.Outcome != tt.outcome || r.Last.Response.ErrorType != tt.errorType {
					t.Errorf("got %v %q, want %v %q", r.Last.Response.Outcome, r.Last.Response.ErrorType, tt.outcome, tt.errorType)
				}
				if r.Last.FirstToken != tt.firstToken || r.Last.Done != tt.done || r.Finished != tt.finished {
					t.Errorf("first token %v, done %v, finished %v, want %v, %v, %v", r.Last.FirstToken, r.Last.Done, r.Finished, tt.firstToken, tt.done, tt.finished)
				}
			})
		})
	}
}
