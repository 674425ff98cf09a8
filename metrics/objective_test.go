package metrics

import (
	"math"
	"testing"
	"time"

	"ratecliff/load"
)

// One class with an objective of 2 s to the end and 1 s to the first token, and
// one without.
func TestObjectiveIsCountedOverItsOwnClassesOnly(t *testing.T) {
	t.Parallel()
	r := NewRecorder(Config{
		Classes: []string{"chat", "bulk"}, Duration: time.Minute,
		Objectives: []Objective{{ResponseTime: 2 * time.Second, FirstToken: time.Second}},
	})
	rows := []struct {
		class         int
		token, finish time.Duration
		outcome       load.Outcome
	}{
		{0, time.Second, 2 * time.Second, load.OK},       // kept to the instant
		{0, time.Second, 2*time.Second + 1, load.OK},     // a nanosecond late
		{0, time.Second + 1, 2 * time.Second, load.OK},   // first token late
		{0, time.Second / 2, time.Second, load.Lost},     // no success
		{1, 30 * time.Second, 40 * time.Second, load.OK}, // nobody asked
	}
	for i, row := range rows {
		a := load.Arrival{ID: uint64(i), Class: row.class}
		r.Arrived(0, &a)
		r.Finished(row.finish, &load.Result{Arrival: a, Outcome: row.outcome, Finished: row.finish, Last: load.Attempt{FirstToken: row.token, Done: row.finish}})
	}
	got := r.Snapshot(time.Minute).Values()["slo_ratio"]
	if got.V != 0.25 || got.N != 4 {
		t.Fatalf("slo_ratio %v of %d, want 0.25 of 4", got.V, got.N)
	}
	none := NewRecorder(Config{Classes: []string{"chat"}}).Snapshot(time.Minute).Values()["slo_ratio"]
	if none.Withheld == "" {
		t.Fatalf("without an objective: %+v, want it withheld", none)
	}
}

// A model with a second price for long prompts is billed at each for its own.
func TestLongPromptsHaveTheirOwnPrice(t *testing.T) {
	t.Parallel()
	prices := map[string]Price{"m": {Input: 1, Output: 10, LongAbove: 1000, Long: &Price{Input: 5, Output: 50}}}
	r := NewRecorder(Config{Classes: []string{""}, Prices: prices})
	for _, prompt := range []int64{1000, 1001} {
		c := &load.Call{Arrival: load.Arrival{Model: "m"}}
		r.Sent(0, c)
		r.Attempted(0, &load.Attempt{N: 1, Response: load.Response{Outcome: load.OK, Usage: load.Tokens{Input: prompt, Output: 100}}}, c)
	}
	s := r.Snapshot(time.Second)
	want := (1000*1+100*10)/1e6 + (1001*5+100*50)/1e6
	if got, why := s.Cost(); math.Abs(got-want) > 1e-12 || why != "" {
		t.Fatalf("cost %v (%s), want %v", got, why, want)
	}
	if len(s.Billed) != 2 || s.Billed[0].Long || !s.Billed[1].Long {
		t.Fatalf("billed %+v, want the ordinary price first", s.Billed)
	}
}
