package metrics

import (
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
)

const sec = time.Second

// one is a call with a single attempt, from due to done.
type one struct {
	due, sent, done time.Duration
	outcome         load.Outcome
	class           int
	model           string
	tokens          load.Tokens
}

// play records calls in the order of their instants.
func play(r *Recorder, calls []one) {
	type step struct {
		at   time.Duration
		rank int
		do   func(now time.Duration)
	}
	var steps []step
	for i := range calls {
		c := &calls[i]
		call := &load.Call{Arrival: load.Arrival{ID: uint64(i), Due: c.due, Class: c.class, Model: c.model, Tokens: c.tokens, MaxTokens: c.tokens.Output}}
		attempt := load.Attempt{N: 1, Target: load.Target{Model: c.model}, Scheduled: c.due, Started: c.sent, FirstToken: c.sent + (c.done-c.sent)/2, Done: c.done}
		attempt.Response = load.Response{Outcome: c.outcome, Status: 200, Usage: c.tokens}
		if c.outcome != load.OK {
			attempt.FirstToken, attempt.Response.Usage, attempt.Response.Status = 0, load.Tokens{}, 429
		}
		end := c.outcome
		if end == load.Throttled || end == load.Overloaded || end == load.Failed {
			end = load.Lost
		}
		steps = append(steps,
			step{c.due, 0, func(now time.Duration) { r.Arrived(now, &call.Arrival) }},
			step{c.sent, 1, func(now time.Duration) { r.Sent(now, call) }},
			step{c.done, 2, func(now time.Duration) {
				r.Attempted(now, &attempt, call)
				r.Finished(now, &load.Result{Arrival: call.Arrival, Outcome: end, Attempts: 1, QueueWait: c.sent - c.due, Finished: now, Last: attempt})
			}})
	}
	for len(steps) > 0 {
		best := 0
		for i := range steps {
			if steps[i].at < steps[best].at || steps[i].at == steps[best].at && steps[i].rank < steps[best].rank {
				best = i
			}
		}
		steps[best].do(steps[best].at)
		steps = append(steps[:best], steps[best+1:]...)
	}
}

// randomCalls draws a small run; span stretches it so that bins get coarse.
func randomCalls(t *rapid.T) []one {
	span := rapid.SampledFrom([]time.Duration{10 * sec, 3000 * sec, 9000 * sec, 40_000 * sec}).Draw(t, "span")
	n := rapid.IntRange(0, 8).Draw(t, "calls")
	calls := make([]one, n)
	for i := range calls {
		due := time.Duration(rapid.Int64Range(0, int64(span)).Draw(t, "due"))
		sent := due + time.Duration(rapid.Int64Range(0, int64(5*sec)).Draw(t, "wait"))
		calls[i] = one{
			due: due, sent: sent, done: sent + time.Duration(rapid.Int64Range(0, int64(9*sec)).Draw(t, "service")),
			outcome: rapid.SampledFrom([]load.Outcome{load.OK, load.OK, load.Throttled, load.Overloaded, load.Failed}).Draw(t, "outcome"),
			class:   rapid.IntRange(0, 1).Draw(t, "class"),
			model:   rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "model"),
			tokens:  load.Tokens{Input: rapid.Int64Range(0, 5000).Draw(t, "in"), Output: rapid.Int64Range(1, 500).Draw(t, "out")},
		}
	}
	return calls
}

func twoPools() Config {
	limit := Limit{PerMinute: 6000, Burst: 6000, Level: 6000}
	return Config{
		Classes: []string{"chat", "batch"}, Duration: 10 * sec,
		Limits: []PoolLimits{{Name: "A", Models: []string{"a"}, RPM: limit, ITPM: limit}, {Name: "B", Models: []string{"b*"}, RPM: limit}},
		Prices: map[string]Price{"a": {Input: 3, Output: 15}},
	}
}

func randomSnapshot(t *rapid.T) *Snapshot {
	r := NewRecorder(twoPools())
	calls := randomCalls(t)
	play(r, calls)
	end := time.Duration(0)
	for _, c := range calls {
		end = max(end, c.done)
	}
	r.Gauge(end, rapid.IntRange(0, 9).Draw(t, "waiting"), 1, 2)
	if rapid.Bool().Draw(t, "late") {
		r.Late(time.Duration(rapid.Int64Range(-5, int64(sec)).Draw(t, "lateness")))
	}
	return r.Snapshot(end + time.Duration(rapid.Int64Range(0, int64(100*sec)).Draw(t, "tail")))
}
