package queue

import (
	"time"

	"ratecliff/load"
)

// Queue is an ordered waiting room, perhaps of bounded size. All orders are one
// heap; they differ in the key a call is given when it is pushed, and equal keys
// go in the order of pushing. Push and Remove take O(log n), Peek O(1); nothing
// is allocated once it has grown. Beside its calls it keeps one int32 for every
// slot number it has seen.
//
// A key never changes while a call waits, not even with ageing: the order by
// class − wait/step at any instant is the order by class·step + the instant the
// wait began, for wait = now − instant and now is the same for all.
type Queue struct {
	cfg    Config
	pushed uint64
	next   heap // smallest goes first
	shed   heap // smallest is shed first; kept only for Lowest with a capacity
}

// New builds an empty queue from a valid configuration (see [Config.Validate]).
func New(cfg Config) *Queue {
	if cfg.Ageing.Step == 0 {
		cfg.Ageing.Step = defaultStep
	}
	return &Queue{cfg: cfg}
}

// Len is the number of calls waiting.
func (q *Queue) Len() int { return q.next.len() }

// Push adds c, which must not be waiting already, and returns the call that had
// to go for it: another, c itself, or nil. With ageing the wait counts from
// c.Ready.
func (q *Queue) Push(_ time.Duration, c *load.Call) (shed *load.Call) {
	if q.full() {
		if q.cfg.Shed != Lowest {
			return c
		}
		// Of equals the latest goes, and that is c.
		shed = q.shed.first()
		if c.Priority >= shed.Priority {
			return c
		}
		q.Remove(shed)
	}
	q.pushed++
	q.next.push(q.key(c), q.pushed, c)
	if q.shedsLowest() {
		q.shed.push(-int64(c.Priority), ^q.pushed, c)
	}
	return shed
}

func (q *Queue) full() bool { return q.cfg.Capacity > 0 && q.next.len() >= q.cfg.Capacity }

func (q *Queue) shedsLowest() bool { return q.cfg.Capacity > 0 && q.cfg.Shed == Lowest }

func (q *Queue) key(c *load.Call) int64 {
	switch q.cfg.Order {
	case Priority:
		return int64(c.Priority)*classUnit + int64(q.cfg.Requeue.Demote*classUnit)*int64(c.Attempts)
	case Ageing:
		return int64(c.Priority)*int64(q.cfg.Ageing.Step) + int64(c.Ready)
	}
	return 0
}

// classUnit is a priority class in the units of keys, so that a call can sink by
// less than one.
const classUnit = 1_000_000

// Peek is the call that goes next, or nil.
func (q *Queue) Peek(time.Duration) *load.Call { return q.next.first() }

// Remove takes out c; nothing happens when c is not waiting.
func (q *Queue) Remove(c *load.Call) {
	q.next.remove(c)
	if q.shedsLowest() {
		q.shed.remove(c)
	}
}
