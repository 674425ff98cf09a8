package engine

import (
	"math/rand/v2"
	"time"

	"ratecliff/load"
)

// Queue orders the calls that are ready to go. Three methods, because a call
// that is held by a gate must stay in the order and let a more urgent one pass:
// looking and taking are two steps.
type Queue interface {
	// Push adds a call; a bounded queue returns the call it shed, which may be
	// the one pushed, or nil.
	Push(now time.Duration, c *load.Call) (shed *load.Call)
	// Peek is the call that goes next, or nil. It changes nothing.
	Peek(now time.Duration) *load.Call
	// Remove takes out a call that was pushed.
	Remove(c *load.Call)
}

// Gate says whether a call may go. Three methods, because several gates grant
// all together or not at all.
type Gate interface {
	// Ready says whether c may go now. It changes nothing.
	Ready(now time.Duration, c *load.Call) load.Permit
	// Take takes the permit; every gate of the stack has just granted it.
	Take(now time.Duration, c *load.Call)
	// Done gives the permit back and settles what it really cost. For a gate
	// held per call, a is the last attempt.
	Done(now time.Duration, c *load.Call, a *load.Attempt)
}

// Router says where a call goes.
type Router interface {
	// Pick chooses key and model, or says when to ask again. It changes nothing
	// but the router's own turn.
	Pick(now time.Duration, c *load.Call, rng *rand.Rand) (load.Target, load.Permit)
	// Observe tells what became of an attempt.
	Observe(now time.Duration, c *load.Call, a *load.Attempt)
}

// Retrier is one retry layer: it says whether a failed attempt is made again,
// and after how long. s is the layer's memory of this call; the engine counts
// s.Failures before it asks.
type Retrier interface {
	Next(now time.Duration, c *load.Call, s *load.RetryState, a *load.Attempt, rng *rand.Rand) (wait time.Duration, again bool)
}

// Observer is an extra power of a Queue or a Retrier: it is told of every
// attempt that ended, successes included.
type Observer interface {
	Observe(now time.Duration, c *load.Call, a *load.Attempt)
}

// Orderer is an extra power of a Queue: it can say that ordering is all it does,
// that it sheds nothing, learns nothing, and does not remember who has passed
// through. The engine then asks it for no other power, and lets a call that would
// not wait pass by.
type Orderer interface {
	OnlyOrders() bool
}

// Dropper is an extra power of a Queue: it sheds calls that wait already. It is
// asked whenever the head is looked at and at the instants that it names, again
// and again until it names no call.
type Dropper interface {
	// Drop is a waiting call to shed, with a permit that is Refused and says why;
	// the engine then removes it and ends it as load.Shed, retry layers unasked.
	// Nil is none for now: a permit WaitUntil names a later instant worth asking
	// at, any other leaves it to what happens next.
	Drop(now time.Duration) (*load.Call, load.Permit)
}

// Passer is an extra power of a Queue: while its head waits for an instant,
// others may go first. It bounds by itself how many pass one head.
type Passer interface {
	// Behind is the nth call, from 1, that may pass the head now, or nil. n counts
	// up from 1 without a Push or Remove between; the call named last is removed
	// next when it goes.
	Behind(now time.Duration, n int) *load.Call
}

// Surfacer is an extra power of a Router: it is told how far out a failure came,
// as a router around a client that retries by itself sees only what that client
// gives up on. layers is the number of inner retry layers that gave up.
type Surfacer interface {
	Surfaced(now time.Duration, c *load.Call, a *load.Attempt, layers int)
}

// Lingerer is an extra power of a Retrier: once it has given a call up it sleeps
// all the same before it says so, as a loop does that waits after its last try.
type Lingerer interface {
	Linger(now time.Duration, c *load.Call, s *load.RetryState, a *load.Attempt, rng *rand.Rand) time.Duration
}

// Hedger says when a call is sent once more while its answer is late. The first
// copy to succeed ends the call, the others are cancelled: their attempts end
// Cancelled. A copy that fails is no failure of the call while another one is
// under way. A copy passes router and gates like any call and is charged by
// them; it never waits: where calls wait, or a gate does not grant at once, it is
// not sent.
type Hedger interface {
	// Sent tells that c has been sent, a further copy if c.Copy is not 0, and
	// says whether another copy is due if c is under way still, and after how
	// long.
	Sent(now time.Duration, c *load.Call) (wait time.Duration, more bool)
	// Allow says whether the copy of c that is due may go. It changes nothing.
	Allow(now time.Duration, c *load.Call) bool
	// Observe tells what became of an attempt.
	Observe(now time.Duration, c *load.Call, a *load.Attempt)
}

// HeldGate is a gate and how long its permit is held.
type HeldGate struct {
	Gate
	PerCall bool // taken once and held through all attempts and the sleeps between; else per attempt
	Around  int  // taken once and held while so many of the innermost layers retry; 0 is none
}

// Stack is one strategy, built: the order in which calls wait, the gates they
// pass, where they go, and the retry layers around the attempt, inner to outer
// (at most load.MaxLayers), and what sends an attempt twice inside them.
type Stack struct {
	Queue Queue
	Gates []HeldGate
	Route Router
	Retry []Retrier
	Hedge Hedger // nil sends no further copies
}
