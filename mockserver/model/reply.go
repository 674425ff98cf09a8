package model

import (
	"time"

	"ratecliff/load"
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
}

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
}
