// Package library runs client libraries of others as subjects: cenkalti/backoff
// v5.0.3, hashicorp/go-retryablehttp v0.7.8, aws-sdk-go-v2 v1.47.7, failsafe-go
// v0.9.8 and sony/gobreaker v2.4.0, unchanged and with the settings they ship.
//
// They come in three kinds. A delay function is asked for its wait: it becomes a
// retry layer of the engine and runs in virtual time as on the wall clock. A gate
// reads the wall clock and becomes a gate of the engine. An executor makes its
// requests itself and sleeps on real timers: it is put around the transport of
// a live run, which counts what is sent below it.
//
// What a library leaves to its user is decided here and said at each adapter. A
// call that a gate of the strategy's own refused is not a failure of the service,
// and none of the libraries hears of it.
//
// Nothing here is safe for concurrent use, but for what [Transport] returns. May
// change before v1.
package library
