package metrics

import (
	"testing"
	"time"

	"ratecliff/load"
)

// twoTenants share one bucket of 10 requests that refills at one a second.
func twoTenants() Config {
	return Config{
		Classes: []string{"loud", "quiet"}, Tenants: []string{"a", "b"}, Duration: 60 * sec,
		Limits: []PoolLimits{{Name: "p", RPM: Limit{60, 10, 10}}},
	}
}

// knock is an attempt of a call that is answered at once.
type knock struct {
	class   int
	slot    int32
	attempt int
	served  bool
}

func knocks(r *Recorder, at time.Duration, list ...knock) {
	for _, k := range list {
		c := &load.Call{Arrival: load.Arrival{Class: k.class, Model: "m"}, Slot: k.slot, Attempts: k.attempt}
		a := load.Attempt{N: k.attempt, Response: load.Response{Outcome: load.OK}}
		if !k.served {
			a.Response = load.Response{Outcome: load.Throttled, Dimension: load.RPM}
		}
		if k.attempt == 1 {
			r.Arrived(at, &c.Arrival)
		}
		r.Sent(at, c)
		r.Attempted(at, &a, c)
	}
}

// A tenant is blamed for its own refusals alone: what it would have met on its
// own bucket, had nobody else been there, is not its neighbour's doing.
func TestRefusalsOfNeighbours(t *testing.T) {
	t.Parallel()
	r := NewRecorder(twoTenants())
	for slot := range int32(20) { // 10 more than the bucket holds: its own fault
		knocks(r, 0, knock{0, slot, 1, slot < 10})
	}
	withheldNot(t, r, 0)
	knocks(r, sec/10, knock{1, 20, 1, false}, knock{1, 20, 2, false}) // the bucket is empty because of the other
	for n := range 3 {
		knocks(r, sec, knock{0, 19, 2 + n, false}) // the loud one asks again
	}
	knocks(r, 2*sec, knock{1, 20, 3, true})
	s := r.Snapshot(60 * sec)
	// Alone, the loud one would have had its eleventh call let in at 1 s.
	if s.Classes[0].Inflicted != 3 || s.Classes[1].Inflicted != 2 {
		t.Errorf("inflicted %d and %d, want 3 and 2", s.Classes[0].Inflicted, s.Classes[1].Inflicted)
	}
	near(t, "quiet", told(t, s, "neighbour_refused_ratio"), 2.0/3, 1e-12)
}

func withheldNot(t *testing.T, r *Recorder, want float64) {
	t.Helper()
	near(t, "so far", told(t, r.Snapshot(sec), "neighbour_refused_ratio"), want, 0)
}

// Nobody is blamed where there are no neighbours or no limits, and a call that
// takes over a slot starts afresh.
func TestBlameNeedsNeighbours(t *testing.T) {
	t.Parallel()
	alone := twoTenants()
	alone.Tenants = []string{"a", "a"}
	withheld(t, NewRecorder(alone).Snapshot(sec), "neighbour_refused_ratio", "there are no two tenants")
	blind := twoTenants()
	blind.Limits = nil
	withheld(t, NewRecorder(blind).Snapshot(sec), "neighbour_refused_ratio", "the limits are not known")
	r := NewRecorder(twoTenants())
	withheld(t, r.Snapshot(sec), "neighbour_refused_ratio", noAttempts)
	for range 12 { // the same slot, call after call: ten fit
		knocks(r, 0, knock{1, 3, 1, false})
	}
	near(t, "calls", told(t, r.Snapshot(sec), "neighbour_refused_ratio"), 10.0/12, 1e-12)
	r.Reset()
	knocks(r, 0, knock{1, 3, 1, false})
	near(t, "afresh", told(t, r.Snapshot(sec), "neighbour_refused_ratio"), 1, 0)
}

