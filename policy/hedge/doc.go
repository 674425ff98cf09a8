// Package hedge sends a call a second time when its answer is late, and takes
// whichever comes first: Dean and Barroso, The Tail at Scale, Communications of
// the ACM 56 (2013), which holds back the second request until the first has been
// out for longer than 95 % of its class take, so that it costs about 5 % more
// requests.
//
// Where tokens are what is scarce a copy is dear: it is charged in full, and what
// the loser had produced is billed though nobody reads it. So a hedge here is
// capped to a share of the attempts and forbidden while any bucket runs low.
//
// A [Hedge] belongs to one goroutine. May change before v1.
package hedge
