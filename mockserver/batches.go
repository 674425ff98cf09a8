package mockserver

import (
	"math"
	"slices"
	"sync"
	"time"

	"ratecliff/load"
)

// Batches says how fast batches are processed.
type Batches struct {
	// PerSecond is how many requests of the queue are processed in a second; 0
	// means 100 (assumed).
	PerSecond float64 `yaml:"per_second,omitempty" json:"per_second,omitempty"`

	// Delay is how long a batch waits before its first request is begun; 0 is not
	// at all.
	Delay time.Duration `yaml:"delay,omitempty" json:"delay,omitempty"`
}

// DefaultBatchesPerSecond is the pace of batches where none is given.
const DefaultBatchesPerSecond = 100

// Validate reports paces that no queue could have.
func (c Batches) Validate() []load.Problem {
	var problems []load.Problem
	if c.PerSecond < 0 || math.IsNaN(c.PerSecond) || c.PerSecond != 0 && c.PerSecond < 1e-6 {
		problems = append(problems, load.Problem{Path: "per_second", Message: "must be a number above 0, such as 100"})
	}
	if c.Delay < 0 {
		problems = append(problems, load.Problem{Path: "delay", Message: "must not be negative"})
	}
	return problems
}

func (c Batches) gap() time.Duration {
	if c.PerSecond == 0 {
		c.PerSecond = DefaultBatchesPerSecond
	}
	return time.Duration(float64(time.Second) / c.PerSecond)
}

// maxStored is the most batched requests that are remembered; the oldest ended
// batches make room.
const maxStored = 1 << 20

// batchStore holds the batches, newest last.
type batchStore struct {
	mu     sync.Mutex // guards what follows
	list   []*batch
	stored int           // requests in all of them
	free   time.Duration // when the queue is empty
	serial uint64        // batches ever made
}

// next numbers a batch.
func (st *batchStore) next() uint64 {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.serial++
	return st.serial
}

// waiting is how many requests wait to be processed.
func (st *batchStore) waiting(now time.Duration) (n int64) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, b := range st.list {
		if now < b.end() {
			n += int64(len(b.items) - b.done(now))
		}
	}
	return n
}

// add queues a batch; false when nothing can make room for it.
func (st *batchStore) add(now time.Duration, b *batch, delay time.Duration) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	if !st.makeRoom(now, len(b.items)) {
		return false
	}
	b.start = max(now+delay, st.free)
	st.list = append(st.list, b)
	st.stored += len(b.items)
	st.free = b.end()
	return true
}

func (st *batchStore) makeRoom(now time.Duration, n int) bool {
	for st.stored+n > maxStored {
		i := slices.IndexFunc(st.list, func(b *batch) bool { return now >= b.end() })
		if i < 0 {
			return false
		}
		st.remove(i)
	}
	return true
}

func (st *batchStore) remove(i int) {
	st.stored -= len(st.list[i].items)
	st.list = slices.Delete(st.list, i, i+1)
}

// of is a copy of the batches of an owner, newest first.
func (st *batchStore) of(owner int) []batch {
	st.mu.Lock()
	defer st.mu.Unlock()
	var list []batch
	for _, b := range slices.Backward(st.list) {
		if b.owner == owner {
			list = append(list, *b)
		}
	}
	return list
}

// find is a copy of one batch of an owner.
func (st *batchStore) find(owner int, id string) (batch, bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if i := st.index(owner, id); i >= 0 {
		return *st.list[i], true
	}
	return batch{}, false
}

func (st *batchStore) index(owner int, id string) int {
	return slices.IndexFunc(st.list, func(b *batch) bool { return b.owner == owner && b.id == id })
}

// cancel asks a batch to stop; one that has ended stays as it is.
func (st *batchStore) cancel(now time.Duration, owner int, id string) (batch, bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	i := st.index(owner, id)
	if i < 0 {
		return batch{}, false
	}
	b := st.list[i]
	if now < b.end() && b.canceled == load.Never {
		last := b.end() == st.free
		b.canceled = now
		if last {
			st.free = b.end()
		}
	}
	return *b, true
}

// drop forgets an ended batch. gone says that it did, found that there was one.
func (st *batchStore) drop(now time.Duration, owner int, id string) (gone, found bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	i := st.index(owner, id)
	if i < 0 {
		return false, false
	}
	if now < st.list[i].end() {
		return false, true
	}
	st.remove(i)
	return true, true
}
