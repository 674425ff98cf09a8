package limiter_test

import (
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/limiter"
)

func of(class load.Priority, slot int, input, maxTokens int64) *load.Call {
	c := call(slot, input, maxTokens)
	c.Priority = class
	return c
}

// Buckets of 10 requests, 1,000 input and 100 output tokens.
func TestReservedHeadroom(t *testing.T) {
	t.Parallel()
	cfg := threeLimits
	cfg.Reserve = limiter.ReserveConfig{Medium: 0.1, Low: 0.2}
	l := limiter.New(cfg, nil)
	for k := range 7 {
		l.Take(0, of(load.Critical, k, 0, 0))
	}
	// 3 requests are left: low keeps 2, medium 1.
	ready(t, l, 0, of(load.Low, 9, 0, 0), load.Permit{})
	l.Take(0, of(load.Low, 9, 0, 0))
	ready(t, l, 0, of(load.Low, 9, 0, 0), until(s, "limiter.rpm"))
	ready(t, l, 0, of(load.Priority(9), 9, 0, 0), until(s, "limiter.rpm"))
	ready(t, l, 0, of(load.Medium, 9, 0, 0), load.Permit{})
	l.Take(0, of(load.Medium, 9, 0, 0))
	ready(t, l, 0, of(load.Medium, 9, 0, 0), until(s, "limiter.rpm"))
	ready(t, l, 0, of(load.High, 9, 0, 0), load.Permit{})
	// Every dimension: 850 of 1,000 input tokens leave less than 200.
	ready(t, l, time.Minute, of(load.Low, 9, 800, 0), load.Permit{})
	l.Take(time.Minute, of(load.Critical, 9, 50, 0))
	ready(t, l, time.Minute, of(load.Low, 9, 800, 0), until(time.Minute+s/2, "limiter.itpm"))
	// 81 of 100 output tokens leave less than 20, but the bucket is full.
	ready(t, l, time.Minute, of(load.Low, 9, 0, 81), load.Permit{})
	l.Take(time.Minute, of(load.Critical, 8, 0, 5))
	ready(t, l, time.Minute, of(load.Low, 9, 0, 81), until(time.Minute+s/2, "limiter.otpm"))
	ready(t, l, time.Minute, of(load.Low, 9, 0, 75), load.Permit{})
	// Above 80 % of the bucket: when it is full.
	ready(t, l, 2*time.Minute, of(load.Low, 9, 1000, 100), load.Permit{})
}

// One request a second, no burst, 20 % of the rate kept from low. Calls come all
// the time, the low ones first.
func TestReservedRate(t *testing.T) {
	t.Parallel()
	low, high, both := []load.Priority{load.Low}, []load.Priority{load.Critical}, []load.Priority{load.Low, load.High}
	for _, row := range []struct {
		name    string
		kept    limiter.ReserveRateConfig
		classes []load.Priority
		want    [2]int // of low and of others in 1000 s
	}{
		{"nothing kept", limiter.ReserveRateConfig{}, both, [2]int{1000, 0}},
		{"kept, low alone", limiter.ReserveRateConfig{Low: 0.2}, low, [2]int{800, 0}},
		{"kept, critical alone", limiter.ReserveRateConfig{Low: 0.2}, high, [2]int{0, 1000}},
		{"kept", limiter.ReserveRateConfig{Low: 0.2}, both, [2]int{800, 200}},
		{"lent, low alone", limiter.ReserveRateConfig{Low: 0.2, Lend: true}, low, [2]int{1000, 0}},
	} {
		l := limiter.New(limiter.Config{RPM: 60, Burst: 1, ReserveRate: row.kept}, nil)
		var got [2]int
		for now := time.Duration(0); now < 1000*s; now += 50 * time.Millisecond {
			for _, class := range row.classes {
				c := of(class, 0, 0, 0)
				if l.Ready(now, c).State != load.Granted {
					continue
				}
				l.Take(now, c)
				l.Done(now, c, ok(0, 0))
				if class == load.Low {
					got[0]++
				} else {
					got[1]++
				}
			}
		}
		if d := got[0] - row.want[0]; d < -8 || d > 8 || got[0]+got[1] < row.want[0]+row.want[1]-8 {
			t.Errorf("%s: %d low and %d others, want %v", row.name, got[0], got[1], row.want)
		}
	}
}

