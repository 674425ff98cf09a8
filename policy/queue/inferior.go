package queue

import (
	"math"

	"ratecliff/load"
)

// shortage is how much must go so that a call is not late.
type shortage struct {
	cost  float64       // still to be shed, ns; 0 is nothing
	below load.Priority // only of classes above this number
	ranks [8]float64    // cost of what waits, by class
}

// add counts what waits; a class beyond the last counts with it.
func (s *shortage) add(c *load.Call, cost float64) { s.ranks[rank(c)] += cost }

func rank(c *load.Call) int { return min(max(int(c.Priority), 0), len(shortage{}.ranks)-1) }

// shortOf finds out what must go for c, just pushed behind all that wait, if that
// can save it.
func (q *Queue) shortOf(c *load.Call) {
	s := &q.drops.shorts
	s.cost = 0
	slack, speed := q.slack(c), q.speed(c)
	if slack < 0 || math.IsInf(slack, 1) || speed == 0 {
		return
	}
	over := q.ahead(c, math.Inf(1)) - slack/speed
	lower := 0.0
	for _, cost := range s.ranks[rank(c)+1:] {
		lower += cost
	}
	if over > 0 && lower >= over {
		s.cost, s.below = over, c.Priority
	}
}

// inferior is the next call that must go, or nil.
func (q *Queue) inferior() *load.Call {
	s := &q.drops.shorts
	if s.cost <= 0 {
		return nil
	}
	v := q.shed.first()
	if v == nil || v.Priority <= s.below {
		s.cost = 0
		return nil
	}
	s.cost -= max(1, q.book.at(v).cost)
	return v
}
