package throttle_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/policy/throttle"
)

const s = time.Second

func ended(o load.Outcome) *load.Attempt {
	status := map[load.Outcome]int{load.OK: 200, load.Throttled: 429, load.Overloaded: 529, load.Failed: 500}
	return &load.Attempt{Response: load.Response{Outcome: o, Status: status[o]}}
}

func feed(t *throttle.Throttle, now time.Duration, ok, bad int) {
	for range ok {
		t.Done(now, &load.Call{}, ended(load.OK))
	}
	for range bad {
		t.Done(now, &load.Call{}, ended(load.Throttled))
	}
}

// The formulas at numbers worked out by hand.
func TestProbability(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		cfg     throttle.Config
		ok, bad int
		want    float64
	}{
		{"nothing yet", throttle.Config{Kind: throttle.SRE}, 0, 0, 0},
		{"one failure", throttle.Config{Kind: throttle.SRE}, 0, 1, 0.5},
		{"half fail, K 2", throttle.Config{Kind: throttle.SRE}, 50, 50, 0},
		{"more than half", throttle.Config{Kind: throttle.SRE}, 25, 74, (99 - 50.0) / 100},
		{"K 1.1", throttle.Config{Kind: throttle.SRE, K: 1.1}, 50, 49, (99 - 55.0) / 100},
		{"all fail", throttle.Config{Kind: throttle.SRE}, 0, 99, 0.99},
		{"95 of 100", throttle.Config{Kind: throttle.Envoy}, 95, 5, 0},
		{"90 of 100", throttle.Config{Kind: throttle.Envoy}, 90, 10, (100 - 90/0.95) / 101},
		{"capped", throttle.Config{Kind: throttle.Envoy}, 0, 100, 0.8},
		{"aggression 2", throttle.Config{Kind: throttle.Envoy, Aggression: 2}, 90, 10, math.Sqrt((100 - 90/0.95) / 101)},
		{"aggression and none to refuse", throttle.Config{Kind: throttle.Envoy, Aggression: 2}, 100, 0, 0},
		{"too slow", throttle.Config{Kind: throttle.Envoy, MinRate: 4}, 60, 59, 0},                // 119 in 30 s
		{"fast enough", throttle.Config{Kind: throttle.Envoy, MinRate: 3.9}, 0, 119, 0.8},         //
		{"a 429 is fine", throttle.Config{Kind: throttle.Envoy, AcceptThrottled: true}, 0, 50, 0}, // Envoy's default below 500
		{"one failure", throttle.Config{Kind: throttle.Failsafe}, 0, 1, 0.5},                      // adaptivethrottler_test.go has 0.5 too
		{"90 of 120", throttle.Config{Kind: throttle.Failsafe}, 90, 30, 20.0 / 121},               // and its "slightly overloaded system"
		{"ceiling", throttle.Config{Kind: throttle.Failsafe}, 0, 1000, 0.9},
		{"too few", throttle.Config{Kind: throttle.Failsafe, MinCount: 3}, 0, 2, 0},
		{"enough", throttle.Config{Kind: throttle.Failsafe, MinCount: 2}, 0, 2, 2.0 / 3},
	} {
		th := throttle.New(row.cfg, 1)
		feed(th, 0, row.ok, row.bad)
		if got := th.Probability(s / 2); math.Abs(got-row.want) > 1e-12 {
			t.Errorf("%s, %s: %v, want %v", row.cfg.Kind, row.name, got, row.want)
		}
	}
}

// What is older than the window counts no more; failsafe-go looks only when it
// counts.
func TestWindows(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		kind          throttle.Kind
		still, gone   time.Duration
		afterTheyWent float64
	}{
		{throttle.SRE, 119 * s, 120 * s, 0},
		{throttle.Envoy, 29 * s, 30 * s, 0},
		{throttle.Failsafe, 59 * s, 60 * s, 0.9}, // unchanged until something is counted
	} {
		th := throttle.New(throttle.Config{Kind: row.kind}, 1)
		feed(th, 0, 0, 100)
		if th.Probability(row.still) < 0.7 {
			t.Errorf("%s: forgotten after %v", row.kind, row.still)
		}
		if got := th.Probability(row.gone); got != row.afterTheyWent {
			t.Errorf("%s: %v after %v", row.kind, got, row.gone)
		}
		feed(th, row.gone, 1, 0)
		if got := th.Probability(row.gone); got != 0 {
			t.Errorf("%s: %v after %v and a success", row.kind, got, row.gone)
		}
	}
}

// The book counts what it refuses itself, so that it settles where a K-th of what
// is sent succeeds; the others do not.
func TestOwnRefusals(t *testing.T) {
	t.Parallel()
	for kind, want := range map[throttle.Kind]float64{throttle.SRE: 0.5 + 1.0/6, throttle.Envoy: 0.5, throttle.Failsafe: 0.5} {
		th := throttle.New(throttle.Config{Kind: kind}, 1)
		feed(th, 0, 0, 1)
		th.Refused(0, &load.Call{}, load.Permit{State: load.Refused, By: "throttle"})
		th.Refused(0, &load.Call{}, load.Permit{State: load.Refused, By: "breaker"})
		if got := th.Probability(0); math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: %v, want %v", kind, got, want)
		}
	}
}

