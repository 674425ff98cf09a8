package concurrency_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"

	"ratecliff/load"
	"ratecliff/policy/concurrency"
)

// The library and its imitation see the same calls: their ceilings
// move together. The library's p90 is off a t-digest, ours is exact, so they may
// part by a step or two.
func TestFailsafeAsTheLibrary(t *testing.T) {
	t.Parallel()
	type latency = func(inflight int, chance *rand.Rand) time.Duration
	for name, latency := range map[string]latency{
		"steady": func(int, *rand.Rand) time.Duration { return 200 * ms },
		"noisy": func(_ int, chance *rand.Rand) time.Duration {
			return 100*ms + time.Duration(chance.Int64N(int64(200*ms)))
		},
		// 10 at a time are served, the rest queue
		"a queue": func(inflight int, chance *rand.Rand) time.Duration {
			return 100*ms + time.Duration(max(inflight-10, 0))*10*ms + time.Duration(chance.Int64N(int64(10*ms)))
		},
		// more at a time are served worse
		"collapse": func(inflight int, chance *rand.Rand) time.Duration {
			return 100*ms + time.Duration(inflight*inflight)*ms/10 + time.Duration(chance.Int64N(int64(20*ms)))
		},
		// above 15 s: a change every 30 s at most
		"long": func(inflight int, chance *rand.Rand) time.Duration {
			return 16*s + time.Duration(inflight)*ms + time.Duration(chance.Int64N(int64(8*s)))
		},
		// three callers
		"few": func(_ int, chance *rand.Rand) time.Duration {
			return 50*ms + time.Duration(chance.Int64N(int64(20*ms)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := course{callers: 300, step: 5 * ms, latency: latency}
			switch name {
			case "few":
				run.callers = 3
			case "long":
				run.step = s
			}
			synctest.Test(t, func(t *testing.T) { sideBySide(t, run) })
		})
	}
}

type pair struct {
	permit adaptivelimiter.Permit
	c      *load.Call
	since  time.Duration
	ends   time.Duration
}

// course is how a comparison runs: for 120,000 steps.
type course struct {
	callers int
	step    time.Duration
	latency func(inflight int, chance *rand.Rand) time.Duration
}

func sideBySide(t *testing.T, run course) {
	theirs := adaptivelimiter.NewWithDefaults[any]()
	ours := adaptive(200, concurrency.AdaptConfig{Kind: concurrency.Failsafe})
	start, chance := time.Now(), rand.New(rand.NewPCG(1, 2))
	var out []pair
	free := []int32{}
	for slot := range run.callers {
		free = append(free, int32(slot))
	}
	apart, moves, last := 0, 0, 20
	for now := time.Duration(0); now < 120_000*run.step; now += run.step {
		time.Sleep(now - time.Since(start))
		for i := len(out) - 1; i >= 0; i-- {
			if p := out[i]; p.ends <= now {
				p.permit.Record()
				ours.Done(now, p.c, &load.Attempt{Started: p.since, Done: now, Response: load.Response{Outcome: load.OK}})
				free = append(free, p.c.Slot)
				out = append(out[:i], out[i+1:]...)
			}
		}
		for ours.Ready(now, &load.Call{}).State == load.Granted && len(free) > 0 {
			permit, ok := theirs.TryAcquirePermit()
			if !ok {
				break
			}
			c := &load.Call{Slot: free[len(free)-1]}
			free = free[:len(free)-1]
			ours.Take(now, c)
			out = append(out, pair{permit, c, now, now + run.latency(len(out)+1, chance)})
		}
		if ours.Limit() != last {
			last = ours.Limit()
			moves++
		}
		apart = max(apart, int(math.Abs(float64(ours.Limit()-theirs.Limit()))))
	}
	t.Logf("%d moves, ours ends at %d, theirs at %d, at most %d apart", moves, ours.Limit(), theirs.Limit(), apart)
	if apart > 2 || moves < 5 {
		t.Errorf("%d moves, at most %d apart (%d and %d at the end)", moves, apart, ours.Limit(), theirs.Limit())
	}
}
