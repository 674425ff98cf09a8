// Package load holds the nouns that every other package speaks: arrivals,
// attempts, results, tokens, and the pure iterators that produce arrivals.
//
// It imports only the standard library, reads no clock, starts no goroutine and
// draws chance only from seeded sources. All instants are a [time.Duration]
// since the start of the run. May change before v1.
package load
