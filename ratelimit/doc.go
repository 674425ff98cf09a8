// Package ratelimit is the limit core: exact, explicit-time limiters and their
// combination over the dimensions of one model pool.
//
// Everything is a function of (state, now, cost). Nothing here reads a clock,
// waits, locks or allocates. An instant is a [time.Duration] since the start of
// the run; an instant before the last one seen is treated as that last one.
// No type here is safe for concurrent use. May change before v1.
package ratelimit
