package load

import "time"

// Never is an instant that no run reaches.
const Never time.Duration = 1<<63 - 1

// Arrival is one unit of demand, due at an instant whatever the server does.
type Arrival struct {
	ID        uint64        // the same for every strategy: class, user and ordinal; see [ArrivalID]
	Due       time.Duration // since run start
	Class     int           // index into Plan.Classes
	Worker    int           // client process that owns the call, from 0
	User      int           // simulated user or session within the class, from 0
	Turn      int           // turn of the session or loop, from 0
	Priority  Priority
	Tenant    string
	Model     string
	Tokens    Tokens // what the request really costs; Output is what the server will produce
	MaxTokens int64  // the request's max_tokens, at least Tokens.Output
	Stream    bool
	Deadline  time.Duration // how long after Due an answer is still of use; 0 means for ever
}

// Expires is the instant after which an answer is of no use, or Never.
func (a *Arrival) Expires() time.Duration {
	if a.Deadline == 0 {
		return Never
	}
	return a.Due + a.Deadline
}

// ArrivalID packs a class (12 bits), a user (20 bits) and an ordinal (32 bits)
// into the identity of an arrival.
func ArrivalID(class, user, ordinal int) uint64 {
	return uint64(class&0xfff)<<52 | uint64(user&0xfffff)<<32 | uint64(ordinal&0xffffffff)
}
