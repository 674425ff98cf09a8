// Package throttle refuses calls on the client's side with a probability that
// follows how many of the last ones the server refused.
//
// A [Throttle] belongs to one goroutine. May change before v1.
package throttle
