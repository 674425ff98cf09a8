package breaker_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/policy/breaker"
)

const s = time.Second

var (
	granted = load.Permit{}
	refused = load.Permit{State: load.Refused, By: "breaker"}
	event   = load.Permit{State: load.WaitEvent, By: "breaker"}
)

func until(at time.Duration) load.Permit {
	return load.Permit{State: load.WaitUntil, At: at, By: "breaker"}
}

// step is one line of a timeline: a call is taken, or ends with a status, and
// what the breaker says afterwards.
type step struct {
	at     time.Duration
	take   int32 // slot, or none
	done   int32 // slot, or none
	status int   // of the end; 0 is a timeout
	sent   time.Duration
	ready  load.Permit
	state  breaker.State
}

const none = -1

func (st step) attempt() *load.Attempt {
	a := &load.Attempt{Scheduled: st.sent, Response: load.Response{Outcome: load.Failed, Status: st.status}}
	switch st.status {
	case 0:
		a.Response.Outcome = load.TimedOut
	case 200:
		a.Response.Outcome = load.OK
	case 429:
		a.Response.Outcome = load.Throttled
	case 529:
		a.Response.Outcome = load.Overloaded
	}
	return a
}

func TestTimelines(t *testing.T) {
	t.Parallel()
	for _, tl := range []struct {
		name  string
		cfg   breaker.Config
		steps []step
	}{
		{"failures in a row, one trial that succeeds", breaker.Config{Failures: 3, Open: 10 * s}, []step{
			{0, 1, none, 0, 0, granted, breaker.Closed},
			{1 * s, none, 1, 529, 0, granted, breaker.Closed},
			{2 * s, none, 2, 500, 0, granted, breaker.Closed},
			{3 * s, none, 3, 0, 0, until(13 * s), breaker.Open},
			{13*s - 1, none, none, 0, 0, until(13 * s), breaker.Open},
			{13 * s, none, none, 0, 0, granted, breaker.HalfOpen},
			{13 * s, 4, none, 0, 0, event, breaker.HalfOpen},
			{14 * s, none, 4, 200, 13 * s, granted, breaker.Closed},
			{15 * s, none, 5, 529, 14 * s, granted, breaker.Closed},
			{15 * s, none, 5, 529, 14 * s, granted, breaker.Closed},
			{15 * s, none, 5, 529, 14 * s, until(25 * s), breaker.Open},
		}},
		{"a success ends the row", breaker.Config{Failures: 2}, []step{
			{1 * s, none, 1, 529, 0, granted, breaker.Closed},
			{2 * s, none, 1, 200, 0, granted, breaker.Closed},
			{3 * s, none, 1, 529, 0, granted, breaker.Closed},
			{4 * s, none, 1, 529, 0, until(34 * s), breaker.Open},
		}},
		{"a trial that fails opens it for another round", breaker.Config{Failures: 1, Open: 10 * s}, []step{
			{1 * s, none, 1, 529, 0, until(11 * s), breaker.Open},
			{12 * s, 2, none, 0, 0, event, breaker.HalfOpen},
			{15 * s, none, 2, 503, 12 * s, until(25 * s), breaker.Open},
		}},
		{"429 and 400 say nothing", breaker.Config{Failures: 2}, []step{
			{1 * s, none, 1, 529, 0, granted, breaker.Closed},
			{2 * s, none, 1, 429, 0, granted, breaker.Closed},
			{3 * s, none, 1, 400, 0, granted, breaker.Closed},
			{4 * s, none, 1, 529, 0, until(34 * s), breaker.Open},
		}},
		{"429 counts when told so", breaker.Config{Failures: 2, CountThrottled: true}, []step{
			{1 * s, none, 1, 429, 0, granted, breaker.Closed},
			{2 * s, none, 1, 429, 0, until(32 * s), breaker.Open},
		}},
		{"a trial that says nothing makes room for another", breaker.Config{Failures: 1, Open: 10 * s}, []step{
			{0, none, 1, 529, 0, until(10 * s), breaker.Open},
			{10 * s, 2, none, 0, 0, event, breaker.HalfOpen},
			{11 * s, none, 2, 429, 10 * s, granted, breaker.HalfOpen},
			{12 * s, 3, none, 0, 0, event, breaker.HalfOpen},
			{13 * s, none, 3, 200, 12 * s, granted, breaker.Closed},
		}},
		{"several trials must all succeed", breaker.Config{Failures: 1, Open: 10 * s, Trials: 2}, []step{
			{0, none, 1, 529, 0, until(10 * s), breaker.Open},
			{10 * s, 2, none, 0, 0, granted, breaker.HalfOpen},
			{10 * s, 3, none, 0, 0, event, breaker.HalfOpen},
			{11 * s, none, 2, 200, 10 * s, event, breaker.HalfOpen},
			{12 * s, none, 3, 200, 10 * s, granted, breaker.Closed},
		}},
		{"answers to what was sent before say nothing about a trial", breaker.Config{Failures: 1, Open: 10 * s}, []step{
			{0, none, 1, 529, 0, until(10 * s), breaker.Open},
			{5 * s, none, 7, 200, 0, until(10 * s), breaker.Open},
			{10 * s, 2, none, 0, 0, event, breaker.HalfOpen},
			{11 * s, none, 8, 529, 0, event, breaker.HalfOpen},
			{12 * s, none, 2, 200, 10 * s, granted, breaker.Closed},
			{13 * s, none, 9, 529, 0, granted, breaker.Closed},
			{14 * s, none, 9, 529, 12 * s, until(24 * s), breaker.Open},
		}},
		{"fails instead of waiting", breaker.Config{Failures: 1, Open: 10 * s, WhenOpen: breaker.Fail}, []step{
			{0, none, 1, 529, 0, refused, breaker.Open},
			{10 * s, 2, none, 0, 0, refused, breaker.HalfOpen},
			{11 * s, none, 2, 200, 10 * s, granted, breaker.Closed},
		}},
		{"ratio over the last four", breaker.Config{Ratio: 0.5, Window: 4}, []step{
			{1 * s, none, 1, 529, 0, granted, breaker.Closed},
			{1 * s, none, 1, 200, 0, granted, breaker.Closed},
			{1 * s, none, 1, 200, 0, granted, breaker.Closed},
			{1 * s, none, 1, 200, 0, granted, breaker.Closed}, // 1 of 4
			{2 * s, none, 1, 529, 0, granted, breaker.Closed}, // the first fell out: 1 of 4
			{3 * s, none, 1, 529, 0, until(33 * s), breaker.Open},
			// closed again, it knows nothing of before: three attempts are too few to judge
			{33 * s, 2, none, 0, 0, event, breaker.HalfOpen},
			{34 * s, none, 2, 200, 33 * s, granted, breaker.Closed},
			{35 * s, none, 1, 529, 35 * s, granted, breaker.Closed},
			{35 * s, none, 1, 529, 35 * s, granted, breaker.Closed},
			{35 * s, none, 1, 200, 35 * s, granted, breaker.Closed},
			{35 * s, none, 1, 200, 35 * s, until(65 * s), breaker.Open},
		}},
	} {
		t.Run(tl.name, func(t *testing.T) {
			t.Parallel()
			if ps := tl.cfg.Validate(); len(ps) > 0 {
				t.Fatal(ps)
			}
			b := breaker.New(tl.cfg)
			for i, st := range tl.steps {
				if st.take != none {
					if p := b.Ready(st.at, &load.Call{Slot: st.take}); p != granted {
						t.Fatalf("line %d: taken without a permit: %+v", i, p)
					}
					b.Take(st.at, &load.Call{Slot: st.take})
				}
				if st.done != none {
					b.Done(st.at, &load.Call{Slot: st.done}, st.attempt())
				}
				if p, state := b.Ready(st.at, &load.Call{}), b.State(st.at); p != st.ready || state != st.state {
					t.Errorf("line %d, %v: %+v and %v, want %+v and %v", i, st.at, p, state, st.ready, st.state)
				}
			}
		})
	}
}

