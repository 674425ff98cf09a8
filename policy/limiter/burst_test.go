package limiter_test

import (
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/limiter"
)

// 300 requests at once against 60 a minute and a bucket of 60, T* = 240 s: the
// bucket of the server's size needs T*, nine tenths of it 1.139·T*, pacing
// 1.246·T*, each with one attempt. docs/strategies.md, Numbers known before, has
// 1.000, 1.138 and 1.245, for its T* is a second longer.
func TestLastOf300(t *testing.T) {
	t.Parallel()
	published := func(m string) (string, limiter.Limits) { return m, limiter.Limits{RPM: 60} }
	for _, row := range []struct {
		name string
		cfg  limiter.Config
		want time.Duration
	}{
		{"the server's", limiter.Config{Share: 1}, 240 * s},
		{"nine tenths", limiter.Config{Share: 0.9}, 273*s + s/3},
		{"half", limiter.Config{Share: 0.5}, 540 * s},
		{"no burst", limiter.Config{Share: 1, Burst: 1}, 299 * s},
		{"paced", limiter.Config{Share: 1, Pace: true}, 299 * s},
	} {
		l := limiter.New(row.cfg, published)
		now := time.Duration(0)
		for range 300 {
			c := call(0, 0, 0)
			for p := l.Ready(now, c); p.State != load.Granted; p = l.Ready(now, c) {
				if p.State != load.WaitUntil || p.At <= now {
					t.Fatalf("%s at %v: %+v", row.name, now, p)
				}
				now = p.At
			}
			l.Take(now, c)
			l.Done(now, c, ok(0, 0))
		}
		if (now - row.want).Abs() > time.Microsecond {
			t.Errorf("%s: the last goes at %v, want %v", row.name, now, row.want)
		}
	}
}
