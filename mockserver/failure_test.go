package mockserver

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ratecliff/internal/wire"
	"ratecliff/load"
	"ratecliff/mockserver/model"
)

// played plays a reply that no request has to have led to.
func played(t *testing.T, stream bool, resp load.Response) *httptest.ResponseRecorder {
	t.Helper()
	s, err := New(Config{Now: func() time.Time { return time.Date(2026, 8, 15, 0, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	x := &exchange{req: model.Request{Model: "claude-x", Stream: stream}, reply: model.Reply{Response: resp, Limit: 1500}}
	x.begin(0, 1)
	w := httptest.NewRecorder()
	s.play(w, httptest.NewRequest(http.MethodPost, "/v1/messages", nil), x)
	return w
}

func TestEveryErrorOfTheModelIsWorded(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		resp    load.Response
		status  int
		message string
	}{
		{load.Response{Outcome: load.Throttled, Status: 429, ErrorType: wire.RateLimitError, Dimension: load.RPM}, 429, "rate limit of 1,500 requests per minute"},
		{load.Response{Outcome: load.Throttled, Status: 429, ErrorType: wire.RateLimitError, Dimension: load.Concurrency}, 429, "concurrent connections"},
		{load.Response{Outcome: load.Throttled, Status: 429, ErrorType: wire.RateLimitError, Dimension: load.Spend, ErrorCode: wire.CodeSpend, Advice: load.DoNotRetry}, 429, "regain access on 2026-09-01 at"},
		{load.Response{Outcome: load.Overloaded, Status: 529, ErrorType: wire.OverloadedError}, 529, "Overloaded"},
		{load.Response{Outcome: load.Overloaded, Status: 500, ErrorType: wire.APIError}, 500, "Overloaded"},
		{load.Response{Outcome: load.Failed, Status: 500, ErrorType: wire.APIError}, 500, "Internal server error"},
		{load.Response{Outcome: load.Failed, Status: 404, ErrorType: wire.NotFoundError}, 404, "model: claude-x"},
		{load.Response{Outcome: load.Failed, Status: 504, ErrorType: wire.TimeoutError}, 504, "Request timed out"},
		{load.Response{Outcome: load.Failed, ErrorType: wire.APIError}, 500, "Internal server error"},
	} {
		w := played(t, true, row.resp)
		failure, ok := wire.DecodeFailure(w.Body.Bytes())
		if !ok || w.Code != row.status || !strings.Contains(failure.Message, row.message) || failure.Type != row.resp.ErrorType || failure.Code != row.resp.ErrorCode {
			t.Errorf("%+v: %d %s", row.resp, w.Code, w.Body)
		}
		if row.resp.Status == 0 {
			continue
		}
		var got load.Response // what a client makes of it
		wire.Timebase{}.Headers(0, &got, w.Code, w.Header())
		if wire.Body(&got, w.Body.Bytes()); got != row.resp {
			t.Errorf("understood as %+v, want %+v", got, row.resp)
		}
	}
}

func TestAnErrorAfterTheHead(t *testing.T) {
	t.Parallel()
	w := played(t, true, load.Response{Outcome: load.Overloaded, Status: 200, ErrorType: wire.OverloadedError})
	text := w.Body.String()
	if w.Code != 200 || !strings.HasPrefix(text, "event: message_start\n") || strings.Contains(text, "message_stop") || strings.Contains(text, "content_block_delta") {
		t.Errorf("%d %s", w.Code, text)
	}
	if !strings.Contains(text, "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}") {
		t.Errorf("%s", text)
	}
}

func TestSharesAddUp(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{0, 1, 7, 1 << 40, 1<<62 + 5} {
		var sum int64
		for k := range int64(13) {
			sum += share(n, k+1, 13) - share(n, k, 13)
		}
		if sum != n {
			t.Errorf("%d in 13 shares adds up to %d", n, sum)
		}
	}
}
