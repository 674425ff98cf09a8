package queue_test

import (
	"fmt"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/queue"
)

func BenchmarkPushPeekRemove(b *testing.B) {
	for _, order := range orders[1:] {
		for _, n := range []int{10, 1000} {
			b.Run(fmt.Sprintf("%s/%d", order, n), func(b *testing.B) {
				q := queue.New(queue.Config{Order: order})
				calls := make([]load.Call, n)
				for i := range calls {
					calls[i].Slot, calls[i].Priority = int32(i), load.Priority(i*7%4)
					calls[i].Ready = time.Duration(i)
					q.Push(0, &calls[i])
				}
				now := time.Duration(n)
				b.ReportAllocs()
				for b.Loop() {
					now += time.Millisecond
					c := q.Peek(now)
					q.Remove(c)
					c.Ready = now
					q.Push(now, c)
				}
			})
		}
	}
}
