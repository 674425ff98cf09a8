// Package engine is a run as a state machine: (now, Event) → []Action.
//
// It decides when each call goes, where, and whether it goes again; a driver
// (engine/sim in virtual time, engine/live over HTTP) feeds it what happens and
// carries out what it decides. It reads no clock, starts no goroutine and does
// no I/O, so the same events give the same actions under either driver. An
// Engine belongs to one goroutine. May change before v1.
package engine
