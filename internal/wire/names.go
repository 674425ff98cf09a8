package wire

// Header is the part of an HTTP header that decoding needs; http.Header
// satisfies it. Names are passed in canonical form.
type Header interface{ Get(name string) string }

// Header names in the canonical form of net/http, for direct map access.
const (
	HeaderAPIKey       = "X-Api-Key"
	HeaderAuth         = "Authorization"
	HeaderVersion      = "Anthropic-Version"
	HeaderBeta         = "Anthropic-Beta"
	HeaderContentType  = "Content-Type"
	HeaderRequestID    = "Request-Id"
	HeaderOrganization = "Anthropic-Organization-Id"
	HeaderWorkspace    = "Anthropic-Workspace-Id"
	HeaderRetryAfter   = "Retry-After"
	HeaderRetryAfterMS = "Retry-After-Ms"
	HeaderShouldRetry  = "X-Should-Retry"
	HeaderDate         = "Date"

	// Hints of our own client to our own mock; see [AppendTokensHint].
	HeaderHintTokens  = "Ratecliff-Tokens"
	HeaderHintID      = "Ratecliff-Id"
	HeaderHintAttempt = "Ratecliff-Attempt"
	HeaderHintKey     = "Ratecliff-Key"
)

// The two published values of anthropic-version.
const (
	Version2023 = "2023-06-01"
	Version2026 = "2026-10-21"
)

// Content types of the two kinds of answer.
const (
	TypeJSON   = "application/json"
	TypeStream = "text/event-stream; charset=utf-8"
)

// StatusOverloaded is the unregistered HTTP status of an overloaded service.
const StatusOverloaded = 529

// Error types of the API (error.type of a body).
const (
	InvalidRequest      = "invalid_request_error"
	AuthenticationError = "authentication_error"
	BillingError        = "billing_error"
	PermissionError     = "permission_error"
	NotFoundError       = "not_found_error"
	ConflictError       = "conflict_error"
	RequestTooLarge     = "request_too_large"
	RateLimitError      = "rate_limit_error"
	APIError            = "api_error"
	TimeoutError        = "timeout_error"
	OverloadedError     = "overloaded_error"
)

// Error types of our own, for answers that are not the API's: used as
// load.Response.ErrorType. No API type contains a slash.
const (
	BrokenEmpty     = "body/empty"       // no body where one was due
	BrokenHTML      = "body/html"        // a page of some proxy
	BrokenBody      = "body/malformed"   // not JSON, or JSON of another shape
	BrokenTruncated = "stream/truncated" // the stream ended without message_stop
	BrokenEvent     = "stream/malformed" // an event's data is not what its name says
)

// Codes in error.details.error_code of a 429 (claude-api facts, section 12).
const (
	CodeRamp          = "ramp_limit_exceeded"
	CodeSpend         = "enforced_spend_limit_reached"
	CodeContractSpend = "contract_spend_limit_reached"
)

// known lists the strings that decoding hands out without allocating.
var known = [...]string{
	InvalidRequest, AuthenticationError, BillingError, PermissionError, NotFoundError, ConflictError,
	RequestTooLarge, RateLimitError, APIError, TimeoutError, OverloadedError, CodeRamp, CodeSpend, CodeContractSpend,
}

// intern returns b as a string, without allocating for the API's own words.
// Longer than 128 bytes is cut: it is a label, not a text.
func intern(b []byte) string {
	for _, s := range known {
		if string(b) == s {
			return s
		}
	}
	return string(b[:min(len(b), 128)])
}
