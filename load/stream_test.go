package load

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func mustStream(t testing.TB, p *Plan) *Stream {
	t.Helper()
	s, err := p.Stream(nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// everything drains a stream, answering each call after service.
func everything(t testing.TB, p *Plan, service time.Duration) []Arrival {
	t.Helper()
	s := mustStream(t, p)
	var out, flying []Arrival // all calls take the same time, so they end in order
	var a Arrival
	for {
		due, ok := s.Peek()
		if len(flying) > 0 && (!ok || flying[0].Due+service <= due) {
			s.Done(flying[0].Due+service, &flying[0], OK)
			flying = flying[1:]
			continue
		}
		if !ok {
			if s.Next(&a) {
				t.Fatal("Next found what Peek did not")
			}
			return out
		}
		if !s.Next(&a) || a.Due != due {
			t.Fatalf("Peek said %v, Next %v", due, a.Due)
		}
		out = append(out, a)
		flying = append(flying, a)
	}
}

var chatLengths = Class{
	Input: Dist{Kind: LogNormal, P50: 1000, P90: 2700, Cap: 8000}, Output: Dist{Kind: LogNormal, P50: 130, P90: 420},
}

func class(name string, p Process) Class {
	c := chatLengths
	c.Name, c.Arrivals = name, p
	return c
}

func mixedPlan() Plan {
	return Plan{Seed: 7, Duration: time.Minute, Classes: []Class{
		class("steady", Process{Kind: Poisson, Rate: 20}),
		class("bursty", Process{Kind: Gamma, Rate: 10, CV: 3}),
		class("loop", Process{Kind: ClosedLoop, Users: 5, Think: Dist{Kind: Exponential, Average: 2}}),
		class("agents", Process{Kind: Sessions, Rate: 2, Turns: Dist{Kind: Uniform, Low: 1, High: 6}, Think: FixedDist(1)}),
		class("clock", Process{Kind: Constant, Rate: 10}),
		class("metronome", Process{Kind: Constant, Rate: 5}),
	}}
}

// plain strips what depends on the place of a class in its plan.
func plain(arrivals []Arrival, p *Plan, name string) []Arrival {
	var out []Arrival
	for _, a := range arrivals {
		if p.Classes[a.Class].Name == name {
			a.Class, a.ID = 0, a.ID<<12
			out = append(out, a)
		}
	}
	return out
}

func TestClassesAreIndependent(t *testing.T) {
	t.Parallel()
	before := mixedPlan()
	after := mixedPlan()
	after.Classes[0].Arrivals.Rate = 35
	after.Classes[1].Output = FixedDist(9)
	after.Classes = append([]Class{class("new", Process{Kind: Poisson, Rate: 3})}, after.Classes...)
	slices.Reverse(after.Classes)
	one, two := everything(t, &before, time.Second), everything(t, &after, time.Second)
	for _, name := range []string{"loop", "agents", "clock"} {
		a, b := plain(one, &before, name), plain(two, &after, name)
		if len(a) == 0 || !slices.Equal(a, b) {
			t.Errorf("%s: %d and %d arrivals differ after changes to other classes", name, len(a), len(b))
		}
	}
	if a, b := plain(one, &before, "steady"), plain(two, &after, "steady"); slices.Equal(a, b) {
		t.Error("steady: did not notice its own rate")
	}
	// Changing the law of one length leaves instants and the other lengths.
	a, b := plain(one, &before, "bursty"), plain(two, &after, "bursty")
	for i := range a {
		if a[i].Due != b[i].Due || a[i].Tokens.Input != b[i].Tokens.Input {
			t.Fatalf("bursty %d: %+v and %+v", i, a[i], b[i])
		}
	}
}

// Users whose calls take longer come back later, but turn k costs the same.
func TestLengthsDoNotDependOnService(t *testing.T) {
	t.Parallel()
	p := mixedPlan()
	p.Classes = p.Classes[2:4]
	p.Duration = 10 * time.Minute
	fast := map[uint64]Tokens{}
	for _, a := range everything(t, &p, 100*time.Millisecond) {
		fast[a.ID] = a.Tokens
	}
	slow := everything(t, &p, 5*time.Second)
	if len(slow) < 400 || len(slow) >= len(fast) {
		t.Fatalf("%d slow and %d fast arrivals", len(slow), len(fast))
	}
	for _, a := range slow {
		if fast[a.ID] != a.Tokens {
			t.Fatalf("arrival %x: %v when slow, %v when fast", a.ID, a.Tokens, fast[a.ID])
		}
	}
}

func TestMergeOrder(t *testing.T) {
	t.Parallel()
	p := mixedPlan()
	all := everything(t, &p, 300*time.Millisecond)
	ids := map[uint64]bool{}
	ties := 0
	for i, a := range all {
		if ids[a.ID] {
			t.Fatalf("identity %x twice", a.ID)
		}
		ids[a.ID] = true
		if a.Due >= p.Duration {
			t.Fatalf("arrival at %v, after the end", a.Due)
		}
		if i == 0 {
			continue
		}
		last := all[i-1]
		if last.Due > a.Due {
			t.Fatalf("arrival %d due %v after one due %v", i, a.Due, last.Due)
		}
		if last.Due == a.Due {
			ties++
			if last.Class > a.Class {
				t.Fatalf("tie at %v: class %d before class %d", a.Due, last.Class, a.Class)
			}
		}
	}
	if ties < 250 { // every beat of the metronome is one of the clock
		t.Errorf("%d ties, the test says nothing", ties)
	}
}

// Input and output of equal law are drawn apart: independent draws
// correlate by chance only, 1/√n.
func TestLengthsAreIndependent(t *testing.T) {
	t.Parallel()
	d := Dist{Kind: Uniform, Low: 0, High: 1e6}
	p := Plan{Duration: 1000 * time.Second, Classes: []Class{{Name: "a", Arrivals: Process{Kind: Constant, Rate: 10}, Input: d, CacheRead: d, Output: d}}}
	var io, ir float64
	all := everything(t, &p, 0)
	for _, a := range all {
		in := float64(a.Tokens.Input)/1e6 - 0.5
		io += in * (float64(a.Tokens.Output)/1e6 - 0.5)
		ir += in * (float64(a.Tokens.CacheRead)/1e6 - 0.5)
	}
	n := float64(len(all)) / 12 // × the variance of a uniform law
	if limit := 4.5 / math.Sqrt(float64(len(all))); math.Abs(io/n) > limit || math.Abs(ir/n) > limit {
		t.Errorf("correlation of input with output %.3f, with cache read %.3f, want 0 ± %.3f", io/n, ir/n, limit)
	}
}

func TestStreamsRepeat(t *testing.T) {
	t.Parallel()
	p := mixedPlan()
	one := everything(t, &p, time.Second)
	if !slices.Equal(one, everything(t, &p, time.Second)) {
		t.Error("two streams of a plan differ")
	}
	p.Seed++
	if slices.Equal(one, everything(t, &p, time.Second)) {
		t.Error("another seed gives the same")
	}
}

func TestStaticFieldsAndMaxTokens(t *testing.T) {
	t.Parallel()
	p := Plan{Duration: time.Second, Classes: []Class{{
		Name: "a", Tenant: "blue", Model: "m", Priority: Low, Workers: 3, Arrivals: Process{Kind: Constant, Rate: 9},
		Input: FixedDist(99.5), CacheRead: FixedDist(7), Output: Dist{Kind: Uniform, Low: 0, High: 40},
		MaxTokens: 20, Stream: true, Deadline: time.Minute,
	}}}
	cut := 0
	for i, a := range everything(t, &p, 0) {
		want := Arrival{
			ID: ArrivalID(0, 0, i), Due: a.Due, Worker: i % 3, Priority: Low, Tenant: "blue", Model: "m",
			Tokens:    Tokens{Input: 100, CacheRead: 7, Output: a.Tokens.Output},
			MaxTokens: 20, Stream: true, Deadline: time.Minute,
		}
		if a != want {
			t.Errorf("arrival %d: %+v, want %+v", i, a, want)
		}
		if a.Tokens.Output == 20 {
			cut++
		}
		if a.Tokens.Output < 1 || a.Tokens.Output > 20 {
			t.Errorf("output %d", a.Tokens.Output)
		}
	}
	if cut < 2 {
		t.Errorf("%d outputs cut, want about half of 9", cut)
	}
	p.Classes[0].MaxTokens = 0
	for _, a := range everything(t, &p, 0) {
		if a.MaxTokens != a.Tokens.Output {
			t.Errorf("max_tokens %d, output %d", a.MaxTokens, a.Tokens.Output)
		}
	}
}

func TestPeekAndNextAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p := mixedPlan()
		p.Seed = rapid.Uint64().Draw(rt, "seed")
		p.Duration = 10 * time.Second
		s := mustStream(t, &p)
		var now time.Duration
		var flying []Arrival
		for range 200 {
			due, ok := s.Peek()
			if len(flying) > 0 && (!ok || rapid.Bool().Draw(rt, "end")) {
				k := rapid.IntRange(0, len(flying)-1).Draw(rt, "which")
				o := rapid.SampledFrom([]Outcome{OK, Lost, Shed, Dropped, TimedOut}).Draw(rt, "outcome")
				s.Done(now, &flying[k], o)
				flying = slices.Delete(flying, k, k+1)
				if d, _ := s.Peek(); ok && d > due {
					rt.Fatalf("Done moved Peek from %v to %v", due, d)
				}
				continue
			}
			var a Arrival
			if s.Next(&a) != ok {
				rt.Fatalf("Peek said %v, Next did not", ok)
			}
			if !ok {
				return
			}
			if a.Due != due || due < now {
				rt.Fatalf("at %v: Peek %v, Next %v", now, due, a.Due)
			}
			now = due
			flying = append(flying, a)
		}
	})
}

