// Package journal is the evidence a mock leaves: what every client did, one line
// per exchange ([Exchange]), and what was true of the limits, one line per
// decision ([Entry]). Both are NDJSON: one JSON object a line, versioned.
//
// The package holds the types and their encoding only; it does no I/O of its own
// beyond a reader it is given. No line ever holds a prompt, an answer's text or
// an API key. May change before v1.
package journal

// Version of the lines that this package writes. Fields may be added without a
// new version; a changed meaning takes one.
const Version = 1
