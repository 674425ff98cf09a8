package queue

import "ratecliff/load"

// heap is a 4-ary heap of calls, smallest key first, equals by sequence number,
// that knows where each call stands: flat arrays and four children, because it
// is walked for every attempt of a run.
type heap struct {
	items []item
	place []int32 // by slot: position in items plus 1; 0 for none
}

type item struct {
	key int64
	seq uint64
	c   *load.Call
}

func (a *item) before(b *item) bool {
	return a.key < b.key || a.key == b.key && a.seq < b.seq
}

func (h *heap) first() *load.Call {
	if len(h.items) == 0 {
		return nil
	}
	return h.items[0].c
}

func (h *heap) push(key int64, seq uint64, c *load.Call) {
	for int(c.Slot) >= len(h.place) {
		h.place = append(h.place, 0)
	}
	h.items = append(h.items, item{})
	h.rise(len(h.items)-1, item{key, seq, c})
}

func (h *heap) remove(c *load.Call) {
	if int(c.Slot) >= len(h.place) {
		return
	}
	i := int(h.place[c.Slot]) - 1
	if i < 0 || h.items[i].c != c {
		return
	}
	h.place[c.Slot] = 0
	last := len(h.items) - 1
	moved := h.items[last]
	h.items[last] = item{}
	h.items = h.items[:last]
	switch {
	case i == last:
	case i > 0 && moved.before(&h.items[(i-1)/4]):
		h.rise(i, moved)
	default:
		h.sink(i, moved)
	}
}

func (h *heap) put(i int, it item) {
	h.items[i] = it
	h.place[it.c.Slot] = int32(i + 1)
}

// rise finds the place of it from the hole i upwards.
func (h *heap) rise(i int, it item) {
	for i > 0 {
		parent := (i - 1) / 4
		if !it.before(&h.items[parent]) {
			break
		}
		h.put(i, h.items[parent])
		i = parent
	}
	h.put(i, it)
}

// sink finds the place of it from the hole i downwards.
func (h *heap) sink(i int, it item) {
	for n := len(h.items); ; {
		first := 4*i + 1
		if first >= n {
			break
		}
		least := first
		for k := first + 1; k < min(first+4, n); k++ {
			if h.items[k].before(&h.items[least]) {
				least = k
			}
		}
		if !h.items[least].before(&it) {
			break
		}
		h.put(i, h.items[least])
		i = least
	}
	h.put(i, it)
}
