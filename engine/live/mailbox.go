package live

import "sync/atomic"

// mailbox brings finished workers back to the owner: any number put, one takes
// all. It is a stack without locks, linked through the workers themselves, so
// that it neither allocates nor ever puts the owner's thread to sleep.
type mailbox struct{ top atomic.Pointer[worker] }

// put adds a worker, which must not be in the box.
func (b *mailbox) put(w *worker) {
	for {
		w.next = b.top.Load()
		if b.top.CompareAndSwap(w.next, w) {
			return
		}
	}
}

// empty says whether nothing is in the box.
func (b *mailbox) empty() bool { return b.top.Load() == nil }

// take empties the box and returns the workers in the order they came, linked
// by next.
func (b *mailbox) take() *worker {
	var first *worker
	for w := b.top.Swap(nil); w != nil; {
		next := w.next
		w.next, first = first, w
		w = next
	}
	return first
}