func TestStreamRefusesBadPlans(t *testing.T) {
	t.Parallel()
	p := Plan{Duration: time.Second, Classes: []Class{
		{Name: "a", Arrivals: Process{Kind: Replay, File: "x.csv"}},
		{Name: "a", Arrivals: Process{Kind: Poisson}},
	}}
	_, err := p.Stream(map[string]Trace{"y.csv": {}})
	want := "load plan is not valid:\n" +
		"\tclasses[1].name: \"a\" is already the name of classes[0]\n" +
		"\tclasses[1].arrivals.rate: must be greater than 0, is 0\n" +
		"\tclasses[0].arrivals.file: trace \"x.csv\" was not read"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func benchmarkStream(b *testing.B, c Class) {
	c.Name = "a"
	p := Plan{Seed: 1, Duration: Never, Classes: []Class{c}}
	s := mustStream(b, &p)
	var a Arrival
	b.ReportAllocs()
	for b.Loop() {
		s.Next(&a)
	}
}

func BenchmarkPoissonFixed(b *testing.B) {
	benchmarkStream(b, Class{Arrivals: Process{Kind: Poisson, Rate: 100}, Input: FixedDist(1000), Output: FixedDist(100)})
}

func BenchmarkPoissonLogNormal(b *testing.B) {
	c := chatLengths
	c.Arrivals = Process{Kind: Poisson, Rate: 100}
	benchmarkStream(b, c)
}

func BenchmarkGammaMixture(b *testing.B) {
	benchmarkStream(b, Class{Arrivals: Process{Kind: Gamma, Rate: 100, CV: 2}, Input: FixedDist(1000), Output: twoHumps})
}

func BenchmarkSessions(b *testing.B) {
	p := Plan{Duration: Never, Classes: []Class{class("a", Process{
		Kind: Sessions, Users: 100, Turns: FixedDist(8), Think: Dist{Kind: Exponential, Average: 1}, Growth: GrowthCache,
	})}}
	s := mustStream(b, &p)
	var a Arrival
	b.ReportAllocs()
	for b.Loop() {
		s.Next(&a)
		s.Done(a.Due+time.Second, &a, OK)
	}
}

func TestStreamDoesNotAllocate(t *testing.T) {
	p := mixedPlan()
	p.Duration = Never
	s := mustStream(t, &p)
	var a Arrival
	step := func() {
		s.Next(&a)
		s.Done(a.Due+time.Millisecond, &a, OK)
	}
	for range 10_000 {
		step()
	}
	if n := testing.AllocsPerRun(10_000, step); n != 0 {
		t.Errorf("%v allocations per arrival", n)
	}
}
