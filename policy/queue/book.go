package queue

import "ratecliff/load"

// book keeps what is to be known of each call, by slot, and links calls into
// lists. It grows to the largest slot number seen.
type book struct {
	entries load.BySlot[entry]
}

// entry is one call's. Slots are linked by number plus one; 0 is none.
type entry struct {
	c          *load.Call // while it waits
	seq        uint64     // when it was pushed
	cost       float64    // ns of the scarcest limit, as estimated at its last push; 0 once settled
	flow       int32
	prev, next int32
	passed     int32 // how many have gone before it while it was the head
}

// at is the entry of c, made when there is none.
func (b *book) at(c *load.Call) *entry { return b.entries.At(c) }

// waits says whether c is in the queue.
func (b *book) waits(c *load.Call) bool {
	return int(c.Slot) < len(b.entries) && b.entries[c.Slot].c == c
}

// list is a doubly linked list of calls in the order of pushing. A call is in at
// most one list of a book.
type list struct {
	head, tail int32
	n          int
}

func (b *book) append(l *list, c *load.Call) {
	link := c.Slot + 1
	e := b.at(c)
	e.prev, e.next = l.tail, 0
	if l.tail == 0 {
		l.head = link
	} else {
		b.entries[l.tail-1].next = link
	}
	l.tail = link
	l.n++
}

func (b *book) unlink(l *list, c *load.Call) {
	e := &b.entries[c.Slot]
	if e.prev == 0 {
		l.head = e.next
	} else {
		b.entries[e.prev-1].next = e.next
	}
	if e.next == 0 {
		l.tail = e.prev
	} else {
		b.entries[e.next-1].prev = e.prev
	}
	e.prev, e.next = 0, 0
	l.n--
}

// call is the call behind a link, or nil.
func (b *book) call(link int32) *load.Call {
	if link == 0 {
		return nil
	}
	return b.entries[link-1].c
}
