package metrics

import (
	"testing"
	"time"

	"ratecliff/load"
)

// A hedged call: sent at 0, a copy at 5 s that succeeds at 7 s, the first given up.
func hedgedCall(r *Recorder, usage load.Tokens, copyWins bool) {
	first := &load.Call{Arrival: load.Arrival{ID: 1, Priority: load.Low, Tokens: load.Tokens{Input: 100, Output: 50}}, Attempts: 1}
	second := &load.Call{Arrival: first.Arrival, Slot: 1, Copy: 1, Attempts: 2}
	won := load.Attempt{N: 2, Started: 5 * sec, Done: 7 * sec, Response: load.Response{Outcome: load.OK, Usage: first.Tokens}}
	gone := load.Attempt{N: 1, Done: 7 * sec, Response: load.Response{Outcome: load.Cancelled, Usage: usage}}
	winner, loser := second, first
	if !copyWins {
		winner, loser = first, second
	}
	r.Arrived(0, &first.Arrival)
	r.Sent(0, first)
	r.Sent(5*sec, second)
	r.Attempted(7*sec, &won, winner)
	r.Finished(7*sec, &load.Result{Arrival: first.Arrival, Outcome: load.OK, Attempts: 2, Finished: 7 * sec, Last: won})
	r.Attempted(7*sec, &gone, loser)
}

// Both copies are attempts; the loser's tokens are billed and wasted; it is no
// failure and no retry.
func TestHedgedCallInTheRecord(t *testing.T) {
	t.Parallel()
	for _, copyWins := range []bool{true, false} {
		r := NewRecorder(Config{Classes: []string{"chat"}, Duration: 10 * sec, Prices: map[string]Price{"": {Input: 10, Output: 20}}})
		hedgedCall(r, load.Tokens{Input: 100, Output: 20}, copyWins)
		s := r.Snapshot(10 * sec)
		near(t, "attempts", told(t, s, "attempts_per_success"), 2, 0)
		near(t, "wasted attempts", told(t, s, "wasted_attempts_ratio"), 0.5, 0)
		near(t, "wasted tokens", told(t, s, "wasted_tokens_ratio"), 120.0/270, 1e-12)
		near(t, "cost", told(t, s, "cost_usd_per_success"), (200*10.0+70*20)/1e6, 1e-12)
		near(t, "retries", told(t, s, "amplification.layer1"), 1, 0)
		if s.Attempts.Answered[load.Cancelled] != 1 || s.Attempts.ByLayer[0] != 1 || s.Series.Bins[7].Failed != 0 || s.Herd.PeakInFlight != 2 {
			t.Errorf("%+v; %+v", s.Attempts, s.Series.Bins[7])
		}
	}
}

// What is given up leaves nothing behind that others would seem to overtake, nor
// does a copy overtake anybody.
func TestHedgedCallsDoNotInvertPriorities(t *testing.T) {
	t.Parallel()
	for _, copyWins := range []bool{true, false} {
		r := NewRecorder(Config{Classes: []string{"chat"}, Duration: time.Minute})
		hedgedCall(r, load.Tokens{}, copyWins)
		for p := load.Critical; p <= load.Low; p++ {
			if n := r.urgency.pending[rankOf(p)]; n != 0 {
				t.Errorf("copy wins: %v; %d of priority %v wait", copyWins, n, p)
			}
		}
		asleep := &load.Call{Arrival: load.Arrival{Priority: load.Critical}, Slot: 2}
		r.Arrived(8*sec, &asleep.Arrival)
		hedgedCall(r, load.Tokens{}, copyWins)
		s, wins := r.Snapshot(10*sec), 0.0
		if !copyWins {
			wins = 0.5 // the first overtook; the one before the urgent call came did not
		}
		near(t, "inversion", told(t, s, "priority_inversion_ratio"), wins, 0)
	}
}