// Output may go into debt where it is charged as produced, not where it is
// reserved.
func TestBlameOfTokens(t *testing.T) {
	t.Parallel()
	for use, want := range map[OutputUse]bool{OutputAsProduced: true, OutputUpFront: false} {
		p := PoolLimits{OTPM: Limit{600, 100, 100}, ITPM: Limit{6000, 1000, 1000}, Output: use}
		s := shadow{level: [3]float64{0, 1000, 100}}
		if s.admit(0, &p, &Costs{1, 900, 60}) != true || s.admit(0, &p, &Costs{1, 90, 60}) != want {
			t.Errorf("output use %d: the second call is not let in: %v", use, want)
		}
		if s.admit(0, &p, &Costs{1, 900, 0}) {
			t.Errorf("output use %d: more input than is left", use)
		}
		if !s.admit(10*sec, &p, &Costs{1, 900, 10}) {
			t.Errorf("output use %d: refilled after 10 s, and refused", use)
		}
	}
}

func TestBlameDoesNotAllocate(t *testing.T) {
	r := NewRecorder(twoTenants())
	c := &load.Call{Arrival: load.Arrival{Class: 1, Model: "m"}, Slot: 99, Attempts: 1}
	a := &load.Attempt{N: 1, Response: load.Response{Outcome: load.Throttled, Dimension: load.RPM}}
	now := time.Duration(0)
	step := func() {
		r.Sent(now, c)
		r.Attempted(now, a, c)
		now += time.Millisecond
	}
	step()
	if n := testing.AllocsPerRun(1000, step); n != 0 {
		t.Errorf("%v allocations per attempt", n)
	}
}

func BenchmarkSentOfTwoTenants(b *testing.B) {
	r := NewRecorder(twoTenants())
	c := &load.Call{Arrival: load.Arrival{Class: 1, Model: "m"}, Slot: 99, Attempts: 1}
	b.ReportAllocs()
	now := time.Duration(0)
	for b.Loop() {
		now += 10 * time.Microsecond
		r.Sent(now, c)
	}
}

func TestOfferedTimes(t *testing.T) {
	t.Parallel()
	r := NewRecorder(Config{Duration: 60 * sec})
	var calls []one
	for i := range 20 {
		o := load.OK
		if i == 19 {
			o = load.Throttled
		}
		calls = append(calls, one{done: time.Duration(i+1) * sec, outcome: o})
	}
	play(r, calls)
	s := r.Snapshot(60 * sec)
	near(t, "half", told(t, s, "offered_time_ms.p50"), 10_000, 10)
	near(t, "p90", told(t, s, "offered_time_ms.p90"), 18_000, 20)
	near(t, "p95", told(t, s, "offered_time_ms.p95"), 19_000, 20)
	withheld(t, s, "offered_time_ms.max", "too many arrivals never succeeded")
	withheld(t, s, "offered_time_ms.p99", "needs 100 arrivals, had 20")
	near(t, "of the successes", told(t, s, "response_time_ms.max"), 19_000, 20)
}

func TestUseOfDemand(t *testing.T) {
	t.Parallel()
	// 6 requests of 500 tokens in; a supply of 10 + 60 requests and 1000 + 1000.
	r := NewRecorder(Config{Duration: 60 * sec, Limits: []PoolLimits{{Name: "p", RPM: Limit{60, 10, 10}, ITPM: Limit{1000, 1000, 1000}}}})
	var calls []one
	for i := range 6 {
		o := load.OK
		if i >= 3 {
			o = load.Throttled
		}
		calls = append(calls, one{due: time.Duration(i) * sec, sent: time.Duration(i) * sec, done: time.Duration(i) * sec, outcome: o, tokens: load.Tokens{Input: 500}})
	}
	play(r, calls)
	s := r.Snapshot(60 * sec)
	near(t, "requests", told(t, s, "utilisation_of_demand.rpm"), 0.5, 1e-9)
	near(t, "input", told(t, s, "utilisation_of_demand.itpm"), 0.75, 1e-9)
	near(t, "binding", told(t, s, "utilisation.binding"), 0.75, 1e-9)
	if s.Binding() != "itpm" {
		t.Errorf("%s binds, want itpm", s.Binding())
	}
	if none := NewRecorder(Config{}).Snapshot(sec); none.Binding() != "" {
		t.Errorf("%s binds without limits", none.Binding())
	}
	withheld(t, s, "utilisation_of_demand.otpm", "the limit is not known")
	near(t, "wasted input", told(t, s, "wasted_input_ratio"), 0.5, 1e-9)
}

