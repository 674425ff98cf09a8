package queue

import (
	"time"

	"ratecliff/load"
)

// drops is what a queue knows of the calls it will not keep.
type drops struct {
	cfg    DropConfig
	doomed *load.Call // judged when it was pushed
	naming *load.Call // named last, about to be removed
	mean   float64    // moving mean of the cost of what was pushed, ns
	codel  codel
	expiry heap // rule standing: by the instant a call has waited for enough
	pace   pace
	shorts shortage
	levels levels
}

func (d *drops) open() {
	if d.cfg.Rule == Levels {
		d.levels.window = make([]int16, d.cfg.Window)
	}
}

// complete sets what has a default.
func (c DropConfig) complete() DropConfig {
	if c.Rule == NoDrop {
		c.Rule = ""
	}
	if c.Share == 0 {
		c.Share = defaultShare
	}
	if c.Interval == 0 && c.Rule == Standing {
		c.Interval = facebookInterval
	}
	if c.From == 0 {
		c.From = failsafeFrom
	}
	if c.To == 0 {
		c.To = c.From + (c.From+1)/2
	}
	if c.Window == 0 {
		c.Window = failsafeWindow
	}
	return c
}

// target is how long c may wait, or false for ever.
func (c *DropConfig) target(call *load.Call) (time.Duration, bool) {
	if c.Target > 0 {
		return c.Target, true
	}
	return time.Duration(c.Share * float64(call.Deadline)), call.Deadline > 0
}

// judge looks at a call that has just been pushed.
func (q *Queue) judge(c *load.Call, e *entry) {
	d := &q.drops
	switch d.cfg.Rule {
	case CoDel:
		if d.mean == 0 {
			d.mean = e.cost
		}
		d.mean = oldWeight*d.mean + newWeight*e.cost
	case Standing:
		if at, ok := q.patience(c); ok {
			d.expiry.push(int64(q.clock+at), e.seq, c)
		}
	case Late:
		d.pace.push(e.cost)
		d.shorts.add(c, e.cost)
		if q.late(c) {
			d.doomed = c
		}
	case Inferior:
		d.pace.push(e.cost)
		d.shorts.add(c, e.cost)
		q.shortOf(c)
	case Levels:
		if !d.levels.admit(&d.cfg, c, q.n-1) {
			d.doomed = c
		}
	}
}

// forget is told of a call that leaves.
func (q *Queue) forget(c *load.Call, served bool) {
	d := &q.drops
	if d.doomed == c {
		d.doomed = nil
	}
	switch d.cfg.Rule {
	case Standing:
		d.expiry.remove(c)
	case Late, Inferior:
		d.pace.pop(q.book.at(c).cost)
		d.shorts.add(c, -q.book.at(c).cost)
		if q.n == 1 { // no rounding is left behind
			d.pace.backlog, d.shorts = 0, shortage{}
		}
		if served {
			d.pace.departed(q.clock, q.book.at(c).cost, q.n > 1)
		}
	}
}

// Drop is a call to shed, Refused with the rule as the reason, or nil with the
// instant at which the next one may be due.
func (q *Queue) Drop(now time.Duration) (*load.Call, load.Permit) {
	q.passes.offered = nil
	d := &q.drops
	if d.cfg.Rule == "" {
		return nil, load.Permit{}
	}
	q.clock = now
	c, at := q.drop(now)
	d.naming = c
	switch {
	case c != nil:
		return c, load.Permit{State: load.Refused, By: reasons[d.cfg.Rule]}
	case at > now && at < load.Never:
		return nil, load.Permit{State: load.WaitUntil, At: at}
	}
	return nil, load.Permit{State: load.WaitEvent}
}

// reasons are the names under which dropped calls are reported.
var reasons = map[Rule]string{
	CoDel: "queue.codel", Standing: "queue.standing", Late: "queue.late", Inferior: "queue.inferior", Levels: "queue.levels",
}

// drop is a call to shed, or nil and when to look again.
func (q *Queue) drop(now time.Duration) (*load.Call, time.Duration) {
	d := &q.drops
	if d.doomed != nil {
		return d.doomed, load.Never
	}
	switch d.cfg.Rule {
	case CoDel:
		return q.controlled(now)
	case Standing:
		if c := d.expiry.first(); c != nil {
			at := time.Duration(d.expiry.items[0].key)
			if at > now {
				return nil, at
			}
			return c, load.Never
		}
	case Late:
		return q.lateHead(now)
	case Inferior:
		return q.inferior(), load.Never
	}
	return nil, load.Never
}

// patience is how long a call just pushed may wait: its target when the queue
// has not been empty for the interval, else the interval.
func (q *Queue) patience(c *load.Call) (time.Duration, bool) {
	if q.clock-q.filled > q.drops.cfg.Interval {
		return q.drops.cfg.target(c)
	}
	return q.drops.cfg.Interval, true
}
