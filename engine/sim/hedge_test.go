package sim_test

import (
	"testing"
	"time"

	"ratecliff/engine"
	"ratecliff/engine/sim"
	"ratecliff/load"
	"ratecliff/mockserver/model"
	"ratecliff/mockserver/model/fault"
	"ratecliff/policy/hedge"
	"ratecliff/policy/queue"
	"ratecliff/policy/retry"
	"ratecliff/policy/route"
)

// hedged is the run of a setup with a second copy after 3 s.
func hedged(t *testing.T, s setup) sim.Config {
	t.Helper()
	cfg := s.config(t)
	cfg.Engine = engine.New(engine.Config{Seed: s.seed, Stack: func(int) engine.Stack {
		out := engine.Stack{Queue: queue.New(queue.Config{}), Route: route.New(route.Config{}, s.seed), Hedge: hedge.New(hedge.Config{Delay: 3 * time.Second})}
		for _, layer := range s.retry {
			out.Retry = append(out.Retry, retry.New(layer))
		}
		return out
	}})
	return cfg
}

// stalls makes a share of the answers come a minute late.
func stalls(share float64) fault.Config {
	return fault.Config{Rules: []fault.Rule{{Match: fault.Match{Probability: &share}, Effect: fault.Effect{Kind: fault.Pass, Delay: time.Minute}}}}
}

// The answer of an attempt that was given up does not come: the run ends with
// the last call, and takes no more events.
func TestGivenUpIsGone(t *testing.T) {
	t.Parallel()
	server := model.Config{Latency: fixedLatency()}
	server.Faults = stalls(1)
	server.Faults.Rules[0].Match.Attempts = []int{1}
	out := sim.Run(hedged(t, setup{arrivals: load.Process{Kind: load.Burst, N: 1}, duration: time.Second, server: server}))
	// Arrival, the copy's wake, its answer, and the end of the first.
	if out.End != 5*time.Second || out.Events != 4 {
		t.Errorf("ended at %v after %d events, want 5s and 4", out.End, out.Events)
	}
}

// What the record says was billed is what the service has charged, losers
// included.
func TestBilledIsWhatWasCharged(t *testing.T) {
	t.Parallel()
	for _, output := range []model.Output{model.AsProduced, model.Reserve, model.Postpaid} {
		half := 0.5
		server := model.Config{ // never empty, never full
			RPM: 60_000, ITPM: 60_000, OTPM: 60_000, BurstWindow: time.Hour, StartLevel: &half,
			Output: output, Latency: fixedLatency(), Faults: stalls(0.2),
		}
		cfg := hedged(t, setup{arrivals: load.Process{Kind: load.Poisson, Rate: 5}, duration: 5 * time.Minute, seed: 3, server: server})
		out := sim.Run(cfg)
		s := cfg.Recorder.Snapshot(out.End)
		want := [3]int64{s.Attempts.Sent, s.Billed[0].Tokens.Metered(), s.Billed[0].Tokens.Output}
		for _, l := range cfg.Server.AppendLevels(nil, out.End) {
			charged := float64(l.Capacity)/2 + float64(l.Limit)*out.End.Minutes() - l.Tokens()
			// A token begun is charged and not billed.
			if more := charged - float64(want[l.Dimension-load.RPM]); more < -0.01 || more > float64(s.Attempts.Answered[load.Cancelled]) {
				t.Errorf("%s: %.1f more %v charged than billed", output, more, l.Dimension)
			}
		}
		if n := s.Attempts.Answered[load.Cancelled]; n < 150 {
			t.Errorf("%d given up prove too little", n)
		}
	}
}
