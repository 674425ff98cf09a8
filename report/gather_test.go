package report

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/metrics"
)

// played records a run of n calls of one class, one a second: the first lost of
// them are refused once for RPM and then given up, the others answered after
// 200 ms.
func played(n, lost int) *metrics.Snapshot {
	r := metrics.NewRecorder(metrics.Config{Classes: []string{"chat"}, Duration: time.Minute})
	for i := range n {
		at := time.Duration(i) * time.Second
		end := at + 200*time.Millisecond
		call := &load.Call{Arrival: load.Arrival{ID: uint64(i), Due: at, Model: "m"}}
		attempt := load.Attempt{N: 1, Scheduled: at, Started: at, Done: end, Response: load.Response{Outcome: load.OK, Status: 200}}
		outcome := load.OK
		if i < lost {
			attempt.Response = load.Response{Outcome: load.Throttled, Status: 429, Dimension: load.RPM}
			outcome = load.Lost
		}
		r.Arrived(at, &call.Arrival)
		r.Sent(at, call)
		r.Attempted(end, &attempt, call)
		r.Finished(end, &load.Result{Arrival: call.Arrival, Outcome: outcome, Attempts: 1, Finished: end, Last: attempt})
	}
	return r.Snapshot(time.Minute)
}

func TestGather(t *testing.T) {
	t.Parallel()
	g := Gather("a", Settings{{"x", "1"}}, MeasuredLive)
	for range 8 {
		g.Add(played(20, 5))
	}
	c := g.Cell()
	if c.Arrivals != 160 || c.Refused.RPM != 40 || c.Refused.Total() != 40 || c.Provenance != MeasuredLive {
		t.Errorf("got %+v", c)
	}
	if m := c.Metric("success_ratio"); m.Value != 0.75 || m.N != 8 || !m.Bounded() || m.Low != 0.75 || m.High != 0.75 {
		t.Errorf("success_ratio %+v", m)
	}
	if m := c.Metric("response_time_ms.p99"); m.Known() {
		t.Errorf("p99 of 15 samples is given: %+v", m)
	}
	if m := c.Metric(`success_ratio{class="chat"}`); m.Value != 0.75 {
		t.Errorf("class %+v of %+v", m, c.Classes)
	}
	charts := g.Charts()
	var refused, ok float64
	for _, v := range charts.Find("refused.rpm") {
		refused += float64(v)
	}
	for _, v := range charts.Find("ok") {
		ok += float64(v)
	}
	if refused != 5 || ok != 15 {
		t.Errorf("series are means per run: refused %v, ok %v, want 5 and 15", refused, ok)
	}
	if d := charts.Spread("response", OfSuccess); d == nil || d.Count != 120 {
		t.Errorf("successes: %+v", d)
	}
	if d := charts.Spread("response", OfFailure); d == nil || d.Count != 40 {
		t.Errorf("failures: %+v", d)
	}
	if charts.Find("refused.otpm") != nil {
		t.Error("a series of zeros is kept")
	}
}

func TestPairedDifferenceDecidesBeforeIntervals(t *testing.T) {
	t.Parallel()
	// Seeds differ far more than the strategies do: the intervals overlap, yet
	// on every seed b loses one call more.
	a, b := Gather("a", nil, MockAssumed), Gather("b", nil, MockAssumed)
	for i := range 12 {
		a.Add(played(40, i))
		b.Add(played(40, i+1))
	}
	d := &Document{Cells: []Cell{b.Cell(), a.Cell()}, Baseline: "a"}
	if x, y := d.Cells[0].Metric("success_ratio"), d.Cells[1].Metric("success_ratio"); !overlap(x, y) {
		t.Fatalf("the intervals do not overlap: %+v %+v", x, y)
	}
	d.Conclude()
	if d.Cells[1].Rank != 1 || d.Cells[0].Rank != 2 {
		t.Errorf("ranks %d and %d", d.Cells[0].Rank, d.Cells[1].Rank)
	}
	diff := d.Cells[0].Versus["success_ratio"]
	if diff.Outcome != "worse" || math.Abs(diff.Median+0.025) > 1e-9 {
		t.Errorf("difference %+v", diff)
	}
	if d.Cells[1].Versus != nil {
		t.Error("the baseline is compared with itself")
	}
}

