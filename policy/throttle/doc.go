// Package throttle refuses calls on the client's side with a probability that
// follows how many of the last ones the server refused.
//
// Every attempt is asked for, first ones too. One that is refused is never sent
// and fails with outcome shed and error type throttle; a retry layer makes it
// again only when its list of failures names refused. A throttle bounds what a
// struggling server is sent, not what becomes of the work: against a limit that
// does not go away it turns waiting into failing.
//
// A [Throttle] belongs to one goroutine. May change before v1.
package throttle