func TestReservedRateTimeline(t *testing.T) {
	t.Parallel()
	cfg := limiter.Config{RPM: 60, ITPM: 6000, BurstWindow: s, ReserveRate: limiter.ReserveRateConfig{Medium: 0.5, Lend: true, Window: 4 * s}}
	// 1 request and 100 tokens a second. Medium's own: half of that, holding 2 and
	// 200; the kept half is lent when its 2 and 200 are there.
	l := limiter.New(cfg, nil)
	medium, critical, low := of(load.Medium, 0, 100, 0), of(load.Critical, 1, 100, 0), of(load.Low, 1, 100, 0)
	for _, row := range []struct {
		at   time.Duration
		c    *load.Call
		want load.Permit
		take bool
	}{
		{0, medium, load.Permit{}, true},                      // own: 2
		{s, medium, load.Permit{}, true},                      // 1.5
		{2 * s, medium, load.Permit{}, true},                  // 1
		{3 * s, medium, load.Permit{}, false},                 // 0.5, but the kept is full
		{3 * s, critical, load.Permit{}, true},                // which those use it is kept for
		{4 * s, medium, load.Permit{}, true},                  // own: 1
		{5 * s, medium, load.Permit{}, false},                 // the kept is full again
		{5 * s, critical, load.Permit{}, true},                //
		{5*s + s/2, medium, until(6*s, "limiter.rpm"), false}, // own: 0.75
		{6 * s, medium, load.Permit{}, true},                  // 1
		{7 * s, low, load.Permit{}, true},                     // lent to less urgent ones too
		{7*s + s/2, medium, until(8*s, "limiter.rpm"), false}, // own: 0.75
		{8 * s, of(load.Low, 1, 101, 0), load.Permit{State: load.Refused, By: "limiter.itpm"}, false},
	} {
		ready(t, l, row.at, row.c, row.want)
		if row.take {
			l.Take(row.at, row.c)
		}
	}
	// 200 tokens more than thought: 11 s for the bucket of all, 14 s for the own one,
	// but the kept is full.
	l.Take(8*s, medium)
	l.Done(8*s, medium, ok(300, 0))
	ready(t, l, 9*s, medium, until(11*s, "limiter.itpm"))
}

// What was lent is settled with who lent.
func TestLentIsSettled(t *testing.T) {
	t.Parallel()
	cfg := limiter.Config{ITPM: 6000, BurstWindow: 60 * s, ReserveRate: limiter.ReserveRateConfig{Medium: 0.5, Lend: true, Window: 4 * s}}
	l := limiter.New(cfg, nil) // 6,000 tokens; own 12,000 and 50 a second; kept 200 and 50 a second
	big, small := of(load.Medium, 0, 6000, 0), of(load.Medium, 1, 100, 0)
	l.Take(0, big)
	l.Take(time.Minute, big)                                               // own: 12,000 − 6,000 + 3,000 − 6,000 (0 at first, as it was full)
	ready(t, l, 2*time.Minute, of(load.Medium, 1, 6000, 0), load.Permit{}) // its own: 6,000
	l.Take(2*time.Minute, big)                                             // 0
	now := 3 * time.Minute                                                 // 3,000
	l.Take(now, of(load.Medium, 2, 4000, 0))                               // lent
	l.Done(now, of(load.Medium, 2, 4000, 0), ok(100, 0))                   // the kept has 200 − 100, its own 3,000 still
	ready(t, l, now, of(load.Medium, 3, 3000, 0), load.Permit{})
	ready(t, l, now, of(load.Medium, 3, 3200, 0), until(now+2*s, "limiter.reserve_rate")) // the kept is full then
	ready(t, l, now, small, load.Permit{})
}
