package queue

import (
	"time"

	"ratecliff/load"
)

// Queue is an ordered waiting room, perhaps of bounded size. Most orders are one
// heap; they differ in the key a call is given when it is pushed, and equal keys
// go in the order of pushing. Push and Remove take O(log n), Peek O(1); nothing
// is allocated once it has grown. Beside its calls it keeps an entry for every
// slot number it has seen.
//
// A key never changes while a call waits, not even with ageing: the order by
// class − wait/step at any instant is the order by class·step + the instant the
// wait began, for wait = now − instant and now is the same for all.
//
// What flows and shares count as served is what was at the head when it was
// removed and was not dropped: a queue is not told whether a head goes or ends.
type Queue struct {
	cfg    Config
	pushed uint64
	n      int
	line   line
	keyed  keyed // the line of most orders
	shed   heap  // smallest is shed first; kept only where the lowest are shed
	book   book
	prices *prices // nil where costs do not matter
	drops  drops
	passes passes

	clock  time.Duration // the last instant heard of
	filled time.Duration // when the queue was last empty
}

// New builds an empty queue from a valid configuration (see [Config.Validate])
// that knows nothing of the server.
func New(cfg Config) *Queue { return NewFor(cfg, nil, 0) }

// NewFor builds an empty queue that knows what the server publishes; nil is
// nothing. Where a rule takes chances, seed is what they come from.
func NewFor(cfg Config, published Published, seed uint64) *Queue {
	cfg = cfg.complete()
	q := &Queue{cfg: cfg}
	q.keyed.cfg, q.keyed.book = &q.cfg, &q.book
	if cfg.priced() {
		q.prices = newPrices(cfg.Cost, published)
	}
	q.line = q.newLine()
	q.drops.cfg = cfg.Drop
	q.drops.levels.seed = seed
	q.drops.open()
	return q
}

// complete sets what has a default.
func (c Config) complete() Config {
	if c.Ageing.Step == 0 {
		c.Ageing.Step = defaultStep
	}
	if c.Standing == 0 {
		c.Standing = facebookInterval
	}
	c.Drop = c.Drop.complete()
	return c
}

// priced says whether costs matter.
func (c *Config) priced() bool {
	switch c.Order {
	case Shortest, WFQ, DRR, Balanced:
		return true
	}
	return c.Overtake > 0 || c.Drop.Rule == CoDel || c.Drop.Rule == Late || c.Drop.Rule == Inferior
}

// OnlyOrders says that a call which finds the queue empty may as well pass it by:
// nothing is shed, priced or remembered.
func (q *Queue) OnlyOrders() bool {
	switch q.cfg.Order {
	case "", FIFO, Priority, Ageing:
		return q.cfg.Capacity == 0 && q.cfg.Drop.Rule == "" && q.prices == nil
	}
	return false
}

// Len is the number of calls waiting.
func (q *Queue) Len() int { return q.n }

// Push adds c, which must not be waiting already, and returns the call that had
// to go for it: another, c itself, or nil. With ageing the wait counts from
// c.Ready.
func (q *Queue) Push(now time.Duration, c *load.Call) (shed *load.Call) {
	q.clock = now
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
	q.add(c)
	return shed
}

func (q *Queue) add(c *load.Call) {
	if q.n == 0 {
		q.filled = q.clock
	}
	q.pushed++
	q.n++
	e := q.book.at(c)
	e.c, e.seq, e.passed = c, q.pushed, 0
	if q.prices != nil {
		e.cost = q.prices.cost(c.Model, q.prices.needs(c))
	}
	q.line.push(c)
	if q.shedsLowest() {
		q.shed.push(-int64(c.Priority), ^q.pushed, c)
	}
	if q.drops.cfg.Rule != "" {
		q.judge(c, e)
	}
}

func (q *Queue) full() bool { return q.cfg.Capacity > 0 && q.n >= q.cfg.Capacity }

func (q *Queue) shedsLowest() bool {
	return q.cfg.Capacity > 0 && q.cfg.Shed == Lowest || q.cfg.Drop.Rule == Inferior
}

// Peek is the call that goes next, or nil.
func (q *Queue) Peek(now time.Duration) *load.Call { return q.line.first(now) }

// Remove takes out c; nothing happens when c is not waiting.
func (q *Queue) Remove(c *load.Call) {
	if !q.book.waits(c) {
		return
	}
	served := q.drops.naming != c && (q.passes.offered == c || q.line.first(q.clock) == c)
	if q.cfg.Overtake > 0 {
		q.passed(c)
	}
	if q.drops.cfg.Rule != "" {
		q.forget(c, served)
	}
	q.n--
	q.book.at(c).c = nil
	q.line.remove(c, served)
	if q.shedsLowest() {
		q.shed.remove(c)
	}
}

// Observe learns from what became of an attempt: how long answers take, how many
// tokens they have, and what it cost its flow.
func (q *Queue) Observe(_ time.Duration, c *load.Call, a *load.Attempt) {
	if q.prices == nil || int(c.Slot) >= len(q.book.entries) {
		return
	}
	cost, known := q.prices.learn(c, a)
	e := &q.book.entries[c.Slot]
	s, settles := q.line.(settler)
	if !known || !settles || e.c != nil || e.cost == 0 {
		return
	}
	s.settle(e.flow, cost-e.cost)
	e.cost = 0
}