func TestConfess(t *testing.T) {
	t.Parallel()
	g := Gather("a", nil, MockAssumed)
	run := played(3, 0)
	run.Confessions = metrics.Confessions{Clamped: 2, Dropped: 1, LateMax: 3100 * time.Microsecond}
	g.Add(run)
	g.losses = 1
	got := map[string]int64{}
	for _, c := range Confess(g.Close(), Gather("empty", nil, MockAssumed).Close()) {
		got[c.Kind] = c.Count
		if c.Text == "" {
			t.Errorf("%s says nothing", c.Kind)
		}
		if want := "the latest request left 3.10 ms after its instant"; c.Kind == "lateness" && c.Text != want {
			t.Errorf("got %q, want %q", c.Text, want)
		}
	}
	want := map[string]int64{"clamped": 2, "dropped": 1, "lateness": 0, "merge_loss": 1}
	if len(got) != len(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for k, n := range want {
		if v, ok := got[k]; !ok || v != n {
			t.Errorf("%s: %d, want %d", k, v, n)
		}
	}
}

func TestCoarseningLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		bins := make([]metrics.Bin, rapid.IntRange(1, 50).Draw(t, "bins"))
		var sum metrics.Bin
		for i := range bins {
			bins[i].Arrivals = rapid.Int64Range(0, 9).Draw(t, "arrivals")
			bins[i].Throttled[load.OTPM] = rapid.Int64Range(0, 9).Draw(t, "otpm")
			bins[i].Ended[load.OK] = rapid.Int64Range(0, 9).Draw(t, "ok")
			bins[i].Remaining[1], bins[i].Known[1] = rapid.Int64Range(0, 9).Draw(t, "remaining"), 1
			addBin(&sum, &bins[i])
		}
		var got metrics.Bin
		step := rapid.IntRange(1, 60).Draw(t, "step")
		coarse := coarsen(bins, step)
		for i := range coarse {
			addBin(&got, &coarse[i])
		}
		if got != sum || len(coarse) != (len(bins)+step-1)/step {
			t.Fatalf("%d bins by %d: %+v, want %+v", len(bins), step, got, sum)
		}
	})
}

func TestSpread(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		counts := map[int64]int64{}
		var total int64
		for range rapid.IntRange(1, 40).Draw(t, "cells") {
			n := rapid.Int64Range(1, 50).Draw(t, "count")
			counts[rapid.Int64Range(0, 10_000_000).Draw(t, "from")] += n
			total += n
		}
		d := appendSpread(nil, "response", OfSuccess, counts)[0]
		var inBars int64
		for i, b := range d.Bars {
			inBars += b.Count
			if i > 0 && b.FromMs < d.Bars[i-1].ToMs*0.999 {
				t.Fatalf("bars overlap: %+v", d.Bars)
			}
		}
		if inBars != total || d.Count != total {
			t.Fatalf("%d in bars, %d counted, %d put in", inBars, d.Count, total)
		}
		for i, p := range d.Percentiles {
			if float64(p.OneIn) > float64(total)*1.001 || i > 0 && p.Ms < d.Percentiles[i-1].Ms {
				t.Fatalf("percentile %+v of %d samples", p, total)
			}
		}
	})
}

func TestOnlyWhatEndedIsInADistribution(t *testing.T) {
	t.Parallel()
	var class metrics.ClassStats
	for o := range load.OutcomeCount {
		class.Timings[o].Response = metrics.Histogram{Cells: []metrics.Cell{{From: 1000, Count: 1}}}
	}
	want := map[string]int64{OfSuccess: 1, OfFailure: int64(load.OutcomeCount) - 2}
	for _, d := range distributions([]metrics.ClassStats{class}) {
		if d.Count != want[d.Of] {
			t.Errorf("%s of %s: %d, want %d", d.Name, d.Of, d.Count, want[d.Of])
		}
	}
	unfinished := metrics.ClassStats{}
	unfinished.Timings[load.Unfinished].Response = class.Timings[load.OK].Response
	if got := distributions([]metrics.ClassStats{unfinished}); len(got) != 0 {
		t.Errorf("what never ended is in %+v", got)
	}
}

func TestSettingsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	in := Settings{{"z", `1"<`}, {"a", "2"}, {"m", ""}}
	data, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out Settings
	if err := json.Unmarshal(data, &out); err != nil || out.String() != in.String() {
		t.Errorf("%s: %v, %v", data, out, err)
	}
	for _, bad := range []string{`[]`, `"x"`, `{"a":1}`} {
		if err := json.Unmarshal([]byte(bad), &out); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

func TestMetricsNeverWriteWhatIsNoNumber(t *testing.T) {
	t.Parallel()
	for _, m := range []Metric{{Value: math.NaN(), N: 1}, {Value: math.Inf(1), N: 1}, {}} {
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var back Metric
		if err := json.Unmarshal(data, &back); err != nil || back.Known() {
			t.Errorf("%+v became %s, then %+v (%v)", m, data, back, err)
		}
	}
}
