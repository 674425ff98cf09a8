// Package retry decides whether a failed attempt is made again, and after how
// long. One [Layer] is one retry loop; loops nest, as an SDK's own inside an
// application's.
//
// What a layer knows of a call is in the load.RetryState it is handed. What it
// knows of all of them, a budget or its own backlog, is in its [Account], which
// is a gate of the same client process. It reads no clock and does not sleep. That a
// wait would outlast the call's deadline is for the engine to see, which knows
// when the call expires. May change before v1.
package retry
