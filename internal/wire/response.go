package wire

import (
	"bytes"
	"time"

	"ratecliff/load"
)

// IsStream reports whether the answer's content type is an event stream.
func IsStream(h Header) bool {
	const stream = "text/event-stream"
	value := h.Get(HeaderContentType)
	return len(value) >= len(stream) && value[:len(stream)] == stream
}

// Headers fills r with what the status line and the headers say: Status,
// Limits, Advice and the wait. now is the instant the answer came. retry-after
// is taken on refusals and errors only; recordings show it on some 200 answers,
// where it means nothing (claude-api facts, section 0). Body or [Stream.Finish]
// must follow to settle the outcome.
func (t Timebase) Headers(now time.Duration, r *load.Response, status int, h Header) {
	*r = load.Response{Status: status, Limits: t.ReadLimits(h), Advice: ReadAdvice(h)}
	if status >= 300 {
		r.RetryAfter, r.HasRetryAfter = t.ReadRetryAfter(now, h)
		r.DateForm = r.HasRetryAfter && isDateForm(h)
	}
}

// Body settles the outcome of an answer that is not a stream, from r.Status and
// the body as far as it was read. On success r.Usage is set, otherwise
// ErrorType, ErrorCode and, on a 429, Dimension. A 200 that is not a message is
// Failed.
func Body(r *load.Response, body []byte) {
	var e envelope
	valid := e.decode(body)
	switch {
	case r.Status == 200 && valid && e.hasUsage && !e.hasError:
		r.Outcome = load.OK
		e.usage.onto(&r.Usage)
	case valid && e.hasError:
		failed(r, &e)
	default:
		r.Outcome = outcomeOf(r.Status, "", nil)
		r.ErrorType = broken(body)
	}
}

// failed fills in an error that the API worded.
func failed(r *load.Response, e *envelope) {
	r.ErrorType, r.ErrorCode = intern(e.errType), intern(e.errCode)
	r.Outcome = outcomeOf(r.Status, r.ErrorType, e.errMessage)
	if r.Outcome == load.Throttled {
		r.Dimension, _ = Cause(r.ErrorCode, e.errMessage)
	}
}

// outcomeOf classifies an error. The status decides; after a 200, in a stream,
// the type does. An overload may also come as a 500 whose message says so
// (claude-api facts, section 0).
func outcomeOf(status int, errType string, message []byte) load.Outcome {
	switch status {
	case 429:
		return load.Throttled
	case StatusOverloaded:
		return load.Overloaded
	case 500:
		if string(message) == "Overloaded" {
			return load.Overloaded
		}
	case 200:
		switch errType {
		case RateLimitError:
			return load.Throttled
		case OverloadedError:
			return load.Overloaded
		}
	}
	return load.Failed
}

// broken names what a body is that the API did not write.
func broken(body []byte) string {
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0:
		return BrokenEmpty
	case body[0] == '<':
		return BrokenHTML
	}
	return BrokenBody
}
