// Package wire is the Messages API as bytes: JSON bodies, server-sent events,
// errors and limit headers, written and read in one place for the client and
// for the mock.
//
// It is pure: bytes in, bytes out, no clock, no socket, no net/http. Instants
// are durations since the start of a run; a [Timebase] says how they map onto
// the dates and waits on the wire. Decoding tolerates what it does not know,
// because the API promises to add more; what cannot be read becomes a
// [load.Response] with one of the Broken error types, never a panic.
package wire
