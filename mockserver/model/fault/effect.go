package fault

import "time"

// Kind is the kind of an effect.
type Kind string

// The kinds. Those that strike in the middle of a stream do so in the place of
// the event that follows the first After ones, at the latest in the place of
// message_stop; an answer that is not streamed is struck in the middle of its
// body.
const (
	Pass        Kind = "pass"         // the answer as it is, with Delay and Headers
	Error       Kind = "error"        // an error in place of the answer
	StreamError Kind = "stream-error" // an error event after a 200; a request that is not streamed gets Status
	Reset       Kind = "reset"        // the connection is reset ahead of any answer
	ResetBody   Kind = "reset-body"   // the connection is reset within the body
	Truncate    Kind = "truncate"     // the body ends, without message_stop or half way, as if that were all
	Stall       Kind = "stall"        // nothing comes for a while (For); without For the connection breaks after StallLimit
	Slow        Kind = "slow"         // the body takes For longer
	BadChunk    Kind = "bad-chunk"    // the transfer coding is malformed
	Garbage     Kind = "garbage"      // JSON that is none, from there to the end
	Duplicate   Kind = "duplicate"    // Count events come twice; a plain answer stays whole
	Reorder     Kind = "reorder"      // two events change places; a plain answer stays whole
)

// StallLimit is how long a stall without For lasts until the connection is
// reset: the official clients give up a request after as long (SDK sources,
// 2026).
const StallLimit = 10 * time.Minute

// Effect is what becomes of a request. Which fields count depends on the Kind.
type Effect struct {
	// Kind of effect. Required.
	Kind Kind `yaml:"kind" json:"kind"`

	// Status of an error: 200 to 599, but 204 and 304 have no body. Required for
	// kind error. For kind stream-error: what a request gets that is not streamed;
	// 0 means the documented one of Type.
	Status int `yaml:"status,omitempty" json:"status,omitempty"`

	// Type is error.type. Empty means the documented one of the status; for kind
	// stream-error overloaded_error.
	Type string `yaml:"type,omitempty" json:"type,omitempty"`

	// Message is error.message. Empty means the documented one.
	Message string `yaml:"message,omitempty" json:"message,omitempty"`

	// ErrorCode is error.details.error_code. Empty sends no details.
	ErrorCode string `yaml:"error_code,omitempty" json:"error_code,omitempty"`

	// Limit is the limit that a 429 names: rpm, itpm, otpm, concurrency,
	// acceleration or spend. With a Message or Body of your own, say which limit
	// clients will read in it. Empty names none, unless the ErrorCode does.
	Limit string `yaml:"limit,omitempty" json:"limit,omitempty"`

	// Body replaces the error envelope, byte for byte: a page of some gateway.
	Body string `yaml:"body,omitempty" json:"body,omitempty"`

	// RetryAfter is the retry-after header: seconds of the service such as "0",
	// "-5", "1.5" or "171"; "date+30s" or "date-60s", an HTTP date so far from now;
	// any other text as it stands. Empty sends none.
	RetryAfter string `yaml:"retry_after,omitempty" json:"retry_after,omitempty"`

	// RetryAfterMS is the retry-after-ms header, in milliseconds of the service.
	// Empty sends none.
	RetryAfterMS string `yaml:"retry_after_ms,omitempty" json:"retry_after_ms,omitempty"`

	// Headers are set on the answer, in place of its own. An x-should-retry among
	// them counts in virtual time too, any other is for the wire only.
	Headers []Header `yaml:"headers,omitempty" json:"headers,omitempty"`

	// Bare sends no limit headers with an error. Without it a 429 carries the true
	// levels; other errors never carry any.
	Bare bool `yaml:"bare,omitempty" json:"bare,omitempty"`

	// After is how many events of a stream come before it strikes.
	After int64 `yaml:"after,omitempty" json:"after,omitempty"`

	// Count is how many events come twice; 0 means 1.
	Count int64 `yaml:"count,omitempty" json:"count,omitempty"`

	// For is how long a stall lasts or by how much a slow body is longer.
	For time.Duration `yaml:"for,omitempty" json:"for,omitempty"`

	// Delay comes on top of the time until the answer begins.
	Delay time.Duration `yaml:"delay,omitempty" json:"delay,omitempty"`

	// Charge is what the request costs. Empty means nothing for an error below 500
	// and for an overload, the request alone for any other error, everything for
	// an answer that is spoilt.
	Charge Charge `yaml:"charge,omitempty" json:"charge,omitempty"`
}

// Fails says whether an error takes the place of the answer.
func (e *Effect) Fails(stream bool) bool {
	return e.Kind == Error || e.Kind == StreamError && !stream
}

// Costs is what a request with this effect is charged, with the default filled
// in.
func (e *Effect) Costs(stream bool) Charge {
	switch {
	case e.Charge != "":
		return e.Charge
	case !e.Fails(stream):
		return ChargeAll
	case e.StatusCode() < 500 || e.overload():
		return ChargeNothing
	}
	return ChargeRequest
}

// Stops says whether the service stops producing when the effect strikes.
func (e *Effect) Stops() bool {
	switch e.Kind {
	case StreamError, Reset, ResetBody, Truncate, BadChunk:
		return true
	case Pass, Error, Stall, Slow, Garbage, Duplicate, Reorder:
	}
	return false
}

// Doubles is how many events come twice.
func (e *Effect) Doubles() int64 { return max(e.Count, 1) }
