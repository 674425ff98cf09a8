package wire

import (
	"testing"
	"time"

	"ratecliff/load"
)

// headers is a Header whose names are canonical.
type headers map[string]string

func (h headers) Get(name string) string { return h[name] }

// recorded is the shape of a stream recorded 2025-09-13, with its padding and
// the space in ping (claude-api facts, section 4.2), not written by us.
const recorded = `event: message_start
data: {"type":"message_start","message":{"id":"msg_01XYZ","type":"message","role":"assistant","model":"claude-x","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":11,"cache_creation_input_tokens":7,"cache_read_input_tokens":3,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":1,"service_tier":"standard"}}       }

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}             }

event: ping
data: {"type": "ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}        }

event: content_block_stop
data: {"type":"content_block_stop","index":0     }

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":11,"cache_creation_input_tokens":7,"cache_read_input_tokens":3,"output_tokens":6}            }

event: message_stop
data: {"type":"message_stop"   }

`

// follow plays a transcript into a Stream and settles the outcome.
func follow(t *testing.T, transcript string) (load.Response, Stream, []EventKind) {
	t.Helper()
	var p Parser
	var s Stream
	var kinds []EventKind
	p.Feed([]byte(transcript))
	for {
		ev, ok, err := p.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		kinds = append(kinds, s.Observe(ev))
	}
	r := load.Response{Status: 200}
	s.Finish(&r)
	return r, s, kinds
}

func event(name, data string) string { return "event: " + name + "\ndata: " + data + "\n\n" }

func TestRecordedStreams(t *testing.T) {
	t.Parallel()
	full := load.Tokens{Input: 11, CacheWrite: 7, CacheRead: 3, Output: 6}
	early := full
	early.Output = 1
	start := recorded[:len(`event: message_start`)+1]
	for i := range recorded {
		if recorded[i:i+2] == "\n\n" {
			start = recorded[:i+2]
			break
		}
	}
	for _, row := range []struct {
		name, in string
		want     load.Response
	}{
		{"complete", recorded, load.Response{Outcome: load.OK, Usage: full}},
		{
			"usage of mid 2025: only the output, twice, the last wins",
			start + event("message_delta", `{"type":"message_delta","delta":{},"usage":{"output_tokens":40}}`) +
				event("message_delta", `{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9, "input_tokens":null} }`) +
				event("message_stop", `{"type":"message_stop"}`),
			load.Response{Outcome: load.OK, Usage: load.Tokens{Input: 11, CacheWrite: 7, CacheRead: 3, Output: 9}},
		},
		{
			"unknown events, a delta of another kind", start + event("vibe_check", `{"type":"vibe_check"`) +
				event("content_block_delta", `{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"x"}}`) +
				event("message_stop", `{"type":"message_stop"}`),
			load.Response{Outcome: load.OK, Usage: early},
		},
		{"cut without message_stop", start, load.Response{Outcome: load.Failed, ErrorType: BrokenTruncated, Usage: early}},
		{"nothing at all", "", load.Response{Outcome: load.Failed, ErrorType: BrokenTruncated}},
		{
			"only an overload, 2026-08-12",
			event("error", `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`),
			load.Response{Outcome: load.Overloaded, ErrorType: OverloadedError},
		},
		{
			"an error after content, with details and request id",
			start + event("error", `{"type":"error","error":{"type":"api_error","message":"Internal server error","details":{"error_code":"x_y"}},"request_id":"req_1"}   `),
			load.Response{Outcome: load.Failed, ErrorType: APIError, ErrorCode: "x_y", Usage: early},
		},
		{
			"a rate limit after 200",
			event("error", `{"type":"error","error":{"type":"rate_limit_error","message":"... rate limit of 30,000 output tokens per minute"}}`),
			load.Response{Outcome: load.Throttled, ErrorType: RateLimitError, Dimension: load.OTPM},
		},
		{"an error without an error", event("error", `{"type":"error"}`), load.Response{Outcome: load.Failed, ErrorType: BrokenEvent}},
		{
			"garbage in message_delta", start + event("message_delta", `{"type":`) + event("message_stop", `{}`),
			load.Response{Outcome: load.Failed, ErrorType: BrokenEvent, Usage: early},
		},
		{
			"names dropped by a proxy", "data: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":5}}}\n\ndata: {\"type\": \"ping\"}\n\n" +
				"data: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":2}}\n\ndata: {\"type\":\"message_stop\"}\n\n",
			load.Response{Outcome: load.OK, Usage: load.Tokens{Input: 5, Output: 2}},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.want.Status = 200
			if got, _, _ := follow(t, row.in); got != row.want {
				t.Errorf("got  %+v\nwant %+v", got, row.want)
			}
		})
	}
}

