package retry

import (
	"time"

	"ratecliff/load"
)

// parts is in how many parts a budget's memory runs out: 10, as in the
// WindowedAdder behind Finagle's leaky bucket (com.twitter.util.TokenBucket).
const parts = 10

// purse is the state of a budget.
type purse struct {
	Budget
	level  float64        // of bucket and grpc
	window [parts]float64 // of finagle: deposits less withdrawals
	slice  int64          // which slice of time is the newest
}

func newPurse(b Budget) purse {
	b = b.withDefaults()
	return purse{Budget: b, level: b.Capacity}
}

// sent is told of every call's first request.
func (p *purse) sent(now time.Duration, weight float64) {
	if p.Kind == Finagle {
		p.turn(now)
		p.window[p.slice%parts] += p.Share * weight
	}
}

// failed takes grpc's price of a failure and says whether a retry may follow.
func (p *purse) failed(weight float64) bool {
	if p.Kind != GRPC {
		return true
	}
	p.level = max(p.level-weight, 0)
	return p.level > p.Capacity/2
}

func (p *purse) succeeded(e *entry) {
	if p.Kind != Bucket && p.Kind != GRPC {
		return
	}
	if !p.DepositFirst || !e.again {
		p.level += p.Deposit * e.weight
	}
	if p.Return {
		p.level += e.owed
	}
	p.level = min(p.level, p.Capacity)
}

// withdraw takes a retry's price out of a bucket.
func (p *purse) withdraw(e *entry, r *load.Response) bool {
	price := p.Cost
	switch r.Outcome {
	case load.Throttled:
		price = p.ThrottledCost
	case load.TimedOut:
		price = p.TimeoutCost
	}
	price *= e.weight
	if price > p.level {
		return false
	}
	p.level -= price
	e.owed = price
	return true
}

// spend takes a retry out of finagle's window.
func (p *purse) spend(now time.Duration, weight float64) bool {
	p.turn(now)
	balance := p.Reserve * p.Expiry.Seconds()
	for _, x := range p.window {
		balance += x
	}
	if balance < weight-rounding {
		return false
	}
	p.window[p.slice%parts] -= weight
	return true
}

// rounding forgives sums of shares like 0.2 what binary fractions lack: five
// calls at 0.2 permit one retry.
const rounding = 1e-9

// turn forgets the slices that are over.
func (p *purse) turn(now time.Duration) {
	at := int64(now / max(p.Expiry/parts, 1))
	if at-p.slice >= parts {
		p.window = [parts]float64{}
	} else {
		for ; p.slice < at; p.slice++ {
			p.window[(p.slice+1)%parts] = 0
		}
	}
	p.slice = at
}

// affords says whether in-flight permits one more retry beside those in flight.
func (p *purse) affords(retries, calls float64) bool {
	return retries < float64(p.Min) || retries <= p.Share*(calls+retries)
}
