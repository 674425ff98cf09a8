package load

import "time"

// MaxLayers is the most retry layers one strategy may nest.
const MaxLayers = 4

// RetryState is what one retry layer remembers about one call. It is reset
// when an outer layer starts the inner ones again.
type RetryState struct {
	Failures int           // failures this layer has seen
	Since    time.Duration // instant of the layer's first attempt
	Previous time.Duration // last delay drawn
	Restart  int           // failures when a header last made the delay begin anew; 0 is never
	Level    float64       // of a delay with a memory of its own: its curve at the last delay drawn
	Depth    int           // of a layer that calls itself: how deep, from 0
	Open     uint64        // bit i: the error handling at depth i has yet to run
}

// Call is an arrival on its way through the engine, as policies see it. The
// engine owns it; policies read it during a call into them and keep only the
// pointer, which stays valid until the engine has finished the call.
type Call struct {
	Arrival
	Slot     int32 // index of the call's place in the engine, reused after it ended
	Epoch    uint32
	Copy     int           // 0, or of a further copy that is sent while the first is under way: which, from 1
	Attempts int           // sent so far, by all copies
	Unseen   int           // further requests that a client of others made below those
	Ready    time.Duration // when it last became ready to go
	Target   Target
	Layers   [MaxLayers]RetryState
}

// PermitState says whether a call may go.
type PermitState uint8

// Permit states.
const (
	Granted   PermitState = iota // may go now
	WaitUntil                    // ask again at Permit.At
	WaitEvent                    // ask again when some other call ends
	Refused                      // will not be let through: fail the attempt here
)

// Permit is a gate's answer. The zero value grants.
type Permit struct {
	State PermitState
	At    time.Duration // for WaitUntil: the earliest instant worth asking again
	By    string        // name of the gate that held it, for explanation
}
