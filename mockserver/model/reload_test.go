package model

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
)

func fixedLatency(ttft, speed float64) Latency {
	return Latency{TTFT: load.FixedDist(ttft), TokensPerSecond: load.FixedDist(speed), Refusal: load.FixedDist(0)}
}

func reloaded(t interface{ Fatal(...any) }, m *Model, now time.Duration, cfg Config) *Model {
	next, err := m.Reconfigured(now, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// TestReconfiguredAsItWas: taking over with the same configuration changes
// nothing that comes after, at whatever instant and however often.
func TestReconfiguredAsItWas(t *testing.T) {
	t.Parallel()
	own := false
	half := 0.5
	for _, cfg := range []Config{
		{RPM: 60, Burst: 5, ITPM: 30_000, OTPM: 9000, Latency: fixedLatency(0.7, 50)},
		{RPM: 60, ITPM: 30_000, OTPM: 9000, Output: Reserve, StartLevel: &half, Latency: fixedLatency(0.7, 50)},
		{RPM: 60, ITPM: 30_000, OTPM: 9000, Output: Postpaid, Concurrency: 3, KeysShareBucket: &own, Latency: fixedLatency(0.7, 50)},
		{
			Profile: "tier-1", Workspaces: map[string]Workspace{"a": {ScopeLimits: ScopeLimits{ITPM: 9000, OTPM: 2000}, Keys: []string{"1"}}},
			KeyLimits: map[string]ScopeLimits{"*": {RPM: 20, Concurrency: 4}}, TokensPerDay: 50_000, Latency: fixedLatency(0.7, 50),
		},
		{RPM: 60, ITPM: 30_000, OTPM: 9000, Algorithm: "sliding-log", Acceleration: Acceleration{Start: 5000}, Estimate: Estimate{Error: 0.2}, Latency: fixedLatency(0.7, 50)},
	} {
		rapid.Check(t, func(t *rapid.T) {
			a, err := New(cfg, 3)
			if err != nil {
				t.Fatal(err)
			}
			b, err := New(cfg, 3)
			if err != nil {
				t.Fatal(err)
			}
			now := time.Duration(0)
			for i := range rapid.IntRange(1, 60).Draw(t, "requests") {
				now += time.Duration(rapid.Int64Range(0, 3e9).Draw(t, "gap"))
				if rapid.Bool().Draw(t, "reload") {
					b = reloaded(t, b, now, cfg)
				}
				req := Request{
					ID: uint64(i), Attempt: 1, Key: rapid.IntRange(0, 2).Draw(t, "key"), Model: "claude-sonnet-4-5", MaxTokens: 600,
					Tokens: load.Tokens{Input: rapid.Int64Range(0, 6000).Draw(t, "in"), Output: rapid.Int64Range(0, 500).Draw(t, "out")},
				}
				var ra, rb Reply
				a.Handle(now, &req, &ra)
				b.Handle(now, &req, &rb)
				if !reflect.DeepEqual(ra, rb) {
					t.Fatalf("at %v: %+v, reloaded %+v", now, ra, rb)
				}
				if rapid.Bool().Draw(t, "cancel") {
					now += time.Duration(rapid.Int64Range(0, 4e9).Draw(t, "until"))
					a.Cancel(now, ra.Handle)
					b.Cancel(now, rb.Handle)
				}
				if la, lb := a.Levels(now), b.Levels(now); !sameLevels(la, lb) || a.InFlight(now) != b.InFlight(now) {
					t.Fatalf("at %v: %+v\nreloaded %+v", now, la, lb)
				}
			}
		})
	}
}

// sameLevels compares levels in whatever order the holders came to be.
func sameLevels(a, b []Level) bool {
	if len(a) != len(b) {
		return false
	}
	for _, l := range a {
		same := func(o Level) bool { // what was lost is counted anew after a reload
			o.Spilled = l.Spilled
			return o == l
		}
		if !slices.ContainsFunc(b, same) {
			return false
		}
	}
	return true
}

func TestReconfiguredKeepsLevels(t *testing.T) {
	t.Parallel()
	m, err := New(Config{RPM: 60, Burst: 10, ITPM: 60_000, OTPM: 6000, Latency: fixedLatency(1, 10)}, 1)
	if err != nil {
		t.Fatal(err)
	}
	var r Reply
	for range 4 {
		m.Handle(0, &Request{Model: "x", Tokens: load.Tokens{Input: 10_000, Output: 100}}, &r)
	}
	at := 2 * time.Second // each answer has produced 10 tokens, of 100
	level := func(m *Model, now time.Duration) (out [3]float64) {
		for i, l := range m.Levels(now) {
			out[i] = l.Tokens()
		}
		return out
	}
	if got := level(m, at); got != [3]float64{8, 22_000, 5960 + 0} && got != [3]float64{8, 22_000, 6000} {
		t.Fatalf("before: %v", got)
	}
	before := level(m, at)
	m = reloaded(t, m, at, Config{RPM: 60, Burst: 5, ITPM: 120_000, OTPM: 600, Latency: fixedLatency(1, 10)})
	// The smaller request bucket and the smaller output bucket are cut to their
	// capacity; input keeps its level, in a bucket that holds more.
	if got := level(m, at); got != [3]float64{5, before[1], 600} {
		t.Errorf("after: %v, before %v", got, before)
	}
	if n := m.InFlight(at); n != 4 {
		t.Errorf("%d in flight, want 4", n)
	}
	// The four answers still produce 9 seconds' worth of 10 tokens a second each:
	// 40 a second against a refill of 10.
	if got := level(m, at+5*time.Second)[2]; got != 450 {
		t.Errorf("output five seconds later: %v, want 450", got)
	}
	m.Cancel(at+5*time.Second, r.Handle) // a handle from before
	if n := m.InFlight(at + 5*time.Second); n != 3 {
		t.Errorf("%d in flight after a cancel, want 3", n)
	}
	if got := level(m, at+6*time.Second)[2]; got != 430 {
		t.Errorf("output a second later: %v, want 430", got)
	}
	// Another policy: what is owed is charged at once.
	m = reloaded(t, m, at+6*time.Second, Config{RPM: 60, Burst: 5, ITPM: 120_000, OTPM: 600, Output: Postpaid, Latency: fixedLatency(1, 10)})
	if got := level(m, at+6*time.Second)[2]; got != 430-3*30 || m.InFlight(at+6*time.Second) != 0 {
		t.Errorf("under another policy: %v", got)
	}
}

func TestReconfiguredAllOrNothing(t *testing.T) {
	t.Parallel()
	m, err := New(Config{RPM: 60, Latency: fixedLatency(1, 10)}, 1)
	if err != nil {
		t.Fatal(err)
	}
	var r Reply
	m.Handle(0, &Request{Model: "x", Tokens: load.Tokens{Output: 100}}, &r)
	before := m.Levels(time.Second)
	bad := 1.5
	for _, cfg := range []Config{{RPM: -1}, {Profile: "nonesuch"}, {StartLevel: &bad}, {StartLevels: Shares{RPM: &bad}}, {RetryAfter: "soon"}} {
		var e *ConfigError
		if next, err := m.Reconfigured(time.Second, cfg); !errors.As(err, &e) || next != nil {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
	if got := m.Levels(time.Second); !slices.Equal(got, before) || m.InFlight(time.Second) != 1 {
		t.Errorf("a refused change has changed %+v to %+v", before, got)
	}
}

func TestReconfiguredToOtherPools(t *testing.T) {
	t.Parallel()
	two := Config{Latency: fixedLatency(1, 10), Pools: []Pool{
		{Name: "a", Models: []string{"a-*"}, RPM: 60, OTPM: 600}, {Name: "b", Models: []string{"b-*"}, RPM: 60, OTPM: 600},
	}}
	m, err := New(two, 1)
	if err != nil {
		t.Fatal(err)
	}
	var r Reply
	for _, name := range []string{"a-1", "b-1", "b-1"} {
		m.Handle(0, &Request{Model: name, Tokens: load.Tokens{Output: 100}}, &r)
	}
	one := Config{Latency: fixedLatency(1, 10), Pools: []Pool{{Name: "all", Models: []string{"*"}, RPM: 60, OTPM: 600}}}
	m = reloaded(t, m, 0, one)
	if got := m.Levels(0)[0].Tokens(); got != 58 {
		t.Errorf("two pools in one: %v requests left, want the lesser level 58", got)
	}
	m = reloaded(t, m, time.Second, Config{Latency: fixedLatency(1, 10), Pools: []Pool{{Name: "c", Models: []string{"c-*"}, RPM: 60, OTPM: 600}}})
	if got := m.Levels(time.Second)[0].Tokens(); got != 60 {
		t.Errorf("a pool that nothing led to: %v requests, want 60", got)
	}
	m.Cancel(2*time.Second, r.Handle)
	m.advance(time.Hour)
	if got := m.InFlight(time.Hour); got != 0 {
		t.Errorf("%d in flight for ever", got)
	}
}

func TestNewAtBeginsAtTheStartLevel(t *testing.T) {
	t.Parallel()
	half := 0.5
	m, err := NewAt(time.Hour, Config{RPM: 60, ITPM: 6000, StartLevel: &half}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range m.Levels(time.Hour) {
		if l.Tokens() != float64(l.Capacity)/2 {
			t.Errorf("%+v", l)
		}
	}
}
