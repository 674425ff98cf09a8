package sim_test

import (
	"testing"
	"time"

	"ratecliff/engine"
	"ratecliff/engine/sim"
	"ratecliff/load"
	"ratecliff/metrics"
	"ratecliff/mockserver/model"
	"ratecliff/policy/queue"
	"ratecliff/policy/retry"
	"ratecliff/policy/route"
)

// setup is one run in a few words.
type setup struct {
	arrivals load.Process
	duration time.Duration
	server   model.Config
	retry    []retry.Config
	deadline time.Duration
	horizon  time.Duration
	cap      int64
	seed     uint64
}

// fullJitter is min(60 s, 1 s·2ⁿ) drawn from zero, eight attempts.
func fullJitter() []retry.Config {
	return []retry.Config{{Name: "full-jitter", Attempts: 8, Delay: retry.Delay{Kind: retry.FullJitter, Base: time.Second, Cap: time.Minute}}}
}

// fixedLatency answers after exactly 2 s (100 tokens at 100 a second after
// 1 s) and refuses after 50 ms.
func fixedLatency() model.Latency {
	return model.Latency{TTFT: load.FixedDist(1), TokensPerSecond: load.FixedDist(100), Refusal: load.FixedDist(0.05)}
}

func (s setup) config(tb testing.TB) sim.Config {
	tb.Helper()
	plan := load.Plan{Seed: s.seed, Duration: s.duration, Classes: []load.Class{{
		Name: "calls", Model: "claude-sonnet-5", Priority: load.Medium, Arrivals: s.arrivals, Deadline: s.deadline,
		Input: load.FixedDist(200), Output: load.FixedDist(100), MaxTokens: 100, Stream: true,
	}}}
	stream, err := plan.Stream(nil)
	if err != nil {
		tb.Fatal(err)
	}
	server, err := model.New(s.server, s.seed)
	if err != nil {
		tb.Fatal(err)
	}
	stack := func(int) engine.Stack {
		out := engine.Stack{Queue: queue.New(queue.Config{}), Route: route.New(route.Config{}, 0)}
		for _, layer := range s.retry {
			out.Retry = append(out.Retry, retry.New(layer))
		}
		return out
	}
	rpm := int64(s.server.RPM)
	return sim.Config{
		Engine: engine.New(engine.Config{Seed: s.seed, Stack: stack}),
		Stream: stream, Server: server,
		Recorder: metrics.NewRecorder(metrics.Config{
			Classes: []string{"calls"}, Duration: s.duration, Horizon: s.horizon,
			Limits: []metrics.PoolLimits{{Name: "all", RPM: metrics.Limit{PerMinute: rpm, Burst: rpm, Level: rpm}}},
			Prices: map[string]metrics.Price{"claude-sonnet-5": {Input: 2, Output: 10}},
		}),
		Horizon: s.horizon, MaxEvents: s.cap, Digest: true,
	}
}

// play runs it and returns what became of the arrivals.
func (s setup) play(t *testing.T) (sim.Outcome, map[load.Outcome]int, []load.Result) {
	t.Helper()
	cfg := s.config(t)
	counts := map[load.Outcome]int{}
	var results []load.Result
	cfg.OnResult = func(r *load.Result) {
		counts[r.Outcome]++
		results = append(results, *r)
	}
	return sim.Run(cfg), counts, results
}

func hundred() load.Process { return load.Process{Kind: load.Burst, N: 100} }

func TestBurstWithoutRetryServesWhatTheBucketHolds(t *testing.T) {
	t.Parallel()
	out, got, results := setup{arrivals: hundred(), duration: time.Minute, server: model.Config{RPM: 50, Burst: 10, Latency: fixedLatency()}}.play(t)
	if got[load.OK] != 10 || got[load.Lost] != 90 {
		t.Fatalf("outcomes %v, want 10 ok and 90 lost", got)
	}
	if out.End != 2*time.Second {
		t.Fatalf("ended at %v, want 2s: the successes answer last", out.End)
	}
	for _, r := range results {
		if want := 2 * time.Second; r.Outcome == load.OK && r.ResponseTime() != want {
			t.Fatalf("a success took %v, want %v", r.ResponseTime(), want)
		}
	}
}

