package journal

import "time"

// Event says why a ledger entry was made.
type Event string

// The events.
const (
	Start  Event = "start"  // the mock began; every bucket
	Admit  Event = "admit"  // a request was let in; the buckets it met
	Refuse Event = "refuse" // a limit said no; the buckets it met
	Fail   Event = "fail"   // an error of the service; the buckets it met
	Cancel Event = "cancel" // a client went away; the buckets its answer used
	Reload Event = "reload" // limits or faults were changed; every bucket
	Reset  Event = "reset"  // everything was put back to the start; every bucket
)

// Entry is one line of the truth ledger: the exact state of buckets after an
// event. N has no gaps, so that a lost line shows.
type Entry struct {
	V         int           `json:"v"` // [Version]
	N         uint64        `json:"n"` // from 1
	At        time.Duration `json:"at_ns"`
	Event     Event         `json:"event"`
	Seq       uint64        `json:"seq,omitzero"`        // the exchange; 0 where it is about none
	Dimension string        `json:"dimension,omitempty"` // that refused
	Scope     string        `json:"scope,omitempty"`     // whose limit refused
	Balances  []Balance     `json:"balances"`
}

// Balance is the exact state of one bucket. Units are 1/60e9 of a token or
// request, so that a limit per minute refills a whole number of them per
// nanosecond; below 0 is debt.
type Balance struct {
	Scope     string        `json:"scope,omitempty"` // whose bucket: "workspace", "key", or "" for the organisation
	Owner     string        `json:"owner,omitempty"` // name of that workspace, [KeyHash] of that key
	Key       int           `json:"key,omitzero"`    // number of the API key that owns it; 0 where keys share
	Pool      string        `json:"pool"`
	Dimension string        `json:"dimension"`
	Limit     int64         `json:"limit"`    // per minute
	Capacity  int64         `json:"capacity"` // tokens or requests
	Before    int64         `json:"before"`   // units before the event; equal to After where it took nothing
	After     int64         `json:"after"`    // units after it
	FullAt    time.Duration `json:"full_at_ns"`
}
