package wire

import (
	"strings"
	"testing"
	"time"

	"ratecliff/load"
)

// TestCauseOfReportedTexts uses texts that users reported (claude-api facts,
// section 3.1).
func TestCauseOfReportedTexts(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		code, text string
		want       load.Dimension
		limit      int64
	}{
		{"", "This request would exceed your organization's rate limit of 30,000 input tokens per minute (org: 0b1f2c3d, model: claude-x). For details, refer to: https://docs.claude.com/en/api/rate-limits. You can see the response headers for current usage. Please reduce the prompt length or the maximum tokens requested, or try again later.", load.ITPM, 30000},
		{"", "This request would exceed your organization’s rate limit of 80,000 output tokens per minute. For details", load.OTPM, 80000},
		{"", "This request would exceed the rate limit for your organization (0b1f2c3d-aaaa) of 40,000 input tokens per minute. ...", load.ITPM, 40000},
		{"", "This request would exceed your organization's rate limit of 50 requests per minute (org: x, model: y)", load.RPM, 50},
		{"", "rate limit of 2.000.000 input tokens per minute", load.ITPM, 2000000},
		{"", "rate limit of 2 000 000 output tokens per minute", load.OTPM, 2000000},
		{"", "input tokens per minute", load.ITPM, 0},
		{"", "This request would exceed your organization's (0b1f) maximum usage increase rate for input tokens per minute. Please scale up your input tokens usage more gradually to stay within the acceleration limit. ...", load.Acceleration, 0},
		{"", "This request would exceed your organization's maximum usage increase rate for input tokens per minute (org: x, model: y). Your current limit is 58,276 input tokens per minute, and will increase to 68,276 at the next minute boundary.", load.Acceleration, 58276},
		{CodeRamp, "Rate limited", load.Acceleration, 0},
		{"", "Number of concurrent connections has exceeded your rate limit. Please try again later or contact sales at ... to discuss your options for a rate limit increase.", load.Concurrency, 0},
		{"", "You have reached your API usage limits: your organization has crossed its monthly API usage threshold, set based on your organization's API tier. You will regain access on 2026-09-01 at 00:00 UTC.", load.Spend, 0},
		{CodeContractSpend, "input tokens per minute", load.Spend, 0},
		{"", "Number of request tokens has exceeded your per-minute rate limit (...); see the response headers for current usage.", load.NoDimension, 0},
		{"", "This request would exceed your account's rate limit. Please try again later.", load.NoDimension, 0},
		{"", "Rate limited", load.NoDimension, 0},
		{"", "Error", load.NoDimension, 0},
		{"", "", load.NoDimension, 0},
	} {
		if got, limit := Cause(row.code, []byte(row.text)); got != row.want || limit != row.limit {
			t.Errorf("%q %.60q: got %v %d, want %v %d", row.code, row.text, got, limit, row.want, row.limit)
		}
	}
}

func TestRefusalTexts(t *testing.T) {
	t.Parallel()
	r := Refusal{
		Dimension: load.ITPM, Limit: 1234567, Organization: "org-1", Model: "claude-x",
		Until: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC),
	}
	const want = `This request would exceed your organization's rate limit of 1,234,567 input tokens per minute (org: org-1, model: claude-x). For details, refer to: https://docs.claude.com/en/api/rate-limits. You can see the response headers for current usage. Please reduce the prompt length or the maximum tokens requested, or try again later. You may also contact sales at https://claude.com/contact-sales to discuss your options for a rate limit increase.`
	if got := string(r.AppendMessage(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for d := range load.DimensionCount {
		r.Dimension = d
		text := r.AppendMessage(nil)
		got, limit := Cause("", text)
		if got != d {
			t.Errorf("%v reads back as %v: %s", d, got, text)
		}
		if d >= load.RPM && d <= load.OTPM && limit != r.Limit {
			t.Errorf("%v: limit %d", d, limit)
		}
	}
	r.Dimension = load.Spend
	if text := string(r.AppendMessage(nil)); !strings.Contains(text, "on 2026-09-01 at 00:00 UTC.") {
		t.Error(text)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		f    Failure
		want string
	}{
		{Failure{Status: 400, Type: InvalidRequest, Message: `a "b"`, RequestID: "req_1"}, `{"type":"error","error":{"type":"invalid_request_error","message":"a \"b\""},"request_id":"req_1"}`},
		{Failure{Type: RateLimitError, Message: "m", Code: "c"}, `{"type":"error","error":{"type":"rate_limit_error","message":"m","details":{"error_code":"c"}},"request_id":null}`},
		{Failure{Status: 413, Type: RequestTooLarge, Message: "Request exceeds the maximum size", RequestID: "x"}, `{"error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}`},
	} {
		body := AppendFailure(nil, &row.f)
		if string(body) != row.want {
			t.Errorf("got  %s\nwant %s", body, row.want)
		}
		back, ok := DecodeFailure(body)
		if row.f.Status = 0; row.f.Type == RequestTooLarge {
			row.f.RequestID = ""
		}
		if !ok || back != row.f {
			t.Errorf("came back as %+v, %v", back, ok)
		}
	}
	if _, ok := DecodeFailure([]byte("<html>")); ok {
		t.Error("a page was taken for an error")
	}
	f := Failure{Status: 400, Type: InvalidRequest, Message: "m"}
	if f.Error() != "400 invalid_request_error: m" {
		t.Error(f.Error())
	}
}