func TestRecordedStreamKinds(t *testing.T) {
	t.Parallel()
	_, s, kinds := follow(t, recorded)
	want := []EventKind{StartEvent, OtherEvent, PingEvent, ContentEvent, OtherEvent, DeltaEvent, StopEvent}
	for i := range want {
		if len(kinds) != len(want) || kinds[i] != want[i] {
			t.Fatalf("kinds %v, want %v", kinds, want)
		}
	}
	if s.Pings != 1 || s.Contents != 1 || !s.Complete() {
		t.Errorf("%d pings, %d contents, complete %v", s.Pings, s.Contents, s.Complete())
	}
}

// TestRecordedRefusal is the 429 of 2025-06-02 (claude-api facts, section 2.3).
func TestRecordedRefusal(t *testing.T) {
	t.Parallel()
	start := time.Date(2025, 6, 2, 15, 14, 0, 0, time.UTC)
	h := headers{
		"X-Should-Retry": "true", "Retry-After": "16",
		"Anthropic-Ratelimit-Input-Tokens-Limit": "200000", "Anthropic-Ratelimit-Input-Tokens-Remaining": "0",
		"Anthropic-Ratelimit-Input-Tokens-Reset":  "2025-06-02T15:15:48Z",
		"Anthropic-Ratelimit-Output-Tokens-Limit": "80000", "Anthropic-Ratelimit-Output-Tokens-Remaining": "80000",
		"Anthropic-Ratelimit-Output-Tokens-Reset": "2025-06-02T15:14:45Z",
		"Anthropic-Ratelimit-Requests-Limit":      "4000", "Anthropic-Ratelimit-Requests-Remaining": "4000",
		"Anthropic-Ratelimit-Requests-Reset": "2025-06-02T15:14:45Z",
		"Anthropic-Ratelimit-Tokens-Limit":   "280000", "Anthropic-Ratelimit-Tokens-Remaining": "80000",
		"Anthropic-Ratelimit-Tokens-Reset": "2025-06-02T15:14:45Z",
	}
	body := `{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed the rate limit for your organization (0b1f) of 200,000 input tokens per minute. For details, refer to: https://docs.anthropic.com"}}`
	var got load.Response
	Timebase{Start: start}.Headers(45*time.Second, &got, 429, h)
	Body(&got, []byte(body))
	want := load.Response{
		Outcome: load.Throttled, Status: 429, Dimension: load.ITPM, ErrorType: RateLimitError,
		RetryAfter: 16 * time.Second, HasRetryAfter: true, Advice: load.DoRetry,
		Limits: load.LimitStatuses{
			{Known: true, Limit: 4000, Remaining: 4000, Reset: 45 * time.Second},
			{Known: true, Limit: 200000, Remaining: 0, Reset: 108 * time.Second},
			{Known: true, Limit: 80000, Remaining: 80000, Reset: 45 * time.Second},
		},
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	values := Timebase{Start: start}.LimitValues(&want.Limits, Combined(&want.Limits))
	for i, value := range values {
		if value != h[LimitName(i)] {
			t.Errorf("%s is written %q, recorded %q", LimitName(i), value, h[LimitName(i)])
		}
	}
}

const message = `{"model":"claude-x","id":"msg_01AbCdEfGhIjKlMnOpQrStUv","type":"message","role":"assistant","content":[{"type":"text","text":"usage: \"output_tokens\":5 was {never} meant"}],"stop_reason":"end_turn","stop_sequence":null,"stop_details":null,"usage":{"input_tokens":2095,"cache_creation_input_tokens":100,"cache_read_input_tokens":4000,"cache_creation":{"ephemeral_5m_input_tokens":100,"ephemeral_1h_input_tokens":0},"output_tokens":503,"output_tokens_details":{"thinking_tokens":7},"server_tool_use":null,"service_tier":"standard","inference_geo":"not_available"}}`

func TestBodies(t *testing.T) {
	t.Parallel()
	envelope := func(kind, text string) string {
		return `{"type":"error","error":{"type":"` + kind + `","message":"` + text + `"},"request_id":null}`
	}
	for _, row := range []struct {
		name   string
		status int
		body   string
		want   load.Response
	}{
		{"message", 200, message, load.Response{Outcome: load.OK, Usage: load.Tokens{Input: 2095, CacheWrite: 100, CacheRead: 4000, Output: 503}}},
		{"message without usage", 200, `{"type":"message"}`, load.Response{Outcome: load.Failed, ErrorType: BrokenBody}},
		{"page", 200, "<html>hello</html>", load.Response{Outcome: load.Failed, ErrorType: BrokenHTML}},
		{"cut message", 200, message[:400], load.Response{Outcome: load.Failed, ErrorType: BrokenBody}},
		{"413 without envelope", 413, `{"error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}`, load.Response{Outcome: load.Failed, ErrorType: RequestTooLarge}},
		{"bad gateway page", 502, "\n<!DOCTYPE html><html>", load.Response{Outcome: load.Failed, ErrorType: BrokenHTML}},
		{"429 page", 429, "<html>", load.Response{Outcome: load.Throttled, ErrorType: BrokenHTML}},
		{"429 empty", 429, "", load.Response{Outcome: load.Throttled, ErrorType: BrokenEmpty}},
		{"bare 429", 429, envelope("rate_limit_error", "Error"), load.Response{Outcome: load.Throttled, ErrorType: RateLimitError}},
		{"529", 529, envelope("overloaded_error", "Overloaded"), load.Response{Outcome: load.Overloaded, ErrorType: OverloadedError}},
		{"overload as 500", 500, envelope("api_error", "Overloaded"), load.Response{Outcome: load.Overloaded, ErrorType: APIError}},
		{"500", 500, envelope("api_error", "Internal server error"), load.Response{Outcome: load.Failed, ErrorType: APIError}},
		{"529 empty", 529, "", load.Response{Outcome: load.Overloaded, ErrorType: BrokenEmpty}},
		{"unknown type", 418, envelope("teapot_error", "short"), load.Response{Outcome: load.Failed, ErrorType: "teapot_error"}},
		{"error is a string", 500, `{"error":"boom"}`, load.Response{Outcome: load.Failed, ErrorType: BrokenBody}},
		{
			"spend", 429, `{"type":"error","error":{"type":"rate_limit_error","message":"You have reached your API usage limits: ...","details":{"error_code":"enforced_spend_limit_reached"}},"request_id":"req_1"}`,
			load.Response{Outcome: load.Throttled, ErrorType: RateLimitError, ErrorCode: CodeSpend, Dimension: load.Spend},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got := load.Response{Status: row.status}
			row.want.Status = row.status
			if Body(&got, []byte(row.body)); got != row.want {
				t.Errorf("got  %+v\nwant %+v", got, row.want)
			}
		})
	}
}

func TestRetryAfterOnSuccessMeansNothing(t *testing.T) {
	t.Parallel()
	var r load.Response
	Timebase{}.Headers(0, &r, 200, headers{"Retry-After": "59"}) // recorded 2025-11-23
	if r.HasRetryAfter || r.RetryAfter != 0 {
		t.Errorf("%+v", r)
	}
}

func BenchmarkBody(b *testing.B) {
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	body := []byte(message)
	for b.Loop() {
		r := load.Response{Status: 200}
		if Body(&r, body); r.Usage.Output != 503 {
			b.Fatal(r)
		}
	}
}
