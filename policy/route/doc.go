// Package route chooses where a call goes: which API key, and which model of a
// fallback chain.
//
// A [Router] belongs to one goroutine. May change before v1.
package route

const maxKeys = 1024
