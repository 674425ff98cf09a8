package concurrency_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/policy/concurrency"
)

var everyKind = []concurrency.Kind{
	concurrency.AIMD, concurrency.SlowStart, concurrency.Vegas, concurrency.Gradient, concurrency.Gradient2, concurrency.Failsafe,
}

// Whatever comes back, the ceiling stays within its bounds, and nobody is let
// through above it but on a guarantee.
func TestWithinBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, withinBounds)
}

func FuzzWithinBounds(f *testing.F) { f.Fuzz(rapid.MakeFuzz(withinBounds)) }

func withinBounds(t *rapid.T) {
	cfg := concurrency.Config{Max: rapid.IntRange(1, 60).Draw(t, "max")}
	kind := rapid.SampledFrom(everyKind).Draw(t, "kind")
	cfg.Adapt = concurrency.AdaptConfig{Kind: kind, Min: rapid.IntRange(0, cfg.Max).Draw(t, "min")}
	if kind != concurrency.SlowStart {
		cfg.Adapt.Throttled = rapid.SampledFrom([]concurrency.Throttled{"", concurrency.Drop}).Draw(t, "throttled")
		cfg.Adapt.Latency = rapid.SampledFrom([]concurrency.Latency{"", concurrency.FirstToken, concurrency.PerToken}).Draw(t, "latency")
	}
	parts := [4]float64{}
	if rapid.Bool().Draw(t, "partitioned") {
		cfg.Partition = concurrency.PartitionConfig{High: 0.5, Low: 0.25}
		parts = [4]float64{0, 0.5, 0, 0.25}
	}
	if ps := cfg.Validate(); len(ps) > 0 {
		t.Fatal(ps)
	}
	g := concurrency.New(cfg)
	now := time.Duration(0)
	type flight struct {
		c     *load.Call
		since time.Duration
	}
	var out []flight
	var busy [4]int
	slot := int32(0)
	for range rapid.IntRange(1, 300).Draw(t, "steps") {
		now += time.Duration(rapid.Int64Range(0, int64(2*s)).Draw(t, "later"))
		for range rapid.IntRange(0, 8).Draw(t, "calls") {
			c := &load.Call{Slot: slot}
			c.Priority = load.Priority(rapid.IntRange(0, 3).Draw(t, "class"))
			p := g.Ready(now, c)
			guaranteed := parts[c.Priority] > 0 && busy[c.Priority] < max(1, int(math.Ceil(float64(g.Limit())*parts[c.Priority])))
			if want := len(out) < g.Limit() || guaranteed; (p.State == load.Granted) != want {
				t.Fatalf("%d of %d out, %d of class %d: %+v", len(out), g.Limit(), busy[c.Priority], c.Priority, p)
			}
			if p.State != load.Granted {
				continue
			}
			g.Take(now, c)
			busy[c.Priority]++
			out = append(out, flight{c, now})
			slot++
		}
		for len(out) > 0 && rapid.Bool().Draw(t, "ends") {
			i := rapid.IntRange(0, len(out)-1).Draw(t, "which")
			a := &load.Attempt{N: rapid.IntRange(1, 2).Draw(t, "n"), Started: out[i].since, Done: now}
			a.Response.Outcome = rapid.SampledFrom([]load.Outcome{load.OK, load.OK, load.OK, load.Throttled, load.Overloaded, load.TimedOut, load.Cancelled}).Draw(t, "outcome")
			a.Response.Usage.Output = rapid.Int64Range(0, 1000).Draw(t, "output")
			g.Done(now, out[i].c, a)
			busy[out[i].c.Priority]--
			out = append(out[:i], out[i+1:]...)
		}
		if g.Limit() < max(cfg.Adapt.Min, 1) || g.Limit() > cfg.Max || g.InFlight() != len(out) {
			t.Fatalf("ceiling %d of %d to %d, %d in flight, want %d", g.Limit(), cfg.Adapt.Min, cfg.Max, g.InFlight(), len(out))
		}
	}
}

// Ten at a time, half of them for high calls.
func TestPartition(t *testing.T) {
	t.Parallel()
	g := concurrency.New(concurrency.Config{Max: 10, Partition: concurrency.PartitionConfig{High: 0.5, Medium: 0.01}})
	of := func(slot int, class load.Priority) *load.Call {
		c := &load.Call{Slot: int32(slot)}
		c.Priority = class
		return c
	}
	for slot := range 10 { // borrowed to the last one
		if p := g.Ready(0, of(slot, load.Low)); p.State != load.Granted {
			t.Fatalf("%d out: %+v", slot, p)
		}
		g.Take(0, of(slot, load.Low))
	}
	full := load.Permit{State: load.WaitEvent, By: "concurrency"}
	for _, class := range []load.Priority{load.Critical, load.Low} {
		if p := g.Ready(0, of(20, class)); p != full {
			t.Errorf("class %d without a guarantee: %+v", class, p)
		}
	}
	for slot := range 5 {
		if p := g.Ready(0, of(20+slot, load.High)); p.State != load.Granted {
			t.Errorf("high, %d out: %+v", slot, p)
		}
		g.Take(0, of(20+slot, load.High))
	}
	if p := g.Ready(0, of(30, load.High)); p != full {
		t.Errorf("high, 5 out: %+v", p)
	}
	if p := g.Ready(0, of(30, load.Medium)); p.State != load.Granted { // ⌈0.1⌉
		t.Errorf("medium, none out: %+v", p)
	}
	for slot := range 5 {
		g.Done(0, of(slot, load.Low), fine)
	}
	if p := g.Ready(0, of(30, load.Low)); p != full {
		t.Errorf("15 − 5 out: %+v", p)
	}
	g.Done(0, of(5, load.Low), fine)
	if p := g.Ready(0, of(30, load.Critical)); p.State != load.Granted {
		t.Errorf("9 out: %+v", p)
	}
}

