package load

import (
	"math"
	"slices"
	"testing"
	"time"
)

const ms = time.Millisecond

// script answers the calls of a one-class plan at given instants, in order of
// arrival, and returns what arrived.
func script(t *testing.T, p *Plan, ends []time.Duration, o Outcome) []Arrival {
	t.Helper()
	s := mustStream(t, p)
	var out []Arrival
	var a Arrival
	for {
		if s.Next(&a) {
			out = append(out, a)
			continue
		}
		if len(ends) == 0 {
			return out
		}
		k := len(out) - 1
		s.Done(ends[0], &out[k], o)
		ends = ends[1:]
	}
}

func TestClosedLoopFollowUps(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		think   Dist
		outcome Outcome
		ends    []time.Duration
		want    []time.Duration
	}{
		{"thinks after each end", FixedDist(2), OK, []time.Duration{300 * ms, 2500 * ms}, []time.Duration{0, 2300 * ms, 4500 * ms}},
		{"also when the call failed", FixedDist(2), Lost, []time.Duration{300 * ms}, []time.Duration{0, 2300 * ms}},
		{"no thought", Dist{}, OK, []time.Duration{300 * ms}, []time.Duration{0, 300 * ms}},
		{"no thought, refused on the spot", Dist{}, Shed, []time.Duration{0, 1 * ms}, []time.Duration{0, 1 * ms, 2 * ms}},
		{"after the end of the run", FixedDist(2), OK, []time.Duration{8 * time.Second}, []time.Duration{0}},
		{"the run is over", FixedDist(2), Unfinished, []time.Duration{300 * ms}, []time.Duration{0}},
		{"unbounded thought", FixedDist(1e300), OK, []time.Duration{300 * ms}, []time.Duration{0}},
	}
	for _, tt := range tests {
		p := Plan{Duration: 10 * time.Second, Classes: []Class{{Name: "a", Arrivals: Process{Kind: ClosedLoop, Users: 1, Think: tt.think}}}}
		var due []time.Duration
		for i, a := range script(t, &p, tt.ends, tt.outcome) {
			due = append(due, a.Due)
			if a.Turn != i || a.ID != ArrivalID(0, 0, i) {
				t.Errorf("%s: turn %d, identity %x, want %d", tt.name, a.Turn, a.ID, i)
			}
		}
		if !slices.Equal(due, tt.want) {
			t.Errorf("%s: due %v, want %v", tt.name, due, tt.want)
		}
	}
}

// N users, service S and mean think Z make N/(Z+S) calls per second (the
// interactive response time law; Denning and Buzen, 1978).
func TestClosedLoopThroughput(t *testing.T) {
	t.Parallel()
	p := Plan{Seed: 3, Duration: time.Hour, Classes: []Class{{
		Name: "a", Workers: 2, Arrivals: Process{Kind: ClosedLoop, Users: 20, Over: 20 * time.Second, Think: Dist{Kind: Exponential, Average: 3}},
	}}}
	all := everything(t, &p, time.Second)
	// A renewal count has the variance T·var/mean³: σ = √(20·3600·9/64) ≈ 101.
	if n := float64(len(all)); math.Abs(n-18_000) > 4.5*101 {
		t.Errorf("%v calls, want 18000", n)
	}
	for _, a := range all {
		if a.Turn == 0 && a.Due != time.Duration(a.User)*time.Second || a.Worker != a.User%2 {
			t.Errorf("user %d of worker %d begins at %v", a.User, a.Worker, a.Due)
		}
	}
}

