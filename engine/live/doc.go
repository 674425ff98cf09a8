// Package live drives a run on the wall clock: the engine's decisions are
// carried out over HTTP against any service that speaks the Messages API.
//
// One goroutine, the owner, holds the engine, the arrivals and the recorder. It
// sleeps until the next instant anything is due or an attempt has ended, feeds
// what happened to the engine and hands attempts to persistent workers. Nothing
// else touches that state, so nothing is locked. May change before v1.
package live
