// Package model is the service as a pure model: it says what a rate-limited
// Messages API answers to a request, and when.
//
// [Model.Handle] is a function of (state, now, request): the answer comes back as
// data with a timeline and nothing is waited for. An HTTP skin and a simulator
// play the same timeline. The limits behave as documented publicly: token
// buckets per model pool, refilled continuously, with requests, input and output
// combined (all charged or none), of the organisation, the workspace and the key.
// Beside them stand acceleration, concurrency, the day's tokens and money, pools
// of their own for long prompts, fast mode and a priority commitment, and for
// token counting and batches; and other algorithms for other gateways.
//
// The package also holds dated data: limit profiles and prices. It reads no
// clock, starts no goroutine and draws chance only from the seed and the
// identity of the request. May change before v1.
package model
