package retry

import (
	"time"

	"ratecliff/load"
)

// Account is what one client process keeps across its calls for a layer: the
// budget of its retries, the costs of its calls, and how many of them sleep. It
// stands among the gates of the stack, the outermost, because only there it
// learns when calls are sent and end. It belongs to one goroutine.
type Account struct {
	budget purse
	costs  costs
	crowd  crowd
	calls  load.BySlot[entry]
	open   float64 // weight of the calls this layer has under way, asleep or not
	retry  float64 // and of their retries in flight
}

// entry is what is known of one call.
type entry struct {
	epoch  uint32
	open   bool    // sent, and neither succeeded nor given up
	copied bool    // a further copy of a call
	due    bool    // a retry is permitted and has yet to be sent
	retry  bool    // a retry is counted in flight
	again  bool    // some retry of this layer was sent
	weight float64 // 1, or the cost over the mean
	owed   float64 // what the retry withdrew
}

// newAccount is nil for a layer that needs none.
func newAccount(cfg Config) *Account {
	if cfg.Budget.Kind == "" && !cfg.Delay.ByCost && cfg.RetryAfter.Use != Spread {
		return nil
	}
	return &Account{budget: newPurse(cfg.Budget), crowd: crowd{on: cfg.RetryAfter.Use == Spread}}
}

// entry finds the call's place. A call that ended unseen, in a queue, leaves an
// open entry behind, which the next call in its slot closes.
func (a *Account) entry(c *load.Call) *entry {
	e := a.calls.At(c)
	if e.epoch != c.Epoch {
		a.close(e)
		*e = entry{epoch: c.Epoch, weight: 1}
	}
	return e
}

// Ready refuses a retry that has slept, when the budget is asked only then.
func (a *Account) Ready(_ time.Duration, c *load.Call) load.Permit {
	b := &a.budget
	if b.Kind != InFlight || b.BeforeSleep || int(c.Slot) >= len(a.calls) {
		return load.Permit{}
	}
	if e := &a.calls[c.Slot]; e.epoch == c.Epoch && e.due && !e.retry && !b.affords(a.retry, a.open) {
		return load.Permit{State: load.Refused, By: "retry budget"}
	}
	return load.Permit{}
}

// Take counts a request that is sent.
func (a *Account) Take(now time.Duration, c *load.Call) {
	e := a.entry(c)
	switch {
	case !e.open:
		a.begin(now, c, e)
	case e.due:
		e.due, e.again = false, true
		a.count(e)
	}
}

// begin notes a call's first request, or that of a further copy, which is a
// request of its own but no further call.
func (a *Account) begin(now time.Duration, c *load.Call, e *entry) {
	a.costs.sent(c)
	*e = entry{epoch: c.Epoch, open: true, copied: c.Copy > 0, weight: 1}
	if a.budget.ByCost {
		e.weight = a.costs.weight(c)
	}
	if e.copied {
		a.count(e)
		return
	}
	a.open += e.weight
	a.budget.sent(now, e.weight)
}

// count notes a retry, or a further copy, in flight.
func (a *Account) count(e *entry) {
	if !e.retry {
		e.retry = true
		a.retry += e.weight
	}
}

// Done notes a success, or an end after which the layer is not asked.
func (a *Account) Done(now time.Duration, c *load.Call, at *load.Attempt) {
	a.crowd.answered(now, c, at)
	e := a.entry(c)
	switch o := at.Response.Outcome; {
	case o == load.OK:
		a.budget.succeeded(e)
	case o != load.Dropped && o != load.Unfinished && now < c.Expires() && !e.copied:
		return // the layers are asked next
	}
	a.close(e)
}

// failed notes that this layer's attempt is over.
func (a *Account) failed(e *entry) {
	if e.retry {
		a.retry -= e.weight
	}
	e.retry, e.due, e.owed = false, false, 0
}

// close ends a call for this layer.
func (a *Account) close(e *entry) {
	a.failed(e)
	if e.open && !e.copied {
		a.open -= e.weight
	}
	e.open = false
}

// early says whether in-flight is asked before a sleep of wait. One of nothing
// has its end where it begins.
func (a *Account) early(wait time.Duration) bool {
	return a.budget.Kind == InFlight && (a.budget.BeforeSleep || wait <= 0)
}

// permits says whether the budget grants another attempt after a sleep of wait,
// and takes its price.
func (a *Account) permits(now time.Duration, e *entry, r *load.Response, wait time.Duration) bool {
	switch b := &a.budget; b.Kind {
	case Bucket:
		return b.withdraw(e, r)
	case Finagle:
		return b.spend(now, e.weight)
	case InFlight:
		return !a.early(wait) || b.affords(a.retry, a.open)
	default:
		return true
	}
}

// granted notes a retry that will be made after a sleep of wait.
func (a *Account) granted(now time.Duration, c *load.Call, e *entry, wait time.Duration) {
	if wait >= c.Expires()-now {
		a.close(e) // the call ends here: it cannot be answered in time
		return
	}
	e.due = true
	if a.early(wait) {
		a.count(e)
	}
	a.crowd.sleep(now+wait, c)
}
