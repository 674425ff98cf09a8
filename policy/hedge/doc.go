// Package hedge sends a call a second time when its answer is late.
//
// A [Hedge] belongs to one goroutine. May change before v1.
package hedge
