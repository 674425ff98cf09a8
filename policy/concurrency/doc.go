// Package concurrency caps the calls in flight.
//
// A [Cap] belongs to one goroutine. May change before v1.
package concurrency