func TestSessionsGrow(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		class Class
		want  []Tokens // of one session after another of user 0
	}{
		{
			"again as input",
			Class{Arrivals: Process{Turns: FixedDist(3)}, Input: FixedDist(100), CacheRead: FixedDist(50), Output: FixedDist(10)},
			[]Tokens{{100, 0, 50, 10}, {210, 0, 50, 10}, {320, 0, 50, 10}, {100, 0, 50, 10}},
		},
		{
			"from the cache",
			Class{Arrivals: Process{Turns: FixedDist(3), Growth: GrowthCache}, Input: FixedDist(100), CacheRead: FixedDist(50), Output: FixedDist(10)},
			[]Tokens{{0, 100, 50, 10}, {0, 110, 150, 10}, {0, 110, 260, 10}, {0, 100, 50, 10}},
		},
		{
			"not at all",
			Class{Arrivals: Process{Turns: FixedDist(2), Growth: GrowthNone}, Input: FixedDist(100), CacheWrite: FixedDist(5), Output: FixedDist(10)},
			[]Tokens{{100, 5, 0, 10}, {100, 5, 0, 10}, {100, 5, 0, 10}},
		},
		{
			"up to the context limit, then anew",
			Class{Arrivals: Process{Turns: FixedDist(9), Context: 220}, Input: FixedDist(100), Output: FixedDist(10)},
			[]Tokens{{100, 0, 0, 10}, {210, 0, 0, 10}, {320, 0, 0, 10}, {100, 0, 0, 10}},
		},
		{
			"by what was cut to max_tokens",
			Class{Arrivals: Process{Turns: FixedDist(2)}, Input: FixedDist(100), Output: FixedDist(10), MaxTokens: 4},
			[]Tokens{{100, 0, 0, 4}, {204, 0, 0, 4}},
		},
	}
	for _, tt := range tests {
		tt.class.Name = "a"
		tt.class.Arrivals.Kind, tt.class.Arrivals.Users = Sessions, 1
		p := Plan{Duration: time.Second, Classes: []Class{tt.class}}
		all := everything(t, &p, 100*ms)
		for i, want := range tt.want {
			if all[i].Tokens != want {
				t.Errorf("%s: call %d has %+v, want %+v", tt.name, i, all[i].Tokens, want)
			}
		}
	}
}

func TestSessionTiming(t *testing.T) {
	t.Parallel()
	p := Plan{Duration: 20 * time.Second, Classes: []Class{{Name: "a", Arrivals: Process{
		Kind: Sessions, Users: 1, Turns: FixedDist(2), Think: FixedDist(1), Pause: FixedDist(5),
	}}}}
	want := []struct {
		due     time.Duration
		turn    int
		ordinal int
	}{
		{0, 0, 0}, {1500 * ms, 1, 1}, {7 * time.Second, 0, 1 << 16}, {8500 * ms, 1, 1<<16 + 1}, {14 * time.Second, 0, 2 << 16}, {15500 * ms, 1, 2<<16 + 1},
	}
	all := everything(t, &p, 500*ms)
	if len(all) != len(want) {
		t.Fatalf("%d calls, want %d", len(all), len(want))
	}
	for i, w := range want {
		if a := all[i]; a.Due != w.due || a.Turn != w.turn || a.ID != ArrivalID(0, 0, w.ordinal) {
			t.Errorf("call %d: due %v turn %d identity %x, want %+v", i, a.Due, a.Turn, a.ID, w)
		}
	}
}

func TestSessionsByRate(t *testing.T) {
	t.Parallel()
	p := Plan{Seed: 1, Duration: time.Hour, Classes: []Class{{Name: "a", Arrivals: Process{
		Kind: Sessions, Rate: 1, Turns: Dist{Kind: Uniform, Low: 0.5, High: 5.5}, Think: FixedDist(2),
	}}}}
	turns := map[int]int{}
	last := map[int]time.Duration{}
	for _, a := range everything(t, &p, time.Second) {
		if a.Turn != turns[a.User] {
			t.Fatalf("session %d: turn %d, want %d", a.User, a.Turn, turns[a.User])
		}
		if a.Turn > 0 && a.Due != last[a.User]+3*time.Second {
			t.Fatalf("session %d: turn %d at %v, the one before at %v", a.User, a.Turn, a.Due, last[a.User])
		}
		turns[a.User]++
		last[a.User] = a.Due
	}
	sum, longest := 0, 0
	for user := range len(turns) - 20 { // the last may be cut by the end
		sum += turns[user]
		longest = max(longest, turns[user])
	}
	n := float64(len(turns) - 20)
	if mean := float64(sum) / n; math.Abs(mean-3) > 4.5*math.Sqrt(2/n) || longest != 5 {
		t.Errorf("%v turns a session, at most %d; want 3, 5", mean, longest)
	}
}

// Sessions beyond the 20 bits of a user still have identities of their own.
func TestManySessionsKeepTheirIdentity(t *testing.T) {
	t.Parallel()
	u := &users{started: MaxUsers + 3, starts: &profile{segments: []segment{flat(1, math.Inf(1))}}}
	var a Arrival
	u.next(&a)
	if a.User != MaxUsers+3 || a.ID != ArrivalID(0, 3, 1<<16) {
		t.Errorf("user %d, identity %x", a.User, a.ID)
	}
}
