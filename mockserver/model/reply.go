package model

import (
	"time"

	"ratecliff/load"
	"ratecliff/mockserver/model/fault"
)

// Request is one request as the service sees it.
type Request struct {
	ID        uint64 // identity for the random draws: equal (ID, Attempt) draw equal latencies
	Attempt   int    // from 1
	Key       int    // which API key, from 0
	Model     string
	Tokens    load.Tokens // true sizes; Output is what would be produced without a limit
	MaxTokens int64
	Stream    bool

	// Endpoint is what is asked for; zero is a message.
	Endpoint Endpoint

	// KeyID names the API key where keys are told apart by more than their index;
	// empty means Key's index in decimal.
	KeyID string

	// Workspace is the workspace asked for by name; empty means that of the key.
	Workspace string

	// Fast asks for fast mode (speed: fast); it takes effect in pools that have it.
	Fast bool

	// StandardOnly asks that no priority commitment be drawn on (service_tier:
	// standard_only).
	StandardOnly bool

	// Enqueue is how many requests a new batch holds; 0 at every other endpoint.
	Enqueue int64

	// Retries is how many tries the client says went before; 0 where it says
	// nothing, or is hinted in Attempt.
	Retries int

	// Print is a fingerprint of what a client without an identity of its own sent.
	// Faults are drawn by it instead of ID and Attempt; 0 is none.
	Print uint64

	// Header is the request's HTTP header, for faults that look at it; nil is none.
	Header fault.HeaderGetter
}

// Endpoint is what a request asks for. The zero Endpoint is a message.
type Endpoint uint8

// The endpoints with limits of their own.
const (
	Messages    Endpoint = iota
	CountTokens          // POST /v1/messages/count_tokens
	Batches              // everything under /v1/messages/batches
)

// Cause tells refusals apart whose dimension does not. The zero Cause is the
// dimension's.
type Cause uint8

// Causes of refusals beside the per-minute limits.
const (
	ByDimension Cause = iota
	DailyTokens       // 429: tokens per day
	SpendCap          // 429: the tier's spend cap
	SpendLimit        // 400: a spend limit that the customer set
	BatchQueue        // 429: too many batched requests wait
	BatchSize         // 400: more requests in a batch than one may hold
)

// Family is a family of limit headers beside the ordinary one. The zero Family
// is none.
type Family uint8

// Families of limit headers.
const (
	NoFamily       Family = iota
	FastFamily            // anthropic-fast-{input,output}-tokens-*
	PriorityFamily        // anthropic-priority-{input,output}-tokens-*
)

// Handle names an admitted request until it is done. The zero Handle names none.
type Handle struct {
	Slot  int32
	Epoch uint32
}

// Reply is the answer as data with a timeline: nothing has been waited for.
type Reply struct {
	Handle     Handle
	Response   load.Response // what the client will see, its Limits as headers would say them
	Limit      int64         // the refusing limit's value per minute; 0 when admitted
	FirstToken time.Duration // instant of the first content; 0 on a refusal
	Done       time.Duration // instant of the last byte
	Impossible bool          // refused, and larger than a bucket: no waiting helps
	Cause      Cause         // what a refusal is for, where the dimension does not say
	Scope      Scope         // whose limit refused
	ScopeName  string        // name of that workspace or key; "" for the organisation
	Next       int64         // acceleration: the allowance from the next minute boundary on

	// Combined is what the tokens-* headers say where a workspace or a key has
	// token limits: the most restrictive of all. Not Known, they say the sum of
	// input and output.
	Combined load.LimitStatus

	// NoCombined leaves the tokens-* headers out although input or output are
	// known.
	NoCombined bool

	// Bare makes a refusal say nothing but "Error".
	Bare bool

	// Family and Special are a second set of limit headers; RPM is never known.
	Family  Family
	Special load.LimitStatuses

	// Fast and Priority say that the answer runs in fast mode, or on the priority
	// commitment.
	Fast, Priority bool

	// Estimated is the input charged at admission, before it was corrected; 0 on a
	// refusal.
	Estimated int64

	// Fault is what goes wrong with the answer.
	Fault Fault
}
