package queue

import (
	"time"

	"ratecliff/load"
)

// line is one order. Its calls have their entries in the queue's book already.
type line interface {
	push(c *load.Call)
	// first is who goes next. It changes nothing that can be seen.
	first(now time.Duration) *load.Call
	// remove takes out a call that waits; served says that it goes.
	remove(c *load.Call, served bool)
}

// settler is a line that puts right what it took a call to cost: by how much
// more it was.
type settler interface {
	settle(flow int32, more float64)
}

func (q *Queue) newLine() line {
	switch q.cfg.Order {
	case Adaptive:
		return &adaptive{book: &q.book, standing: q.cfg.Standing, since: &q.filled}
	case WFQ:
		return &wfq{flows: newFlows(q.cfg.Share, &q.book)}
	case DRR:
		return newDRR(q.cfg.Share, &q.book)
	case Balanced:
		return newBalanced(&q.book, q.prices)
	}
	return &q.keyed
}

// keyed is a line in which a call's place is settled when it is pushed: a heap.
type keyed struct {
	heap
	cfg  *Config
	book *book
}

func (k *keyed) push(c *load.Call) { k.heap.push(k.key(c), k.book.at(c).seq, c) }

func (k *keyed) first(time.Duration) *load.Call { return k.heap.first() }

func (k *keyed) remove(c *load.Call, _ bool) { k.heap.remove(c) }

func (k *keyed) key(c *load.Call) int64 {
	switch k.cfg.Order {
	case Priority:
		return int64(c.Priority)*classUnit + int64(k.cfg.Requeue.Demote*classUnit)*int64(c.Attempts)
	case Ageing:
		return int64(c.Priority)*int64(k.cfg.Ageing.Step) + int64(c.Ready)
	case LIFO:
		return -int64(k.book.at(c).seq)
	case EDF:
		return int64(c.Expires())
	case Shortest:
		aged := k.book.at(c).cost * k.cfg.Ageing.Step.Seconds()
		return int64(min(aged, maxAged)) + int64(c.Ready)
	}
	return 0
}

// maxAged leaves room for an instant beside it: 146 years each.
const maxAged = 1 << 62

// classUnit is a priority class in the units of keys, so that a call can sink by
// less than one.
const classUnit = 1_000_000

// ahead is what the calls before c cost together, as far as it stays below most:
// those before it are the top of the heap, and nothing else is looked at.
func (k *keyed) ahead(c *load.Call, most float64) float64 {
	at := k.place[c.Slot] - 1
	if at < 0 {
		return 0
	}
	return k.above(0, &k.items[at], most)
}

// above is what the calls from position i down cost that go before an item.
func (k *keyed) above(i int, than *item, most float64) float64 {
	if i >= len(k.items) || most <= 0 || !k.items[i].before(than) {
		return 0
	}
	sum := k.book.at(k.items[i].c).cost
	for child := 4*i + 1; child <= 4*i+4 && sum < most; child++ {
		sum += k.above(child, than, most-sum)
	}
	return sum
}

// adaptive is a line that turns round when it has stood for long.
type adaptive struct {
	list
	book     *book
	standing time.Duration
	since    *time.Duration // when the queue was last empty
}

func (a *adaptive) push(c *load.Call) { a.book.append(&a.list, c) }

func (a *adaptive) first(now time.Duration) *load.Call {
	if now-*a.since > a.standing {
		return a.book.call(a.tail)
	}
	return a.book.call(a.head)
}

func (a *adaptive) remove(c *load.Call, _ bool) { a.book.unlink(&a.list, c) }
