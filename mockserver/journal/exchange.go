package journal

import (
	"time"

	"ratecliff/load"
)

// Decision says how far a request came.
type Decision string

// The decisions.
const (
	Admitted Decision = "admitted" // past every limit; an answer was begun, though a fault may have spoilt it
	Refused  Decision = "refused"  // a limit said no
	Failed   Decision = "failed"   // an error of the service, before or beside the limits
	Rejected Decision = "rejected" // not a request that the service takes: it reached no limit
	Served   Decision = "served"   // an endpoint that no limit watches
)

// Link says by what an exchange was found to repeat an earlier one.
type Link string

// The links, the surest first. The empty Link is none.
const (
	ByNonce Link = "nonce" // equal ratecliff-id header
	ByCount Link = "count" // equal key and body, and x-stainless-retry-count one higher
	ByBody  Link = "body"  // equal key and body as an exchange that had failed; a guess where clients repeat themselves
)

// Exchange is one HTTP exchange as the mock saw it. Instants count from the start
// of the mock, in time of the service (which a compressed mock runs faster than
// the wall). Lines are written in the order in which exchanges end; Seq is the
// order in which they arrived.
type Exchange struct {
	V         int           `json:"v"`                    // [Version]
	Seq       uint64        `json:"seq"`                  // from 1
	At        time.Duration `json:"at_ns"`                // the request's head had arrived
	Decided   time.Duration `json:"decided_ns,omitempty"` // a limit decided; 0 for what reached none
	Done      time.Duration `json:"done_ns"`              // the last byte was handed over, or the client went away
	Date      time.Time     `json:"date"`                 // At on the wall, UTC
	RequestID string        `json:"request_id"`

	Key       string `json:"key,omitempty"`       // see [KeyHash]; "" without a key
	Workspace string `json:"workspace,omitempty"` // "" for the default one
	Agent     string `json:"agent,omitempty"`     // user-agent, cut to [MaxText] bytes
	Version   string `json:"version,omitempty"`   // anthropic-version, cut likewise

	Method    string      `json:"method"`
	Endpoint  string      `json:"endpoint"`        // "messages", "count_tokens", "batches", "models", "rate_limits", "other"
	Model     string      `json:"model,omitempty"` // cut to [MaxText] bytes
	Stream    bool        `json:"stream,omitempty"`
	BodyBytes int64       `json:"body_bytes"`          // of the request
	Tokens    load.Tokens `json:"tokens"`              // as charged: an estimate or a hint; output as produced or to be produced
	MaxTokens int64       `json:"max_tokens,omitzero"` // 0 when not given

	Decision   Decision `json:"decision"`
	Dimension  string   `json:"dimension,omitempty"`  // that refused, such as "itpm"
	Cause      string   `json:"cause,omitempty"`      // of a refusal, where no dimension says it: "daily_tokens", "spend_cap", "spend_limit", "batch_queue", "batch_size"
	Scope      string   `json:"scope,omitempty"`      // whose limit refused: "workspace", "key", or "" for the organisation
	Owner      string   `json:"owner,omitempty"`      // name of that workspace, [KeyHash] of that key
	Limit      int64    `json:"limit,omitzero"`       // that refused, per minute
	Impossible bool     `json:"impossible,omitempty"` // larger than a bucket: no waiting helps
	Levels     []Level  `json:"levels,omitempty"`     // of every bucket the request met

	Status    int      `json:"status"`               // as sent; 0 when the client got none
	ErrorType string   `json:"error_type,omitempty"` // of the answer or of the stream's error event
	ErrorCode string   `json:"error_code,omitempty"`
	Fault     string   `json:"fault,omitempty"`   // what was done to the exchange on purpose
	Headers   []Header `json:"headers,omitempty"` // sent, those that speak of limits and retries, by name
	Bytes     int64    `json:"bytes"`             // of the answer's body
	HungUp    bool     `json:"hung_up,omitempty"` // the client went away before the end

	RetryCount *int   `json:"retry_count,omitempty"` // x-stainless-retry-count; absent without the header
	Nonce      string `json:"nonce,omitempty"`       // ratecliff-id, cut to [MaxText] bytes
	Retries    uint64 `json:"retries,omitzero"`      // Seq of the exchange this one repeats; 0 for none
	LinkedBy   Link   `json:"linked_by,omitempty"`
}

// Duration is how long the exchange took, in time of the service.
func (x *Exchange) Duration() time.Duration { return x.Done - x.At }

// MaxText is the most bytes kept of a text that the client chose.
const MaxText = 128

// Level is what a decision did to one bucket, in tokens or requests; below 0 is
// debt.
type Level struct {
	Scope     string  `json:"scope,omitempty"` // whose bucket: "workspace", "key", or "" for the organisation
	Owner     string  `json:"owner,omitempty"` // name of that workspace, [KeyHash] of that key
	Pool      string  `json:"pool"`
	Dimension string  `json:"dimension"`
	Capacity  int64   `json:"capacity"`
	Before    float64 `json:"before"`
	After     float64 `json:"after"`
}

// Header is one header of an answer.
type Header struct {
	Name  string `json:"name"` // lower case
	Value string `json:"value"`
}
