package queue

import (
	"math"
	"time"

	"ratecliff/load"
)

// pace is how fast the queue moves while calls wait: real time for each ns of
// cost, from moving means of both.
type pace struct {
	gap, cost float64
	last      time.Duration // when one went last
	standing  bool          // and others waited then
	seen      bool
	backlog   float64 // cost of all that wait
}

func (p *pace) push(cost float64) { p.backlog += cost }

func (p *pace) pop(cost float64) { p.backlog = max(0, p.backlog-cost) }

// departed is told that a call went; more says that others wait.
func (p *pace) departed(now time.Duration, cost float64, more bool) {
	if p.standing {
		gap := float64(now - p.last)
		if !p.seen {
			p.gap, p.cost, p.seen = gap, cost, true
		}
		p.gap, p.cost = oldWeight*p.gap+newWeight*gap, oldWeight*p.cost+newWeight*cost
	}
	p.last, p.standing = now, more
}

// speed is the time for each ns of cost; before anything was seen that of the
// limits, where one is known, else nothing: then nobody is expected to wait.
func (q *Queue) speed(c *load.Call) float64 {
	p := &q.drops.pace
	switch {
	case p.seen && p.cost > 0:
		return p.gap / p.cost
	case q.prices.of(c.Model).known:
		return 1
	}
	return 0
}

// slack is how much of its deadline c has beyond its service, in ns, or infinite.
func (q *Queue) slack(c *load.Call) float64 {
	if c.Deadline == 0 {
		return math.Inf(1)
	}
	return float64(c.Expires() - q.clock - q.prices.service(c))
}

// late says whether c, just pushed, is expected to be answered too late.
func (q *Queue) late(c *load.Call) bool {
	slack, speed := q.slack(c), q.speed(c)
	if slack < 0 || math.IsInf(slack, 1) || speed == 0 {
		return slack < 0
	}
	return speed*q.ahead(c, slack/speed) > slack
}

// ahead is what the calls before c, just pushed, cost, as far as it matters;
// nothing where an order cannot tell: then only heads are found late.
func (q *Queue) ahead(c *load.Call, most float64) float64 {
	switch q.cfg.Order {
	case "", FIFO:
		return q.drops.pace.backlog - q.book.at(c).cost
	case Adaptive, WFQ, DRR, Balanced:
		return 0
	}
	return q.keyed.ahead(c, most)
}

// lateHead drops the head when it is late even if it goes now.
func (q *Queue) lateHead(now time.Duration) (*load.Call, time.Duration) {
	head := q.line.first(now)
	if head == nil || head.Deadline == 0 {
		return nil, load.Never
	}
	if q.slack(head) < 0 {
		return head, load.Never
	}
	return nil, head.Expires() - q.prices.service(head) + 1
}
