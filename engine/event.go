package engine

import (
	"time"

	"ratecliff/load"
)

// EventKind names what happened.
type EventKind uint8

// Event kinds.
const (
	Arrive EventKind = iota // an arrival is due
	Answer                  // an attempt ended
	Wake                    // an instant the engine asked for has come
	Stop                    // the run is over: nothing more is sent, nobody waits longer
)

// Ref names a call across the border to a driver. A driver hands it back
// unchanged. The zero Ref of a Wake names a lane of the engine, not a call.
type Ref struct {
	Slot  int32
	Epoch uint32
}

// Event is what a driver tells the engine.
type Event struct {
	Kind    EventKind
	Arrival *load.Arrival // Arrive: copied by the engine
	Ref     Ref           // Answer, Wake
	Attempt *load.Attempt // Answer: copied by the engine; N, Target and Scheduled are the engine's to fill
}

// ActionKind names what is to be done.
type ActionKind uint8

// Action kinds.
const (
	Send      ActionKind = iota // start an attempt of Call now; give up on it at At
	WakeAt                      // come back at At with Ref
	Attempted                   // for the record: Attempt of Call ended
	Finished                    // for the record: Result is final
	Cancel                      // give up the attempt under way of Ref; its Answer says what it is known to have cost
)

// Action is what the engine wants done. Pointers are valid until the next Step,
// except Call of a Send, which stays valid until its Answer has been given. A
// further copy of a call has a Call and a Ref of its own, but no Result.
type Action struct {
	Kind    ActionKind
	Ref     Ref
	At      time.Duration // WakeAt: when; Send: the attempt's time limit, or load.Never
	Call    *load.Call
	Attempt *load.Attempt
	Result  *load.Result
}
