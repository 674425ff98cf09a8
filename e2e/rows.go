package main

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// form is one way in which a first answer, a 429 unless stated, tells a client
// when to come back; the second answer is a success.
type form struct {
	Name   string
	Told   time.Duration // what is told; negative means nothing usable
	Status int           // 0 is 429
	Header http.Header
	Date   time.Duration // from now, when the header is a date
	Beside time.Duration // what retry-after tells beside retry-after-ms
	At     func(now time.Time, h http.Header)
}

func seconds(name, value string, told time.Duration) form {
	return form{Name: name, Told: told, Header: http.Header{"Retry-After": {value}}}
}

func date(name string, in time.Duration) form {
	return form{Name: name, Told: in, Date: in, At: func(now time.Time, h http.Header) {
		h.Set("Retry-After", now.Add(in).UTC().Format(http.TimeFormat))
	}}
}

// step is the first answer of a form.
func (f *form) step() step {
	status, kind := f.kind()
	return step{Status: status, Type: kind, Header: f.Header, Told: f.At}
}

// kind is the status of the first answer and its error's type.
func (f *form) kind() (int, string) {
	switch f.Status {
	case http.StatusBadRequest:
		return f.Status, "invalid_request_error"
	case 529:
		return f.Status, "overloaded_error"
	}
	return http.StatusTooManyRequests, "rate_limit_error"
}

// forms are the rows of the first table.
func forms() []form {
	const none = -1
	return []form{
		{Name: "missing", Told: none},
		seconds("`retry-after: 0`", "0", none),
		seconds("`retry-after: -5`", "-5", none),
		seconds("`retry-after: 3`", "3", 3*time.Second),
		seconds("`retry-after: 3.5`", "3.5", 3500*time.Millisecond),
		date("an HTTP date 6 s ahead", 6*time.Second),
		date("an HTTP date in the past", -time.Minute),
		seconds("no number at all", "soon", none),
		seconds("`retry-after: 59`", "59", 59*time.Second),
		seconds("`retry-after: 60`", "60", 60*time.Second),
		seconds("`retry-after: 61`", "61", 61*time.Second),
		seconds("`retry-after: 120`", "120", 120*time.Second),
		seconds("`retry-after: 171`", "171", 171*time.Second),
		seconds("`retry-after: 86400`, a day", "86400", 24*time.Hour),
		{Name: "`retry-after-ms: 3300` alone", Told: 3300 * time.Millisecond, Header: http.Header{"Retry-After-Ms": {"3300"}}},
		{Name: "`retry-after-ms: 302539000` alone, 3.5 days", Told: 302539 * time.Second, Header: http.Header{"Retry-After-Ms": {"302539000"}}},
		{Name: "`retry-after-ms: 3300` beside `retry-after: 7`", Told: 3300 * time.Millisecond, Header: http.Header{"Retry-After-Ms": {"3300"}, "Retry-After": {"7"}}, Beside: 7 * time.Second},
		{Name: "`x-should-retry: false` beside `retry-after: 3`", Told: 3 * time.Second, Header: http.Header{"X-Should-Retry": {"false"}, "Retry-After": {"3"}}},
		{Name: "`x-should-retry: true` beside `retry-after: 3` on a 400", Told: 3 * time.Second, Status: http.StatusBadRequest, Header: http.Header{"X-Should-Retry": {"true"}, "Retry-After": {"3"}}},
		{Name: "`retry-after: 3` on a 529", Told: 3 * time.Second, Status: 529, Header: http.Header{"Retry-After": {"3"}}},
	}
}

// end is one way in which every try of a call ends.
type end struct {
	Name   string
	Op     string
	Step   step
	Effect effect // the same as a fault of the mock
}

// ends are the rows of the second table.
func ends() []end {
	return slices.Concat(errorEnds(), brokenEnds())
}

func errorEnds() []end {
	var out []end
	for _, e := range []struct {
		status int
		kind   string
	}{
		{400, "invalid_request_error"},
		{401, "authentication_error"},
		{402, "billing_error"},
		{403, "permission_error"},
		{404, "not_found_error"},
		{408, "timeout_error"},
		{409, "conflict_error"},
		{413, "request_too_large"},
		{429, "rate_limit_error"},
		{500, "api_error"},
		{504, "timeout_error"},
		{529, "overloaded_error"},
	} {
		st := step{Status: e.status, Type: e.kind}
		if e.status == http.StatusRequestEntityTooLarge {
			st.Body = `{"error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}`
		}
		out = append(out, end{fmt.Sprintf("%d `%s`", e.status, e.kind), "message", st, effect{"kind": "error", "status": e.status, "type": e.kind}})
	}
	spent := `{"type":"error","error":{"type":"rate_limit_error","message":"You have reached your API usage limits","details":{"error_code":"enforced_spend_limit_reached"}},"request_id":"req_spent"}`
	html := "<html><body><h1>502 Bad Gateway</h1></body></html>"
	return append(out,
		end{"429, `enforced_spend_limit_reached`", "message", step{Status: 429, Body: spent}, effect{
			"kind": "error", "status": 429, "error_code": "enforced_spend_limit_reached",
		}},
		end{"502 with a page of HTML", "message", step{Status: 502, Body: html, Header: http.Header{"Content-Type": {"text/html"}}}, effect{
			"kind": "error", "status": 502, "body": html, "headers": []header{{"content-type", "text/html"}},
		}},
		end{"529 to a stream", "stream", step{Status: 529, Type: "overloaded_error"}, effect{"kind": "error", "status": 529}},
	)
}

func brokenEnds() []end {
	begun := events(pieces[:4]...)
	raw := "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nRequest-Id: req_raw\r\nTransfer-Encoding: chunked\r\n\r\n" +
		fmt.Sprintf("%x\r\n%s\r\n", len(begun), begun)
	return []end{
		{"connection reset", "message", step{Reset: true}, effect{"kind": "reset"}},
		{"200 with half a message", "message", step{Body: message[:60]}, effect{"kind": "truncate"}},
		{"stream: `error` first", "stream", step{SSE: events(overloadedEvent)}, effect{"kind": "stream-error"}},
		{"stream: `error` after text", "stream", step{SSE: events(append(pieces[:4:4], overloadedEvent)...)}, effect{"kind": "stream-error", "after": 4}},
		{"stream: ends without `message_stop`", "stream", step{SSE: begun}, effect{"kind": "truncate", "after": 4}},
		{"stream: connection reset", "stream", step{Raw: raw, Reset: true}, effect{"kind": "reset-body", "after": 4}},
		{"stream: malformed chunk", "stream", step{Raw: raw + "not a size\r\n"}, effect{"kind": "bad-chunk", "after": 4}},
		{"stream: an event is not JSON", "stream", step{SSE: begun + "event: content_block_delta\ndata: {\"type\":\"content_bl\n\n"}, effect{"kind": "garbage", "after": 4}},
	}
}