func TestWaitsByUrgency(t *testing.T) {
	t.Parallel()
	cfg := Config{Classes: []string{"chat", "bulk"}, Priorities: []load.Priority{load.High, load.Low}, Duration: 60 * sec}
	r := NewRecorder(cfg)
	for class, wait := range []time.Duration{2 * sec, 8 * sec} {
		a := load.Arrival{Class: class, Priority: cfg.Priorities[class]}
		r.Arrived(0, &a)
		r.Finished(wait, &load.Result{Arrival: a, Outcome: load.OK, Attempts: 1, QueueWait: wait / 2, Backoff: wait / 2, Finished: wait + 3*sec, Last: load.Attempt{Started: wait, Done: wait + sec}})
	}
	s := r.Snapshot(60 * sec)
	near(t, "urgent", told(t, s, "class_wait_ratio"), 0.25, 1e-3)
	near(t, "wasted service", told(t, s, "wasted_service_ms.p50"), 2000, 2)
	cfg.Priorities[1] = load.High
	withheld(t, NewRecorder(cfg).Snapshot(sec), "class_wait_ratio", "all calls are equally urgent")
}

// What a run tells of the band in which an outage decides.
func TestWhatKeepsAnOutageGoing(t *testing.T) {
	t.Parallel()
	run := func(cfg Config, back int) *Snapshot {
		r := NewRecorder(cfg)
		var calls []one
		for i := range 400 {
			o := load.OK
			if i >= 100 && i < back {
				o = load.Overloaded
			}
			at := time.Duration(i)*sec + sec/2
			calls = append(calls, one{due: at, sent: at, done: at, outcome: o})
		}
		play(r, calls)
		extra := &load.Call{}
		for at := 120 * sec; at < 320*sec && back > 200; at += sec / 2 {
			r.Sent(at, extra) // it asks three times a second instead of once
		}
		return r.Snapshot(400 * sec)
	}
	cfg := Config{Duration: 400 * sec, Outages: []Outage{{100 * sec, 120 * sec}}}
	s := run(cfg, 120)
	near(t, "before", told(t, s, "keeps_up_ratio"), 1, 0)
	near(t, "as before", told(t, s, "recovery_amplification"), 1, 0)
	s = run(cfg, 400)
	near(t, "before", told(t, s, "keeps_up_ratio"), 1, 0)
	near(t, "three times", told(t, s, "recovery_amplification"), 3, 0.02)
	cfg.Outages = nil
	s = run(cfg, 400)
	near(t, "at the end", told(t, s, "keeps_up_ratio"), 0, 0)
	withheld(t, s, "recovery_amplification", "no outage is known")
}

// Parts of a run add up.
func TestBlameMerges(t *testing.T) {
	t.Parallel()
	part := func(refused int) *Snapshot {
		r := NewRecorder(twoTenants())
		for n := range refused {
			knocks(r, time.Duration(n)*sec, knock{1, int32(n), 1, false})
		}
		knocks(r, 30*sec, knock{1, 40, 1, true})
		return r.Snapshot(60 * sec)
	}
	whole := part(2)
	if err := whole.Merge(part(3)); err != nil {
		t.Fatal(err)
	}
	near(t, "both parts", told(t, whole, "neighbour_refused_ratio"), 5.0/7, 1e-12)
}