func TestEveryArrivalEndsOnce(t *testing.T) {
	t.Parallel()
	arrivals := load.Process{Kind: load.Poisson, Rate: load.Rate(2)}
	server := model.Config{RPM: 60, Burst: 5, Latency: fixedLatency()}
	cases := map[string]setup{
		"to the end":     {arrivals: arrivals, retry: fullJitter()},
		"horizon":        {arrivals: arrivals, retry: fullJitter(), horizon: 70 * time.Second},
		"deadlines":      {arrivals: arrivals, retry: fullJitter(), deadline: 1500 * time.Millisecond},
		"event cap":      {arrivals: arrivals, retry: fullJitter(), cap: 200},
		"no retry layer": {arrivals: arrivals},
	}
	for name, s := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.duration, s.server, s.seed = time.Minute, server, 3
			cfg := s.config(t)
			arrived, ended := 0, map[uint64]int{}
			cfg.Tap = func(_ time.Duration, ev engine.Event) {
				if ev.Kind == engine.Arrive {
					arrived++
				}
			}
			cfg.OnResult = func(r *load.Result) { ended[r.Arrival.ID]++ }
			out := sim.Run(cfg)
			if arrived < 30 || len(ended) != arrived {
				t.Fatalf("%d arrived, %d ended", arrived, len(ended))
			}
			for id, n := range ended {
				if n != 1 {
					t.Errorf("arrival %x ended %d times", id, n)
				}
			}
			if out.Capped != (name == "event cap") {
				t.Errorf("capped: %v", out.Capped)
			}
		})
	}
}

// A call is cut at its deadline, and the model stops working for it.
func TestDeadlineCutsTheAttempt(t *testing.T) {
	t.Parallel()
	_, got, results := setup{
		arrivals: load.Process{Kind: load.Burst, N: 1}, duration: time.Minute, deadline: 1500 * time.Millisecond,
		server: model.Config{Latency: fixedLatency()},
	}.play(t)
	if got[load.TimedOut] != 1 || results[0].Finished != 1500*time.Millisecond {
		t.Fatalf("outcomes %v, finished at %v; want one timed out at 1.5s", got, results[0].Finished)
	}
}

func TestClosedLoopKeepsItsUsers(t *testing.T) {
	t.Parallel()
	loop := load.Process{Kind: load.ClosedLoop, Users: 3, Think: load.FixedDist(1)}
	out, got, _ := setup{arrivals: loop, duration: time.Minute, server: model.Config{Latency: fixedLatency()}}.play(t)
	// Each user takes 2 s to be served and 1 s to think: 20 turns in a minute.
	if got[load.OK] < 57 || got[load.OK] > 63 {
		t.Fatalf("%d calls in a minute by 3 users with a cycle of 3s, want about 60 (%v)", got[load.OK], out.End)
	}
}

func TestQuitAbandonsTheRun(t *testing.T) {
	t.Parallel()
	cfg := setup{arrivals: load.Process{Kind: load.Poisson, Rate: 100}, duration: time.Hour}.config(t)
	asked := 0
	cfg.Quit = func() bool { asked++; return asked > 2 }
	if out := sim.Run(cfg); !out.Quit || asked != 3 || out.End > 30*time.Minute {
		t.Fatalf("%+v after %d questions, want an abandoned run", out, asked)
	}
}

func TestSameSeedSameActions(t *testing.T) {
	t.Parallel()
	s := setup{
		arrivals: load.Process{Kind: load.Poisson, Rate: 2}, duration: 5 * time.Minute, seed: 9,
		server: model.Config{RPM: 60, Burst: 5}, retry: fullJitter(),
	}
	one, _, _ := s.play(t)
	two, _, _ := s.play(t)
	s.seed = 10
	other, _, _ := s.play(t)
	if one != two {
		t.Errorf("equal runs differ: %+v and %+v", one, two)
	}
	if one.Digest == other.Digest {
		t.Error("another seed gave the same actions")
	}
}

// BenchmarkDay is 24 h of Poisson traffic at 1.1 × a limit of 4,000 requests a
// minute with full jitter and every metric on.
func BenchmarkDay(b *testing.B) {
	s := setup{
		arrivals: load.Process{Kind: load.Poisson, Rate: 4400.0 / 60}, duration: 24 * time.Hour, seed: 1,
		server: model.Config{RPM: 4000}, retry: fullJitter(),
	}
	b.ReportAllocs()
	events := int64(0)
	for b.Loop() {
		cfg := s.config(b)
		cfg.Digest = false
		events += sim.Run(cfg).Events
	}
	b.ReportMetric(float64(events)/1e6/float64(b.N), "Mevents/op")
	b.ReportMetric(float64(events)/1e6/b.Elapsed().Seconds(), "Mevents/s")
}