// Which outcomes are failures.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		r    load.Response
		want float64 // of one attempt that ended so
	}{
		{load.Response{Outcome: load.OK, Status: 200}, 0},
		{load.Response{Outcome: load.Throttled, Status: 429}, 0.5},
		{load.Response{Outcome: load.Overloaded, Status: 529}, 0.5},
		{load.Response{Outcome: load.Failed, Status: 503}, 0.5},
		{load.Response{Outcome: load.Failed, Status: 400}, 0},
		{load.Response{Outcome: load.Failed, Status: 200}, 0.5}, // a stream that broke
		{load.Response{Outcome: load.Failed}, 0.5},              // the network
		{load.Response{Outcome: load.TimedOut}, 0.5},
		{load.Response{Outcome: load.Unfinished}, 0},
	} {
		th := throttle.New(throttle.Config{Kind: throttle.SRE}, 1)
		th.Done(0, &load.Call{}, &load.Attempt{Response: row.r})
		if got := th.Probability(0); got != row.want {
			t.Errorf("%v %d: %v, want %v", row.r.Outcome, row.r.Status, got, row.want)
		}
	}
}

// Asking changes nothing, and asking again changes no answer; over many calls
// the share refused is the probability; another attempt has another chance.
func TestChance(t *testing.T) {
	t.Parallel()
	th := throttle.New(throttle.Config{Kind: throttle.Failsafe}, 7)
	feed(th, 0, 45, 49) // (94 − 50) ÷ 95
	const n = 20_000
	refused, changed := 0, 0
	for id := range uint64(n) {
		c := &load.Call{Arrival: load.Arrival{ID: id}}
		first := th.Ready(s, c)
		if th.Ready(s, c) != first {
			t.Fatal("another answer to the same question")
		}
		if first.State == load.Refused {
			refused++
			if first.By != "throttle" {
				t.Fatal(first)
			}
		}
		c.Attempts++
		if th.Ready(s, c) != first {
			changed++
		}
	}
	p := th.Probability(s)
	if math.Abs(p-44.0/95) > 1e-12 {
		t.Errorf("asking changed the probability to %v", p)
	}
	if got := float64(refused) / n; math.Abs(got-p) > 0.015 {
		t.Errorf("%v refused, want %v", got, p)
	}
	if got, want := float64(changed)/n, 2*p*(1-p); math.Abs(got-want) > 0.015 {
		t.Errorf("%v changed with the attempt, want %v", got, want)
	}
	other := throttle.New(throttle.Config{Kind: throttle.Failsafe}, 8)
	feed(other, 0, 45, 49)
	same := 0
	for id := range uint64(n) {
		c := &load.Call{Arrival: load.Arrival{ID: id}}
		if th.Ready(s, c) == other.Ready(s, c) {
			same++
		}
	}
	if same == n {
		t.Error("the seed plays no part")
	}
}

// The probability is one, never above the ceiling, and the window holds what a
// list of all attempts gives.
func TestWindowAgainstAList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		slices := rapid.IntRange(1, 30).Draw(t, "slices")
		window := time.Duration(slices) * s
		th := throttle.New(throttle.Config{Kind: throttle.Envoy, Window: window, Slices: slices}, 1)
		type one struct {
			slice int64
			ok    bool
		}
		var all []one
		now := time.Duration(0)
		for range rapid.IntRange(1, 60).Draw(t, "attempts") {
			now += time.Duration(rapid.Int64Range(0, int64(5*s)).Draw(t, "pause"))
			ok := rapid.Bool().Draw(t, "ok")
			feed(th, now, map[bool]int{true: 1}[ok], map[bool]int{false: 1}[ok])
			all = append(all, one{int64(now / s), ok})
			now += time.Duration(rapid.Int64Range(0, int64(2*s)).Draw(t, "later"))
			n, a := 0.0, 0.0
			for _, x := range all {
				if x.slice > int64(now/s)-int64(slices) {
					n++
					a += map[bool]float64{true: 1}[x.ok]
				}
			}
			want := min(0.8, max(0, n-a/0.95)/(n+1))
			if got := th.Probability(now); math.Abs(got-want) > 1e-12 {
				t.Fatalf("%v of %v: %v, want %v", a, n, got, want)
			}
		}
	})
}

func TestNothingIsAllocated(t *testing.T) {
	th := throttle.New(throttle.Config{Kind: throttle.SRE}, 1)
	c, now := &load.Call{}, time.Duration(0)
	bad := ended(load.Throttled)
	if n := testing.AllocsPerRun(1000, func() {
		now += s / 3
		c.ID++
		th.Ready(now, c)
		th.Take(now, c)
		th.Done(now, c, bad)
		th.Refused(now, c, load.Permit{By: "throttle"})
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
