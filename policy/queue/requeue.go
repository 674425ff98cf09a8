package queue

import (
	"time"

	"ratecliff/load"
)

// Requeue is a gate that holds a call for a while each time it came back to its
// queue. The call stands in line meanwhile: at the head nobody passes it.
type Requeue struct{ after time.Duration }

// NewRequeue builds the gate from a valid configuration (see [Config.Validate]).
func NewRequeue(cfg RequeueConfig) *Requeue { return &Requeue{cfg.After} }

// Ready grants a new call, and one that came back After ago.
func (g *Requeue) Ready(now time.Duration, c *load.Call) load.Permit {
	if at := c.Ready + g.after; c.Attempts > 0 && at > now {
		return load.Permit{State: load.WaitUntil, At: at, By: "queue.requeue"}
	}
	return load.Permit{}
}

// Take does nothing.
func (*Requeue) Take(time.Duration, *load.Call) {}

// Done does nothing.
func (*Requeue) Done(time.Duration, *load.Call, *load.Attempt) {}