// Whatever happens, asking changes nothing, a half-open breaker has at most
// Trials calls under way, and an open one lets nobody through in time.
func TestNeverMoreThanTrials(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		trials := rapid.IntRange(1, 3).Draw(t, "trials")
		b := breaker.New(breaker.Config{Failures: 2, Open: 10, Trials: trials})
		now, slot := time.Duration(0), int32(0)
		flying := map[int32]time.Duration{}
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			now += time.Duration(rapid.IntRange(0, 6).Draw(t, "later"))
			before := b.State(now)
			p := b.Ready(now, &load.Call{})
			if b.State(now) != before || b.Ready(now, &load.Call{}) != p {
				t.Fatal("asking changed the breaker")
			}
			if before == breaker.Open && p.State == load.Granted || before == breaker.Closed && p.State != load.Granted {
				t.Fatalf("%v breaker says %+v", before, p)
			}
			if p.State == load.Granted && rapid.Bool().Draw(t, "send") {
				slot++
				b.Take(now, &load.Call{Slot: slot})
				flying[slot] = now
				continue
			}
			for id := range slot + 1 {
				if at, ok := flying[id]; ok {
					status := rapid.SampledFrom([]int{200, 529, 429}).Draw(t, "status")
					b.Done(now, &load.Call{Slot: id}, step{status: status, sent: at}.attempt())
					delete(flying, id)
					break
				}
			}
		}
		// Wait it out: however it stands, it opens to trials of which no more
		// than the set number get through.
		for b.State(now) == breaker.Closed {
			b.Done(now, &load.Call{Slot: slot + 1}, step{status: 529, sent: now}.attempt())
		}
		if b.State(now) == breaker.Open {
			now += 10
		}
		got := 0
		for b.Ready(now, &load.Call{}).State == load.Granted {
			slot++
			got++
			b.Take(now, &load.Call{Slot: slot})
		}
		if got > trials {
			t.Fatalf("%d trials, want at most %d", got, trials)
		}
	})
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		cfg  breaker.Config
		want []string
	}{
		{breaker.Config{}, []string{"failures"}},
		{breaker.Config{Failures: 5}, nil},
		{breaker.Config{Ratio: 1, Window: 10, Trials: 3, Open: s, WhenOpen: breaker.Wait}, nil},
		{breaker.Config{Failures: -1, Ratio: math.NaN(), Window: -1, Open: -1, Trials: -1, WhenOpen: "drop"}, []string{"failures", "ratio", "window", "open", "trials", "when_open"}},
		{breaker.Config{Ratio: 1.1, Window: 1e9, Trials: 1e9}, []string{"ratio", "window", "trials"}},
		{breaker.Config{Failures: 5, Window: 20}, []string{"window"}},
	} {
		var got []string
		for _, p := range row.cfg.Validate() {
			got = append(got, p.Path)
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%+v: problems at %v, want %v", row.cfg, got, row.want)
		}
	}
}

func BenchmarkReadyTakeDone(b *testing.B) {
	g := breaker.New(breaker.Config{Failures: 5, Ratio: 0.5, Window: 20})
	c, a := &load.Call{}, &load.Attempt{Response: load.Response{Outcome: load.OK, Status: 200}}
	b.ReportAllocs()
	for b.Loop() {
		if g.Ready(0, c).State == load.Granted {
			g.Take(0, c)
			g.Done(0, c, a)
		}
	}
}
