// Package governor paces calls at a rate it learns from the answers.
//
// A [Governor] belongs to one goroutine. May change before v1.
package governor
