package limiter_test

import (
	"strconv"
	"testing"
	"time"

	"ratecliff/policy/limiter"
)

// What a look costs while so many streams run.
func BenchmarkReadyAmongStreams(b *testing.B) {
	for _, streams := range []int{10, 100, 1000} {
		b.Run(strconv.Itoa(streams), func(b *testing.B) {
			l := limiter.New(limiter.Config{OTPM: 6e11, Output: limiter.Survival}, nil)
			now := time.Duration(0)
			for i := range 300 {
				now = teach(l, now, 5*s, int64(100+i))
			}
			for slot := range streams {
				l.Take(now+time.Duration(slot)*time.Millisecond, call(slot, 1, 500))
			}
			c := call(streams, 1, 500)
			b.ReportAllocs()
			for b.Loop() {
				l.Ready(now+3*s, c)
			}
		})
	}
}
