package queue_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/queue"
)

const ms = time.Millisecond

// shed drops what is to be dropped now, as the engine does, and names it by slot.
func shed(q *queue.Queue, now time.Duration) (slots []int32, next load.Permit) {
	for {
		c, p := q.Drop(now)
		if c == nil {
			return slots, p
		}
		q.Remove(c)
		slots = append(slots, c.Slot)
	}
}

// waitingSince is a call that has been ready since an instant.
func waitingSince(slot int, ready time.Duration) *load.Call {
	c := sized(slot, 0, 1)
	c.Due, c.Ready = ready, ready
	return c
}

// Nothing goes: from 5 ms of waiting on an interval of 100 ms is tolerated, then
// drops come 100 ms/√n after each other (RFC 8289, §5.5 and §5.6).
func TestCoDelControlLaw(t *testing.T) {
	t.Parallel()
	q := queue.New(queue.Config{Drop: queue.DropConfig{Rule: queue.CoDel, Target: 5 * ms, Interval: 100 * ms}})
	for slot := range 20 {
		q.Push(0, waitingSince(slot, 0))
	}
	var drops []time.Duration
	for now := time.Duration(0); len(drops) < 6; {
		gone, p := shed(q, now)
		for range gone {
			drops = append(drops, now)
		}
		if p.State != load.WaitUntil {
			t.Fatalf("at %v: %+v, want an instant", now, p)
		}
		now = p.At
	}
	want := []time.Duration{105 * ms, 205 * ms}
	for n := 2.0; n < 6; n++ {
		want = append(want, want[len(want)-1]+time.Duration(100e6/math.Sqrt(n)))
	}
	if !slices.Equal(drops, want) {
		t.Errorf("drops at %v, want %v", drops, want)
	}
}

// A head that has waited for less ends it; a call alone is kept, and one without a
// deadline has all the time there is where the target is a share.
func TestCoDelKeeps(t *testing.T) {
	t.Parallel()
	codel := queue.DropConfig{Rule: queue.CoDel, Target: 5 * ms, Interval: 100 * ms}
	for name, row := range map[string]struct {
		cfg  queue.DropConfig
		push func(q *queue.Queue)
	}{
		"alone": {codel, func(q *queue.Queue) { q.Push(0, waitingSince(0, 0)) }},
		"fresh": {codel, func(q *queue.Queue) {
			q.Push(0, waitingSince(0, 399*ms))
			q.Push(0, waitingSince(1, 0))
		}},
		"no deadline": {queue.DropConfig{Rule: queue.CoDel}, func(q *queue.Queue) {
			q.Push(0, waitingSince(0, 0))
			q.Push(0, waitingSince(1, 0))
		}},
	} {
		q := queue.New(queue.Config{Drop: row.cfg})
		row.push(q)
		for now := time.Duration(0); now < 400*ms; now += 10 * ms {
			if gone, _ := shed(q, now); len(gone) > 0 {
				t.Errorf("%s: dropped %v at %v", name, gone, now)
			}
		}
	}
}

// Where the constants are scaled, the target is 5 % of each call's deadline and
// the interval one refill of the mean request: 1 s for 1,000 tokens.
func TestCoDelScaled(t *testing.T) {
	t.Parallel()
	q := queue.New(queue.Config{Drop: queue.DropConfig{Rule: queue.CoDel}})
	for slot := range 3 {
		c := waitingSince(slot, 0)
		c.Deadline = 40 * s
		q.Push(0, c)
	}
	for _, row := range []struct {
		at   time.Duration
		want int
		next time.Duration
	}{{0, 0, 2 * s}, {2 * s, 0, 3 * s}, {3 * s, 1, 4 * s}, {4 * s, 1, 0}} {
		gone, p := shed(q, row.at)
		if len(gone) != row.want || row.next > 0 && p.At != row.next {
			t.Errorf("at %v: dropped %v and %+v; want %d and again at %v", row.at, gone, p, row.want, row.next)
		}
	}
}

// Dropping goes on at the rate it had come to when it ended a moment ago.
func TestCoDelRemembers(t *testing.T) {
	t.Parallel()
	q := queue.New(queue.Config{Drop: queue.DropConfig{Rule: queue.CoDel, Target: 5 * ms, Interval: 100 * ms}})
	slot := 0
	push := func(ready time.Duration, n int) {
		for range n {
			q.Push(ready, waitingSince(slot, ready))
			slot++
		}
	}
	push(0, 8)
	now := time.Duration(0)
	for dropped := 0; dropped < 5; {
		gone, p := shed(q, now)
		if dropped += len(gone); dropped < 5 {
			now = p.At
		}
	}
	drain(q, now)
	push(now, 9) // a new queue: empty in between
	var drops []time.Duration
	for start := now; len(drops) < 2; {
		gone, p := shed(q, now)
		for range gone {
			drops = append(drops, now-start)
		}
		now = p.At
	}
	// count was 5 and 1 when dropping began: it begins again with 4.
	if want := []time.Duration{105 * ms, 155 * ms}; !slices.Equal(drops, want) {
		t.Errorf("drops after %v, want %v", drops, want)
	}
}

// Who comes to a queue that has not been empty for N may wait M, others N.
func TestStandingQueue(t *testing.T) {
	t.Parallel()
	q := queue.New(queue.Config{Drop: queue.DropConfig{Rule: queue.Standing, Target: 5 * s, Interval: 30 * s}})
	var log []string
	at := func(now time.Duration, slots ...int) {
		for _, slot := range slots {
			q.Push(now, waitingSince(slot, now))
		}
		gone, p := shed(q, now)
		log = append(log, fmt.Sprintf("%v %v until %v", now, gone, p.At))
	}
	at(0, 0, 1)
	at(29*s, 2)
	at(30*s, 3)
	at(31 * s)
	at(40*s, 4)
	at(59 * s)
	q.Remove(q.Peek(0))
	at(60*s, 5) // empty in between
	want := "0s [] until 30s; 29s [] until 30s; 30s [0 1] until 59s; 31s [] until 59s; 40s [] until 45s; 59s [4 2] until 1m0s; 1m0s [] until 1m30s"
	if got := strings.Join(log, "; "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