func TestWhenFull(t *testing.T) {
	t.Parallel()
	g := concurrency.New(concurrency.Config{Max: 1, WhenFull: concurrency.Fail, Pause: s})
	g.Take(0, &load.Call{})
	if p := g.Ready(0, &load.Call{}); p != (load.Permit{State: load.Refused, By: "concurrency"}) {
		t.Errorf("full: %+v", p)
	}
	g.Done(0, &load.Call{}, fine)
	if p := g.Ready(0, &load.Call{}); p != until(s, "concurrency.pause") {
		t.Errorf("resting: %+v", p)
	}
}

func TestValidateAdapt(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for _, row := range []struct {
		cfg  concurrency.Config
		want []string
	}{
		{concurrency.Config{Max: 5, Adapt: concurrency.AdaptConfig{Min: 1}}, []string{"adapt.kind"}},
		{concurrency.Config{Max: 5, Adapt: concurrency.AdaptConfig{Kind: "pid"}}, []string{"adapt.kind"}},
		{concurrency.Config{Max: 2_000_000, Adapt: concurrency.AdaptConfig{Kind: concurrency.Vegas}}, []string{"max"}},
		{
			concurrency.Config{Max: 100, Adapt: concurrency.AdaptConfig{Kind: concurrency.AIMD, Min: 20, Start: 10, Timeout: -1, Backoff: 1}},
			[]string{"adapt.start", "adapt.timeout", "adapt.backoff"},
		},
		{
			concurrency.Config{Max: 100, Adapt: concurrency.AdaptConfig{Kind: concurrency.Gradient, Min: 101, Start: 101, Latency: "x", Throttled: "x", Tolerance: 0.5, Smoothing: 2, Probe: -1, Queue: -1, Window: -1, Batch: -1, Backoff: nan}},
			[]string{"adapt.min", "adapt.start", "adapt.latency", "adapt.throttled", "adapt.backoff", "adapt.tolerance", "adapt.smoothing", "adapt.probe", "adapt.queue", "adapt.window", "adapt.batch", "adapt.queue", "adapt.window"},
		},
		{
			concurrency.Config{Max: 100, Adapt: concurrency.AdaptConfig{Kind: concurrency.SlowStart, Latency: concurrency.Total, Throttled: concurrency.Drop, Timeout: s, Tolerance: 2, Smoothing: 0.5, Probe: 1, Queue: 1, Window: 1, Batch: 1, Cooldown: s, ObeyHeader: true}},
			[]string{"adapt.latency", "adapt.throttled", "adapt.timeout", "adapt.tolerance", "adapt.smoothing", "adapt.probe", "adapt.queue", "adapt.window", "adapt.batch"},
		},
		{concurrency.Config{Max: 100, Adapt: concurrency.AdaptConfig{Kind: concurrency.Gradient2, Tolerance: nan, Smoothing: nan, Cooldown: s, ObeyHeader: true}}, []string{"adapt.tolerance", "adapt.smoothing", "adapt.cooldown", "adapt.obey_header"}},
		{concurrency.Config{Max: 100, Partition: concurrency.PartitionConfig{High: 0.7, Low: 0.4}}, []string{"partition"}},
		{concurrency.Config{Max: 100, Partition: concurrency.PartitionConfig{Critical: -1, High: nan, Medium: 2}}, []string{"partition.critical", "partition.high", "partition.medium"}},
		{concurrency.Config{Max: 100, WhenFull: "drop"}, []string{"when_full"}},
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

func TestAdaptDoesNotAllocate(t *testing.T) {
	for _, kind := range everyKind {
		g := concurrency.New(concurrency.Config{Max: 200, Adapt: concurrency.AdaptConfig{Kind: kind}, Partition: concurrency.PartitionConfig{High: 0.5}})
		c, now := &load.Call{Slot: 7}, time.Duration(0)
		a := took(100 * ms)
		step := func() {
			now += 100 * ms
			g.Ready(now, c)
			g.Take(now, c)
			g.Done(now, c, a)
		}
		for range 5000 {
			step()
		}
		if n := testing.AllocsPerRun(1000, step); n > 0 {
			t.Errorf("%s: %v allocations a call", kind, n)
		}
	}
}

func BenchmarkAdapt(b *testing.B) {
	for _, kind := range everyKind {
		b.Run(string(kind), func(b *testing.B) {
			g := adaptive(200, concurrency.AdaptConfig{Kind: kind})
			c, a, now := &load.Call{}, took(100*ms), time.Duration(0)
			b.ReportAllocs()
			for b.Loop() {
				now += ms
				g.Take(now, c)
				g.Done(now, c, a)
			}
		})
	}
}
