package queue

import (
	"time"

	"ratecliff/load"
)

// lookahead is how many behind the head are looked at for one that may pass it;
// ours.
const lookahead = 64

// passes is the search for calls that may go before a head that waits.
type passes struct {
	front   []int32 // positions in the heap, whose parents have been looked at
	looked  int
	offered *load.Call // the call named last
}

// Behind is the nth call, from 1, that may pass the head now, or nil: the calls
// behind it in order that cost less, while it has let fewer than Overtake pass.
func (q *Queue) Behind(_ time.Duration, n int) *load.Call {
	p := &q.passes
	p.offered = nil
	head := q.keyed.heap.first()
	if q.cfg.Overtake == 0 || head == nil || int(q.book.at(head).passed) >= q.cfg.Overtake {
		return nil
	}
	if n == 1 {
		p.front, p.looked = p.front[:0], 0
		q.open(0)
	}
	cost := q.book.at(head).cost
	for ; p.looked < lookahead && len(p.front) > 0; p.looked++ {
		if c := q.follow(); q.book.at(c).cost < cost {
			p.offered = c
			p.looked++
			return c
		}
	}
	return nil
}

// open adds what may follow the call at position i.
func (q *Queue) open(i int) {
	for child := 4*i + 1; child < min(4*i+5, len(q.keyed.items)); child++ {
		q.passes.front = append(q.passes.front, int32(child))
	}
}

// follow takes the first call of the front.
func (q *Queue) follow() *load.Call {
	front, items := q.passes.front, q.keyed.items
	least := 0
	for i := range front {
		if items[front[i]].before(&items[front[least]]) {
			least = i
		}
	}
	at := front[least]
	front[least] = front[len(front)-1]
	q.passes.front = front[:len(front)-1]
	q.open(int(at))
	return items[at].c
}

// passed counts a call that leaves before the head it was offered to pass.
func (q *Queue) passed(c *load.Call) {
	if q.passes.offered == c {
		q.book.at(q.keyed.heap.first()).passed++
	}
	q.passes.offered = nil
}
