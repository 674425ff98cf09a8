package metrics

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"ratecliff/load"
)

// stalled is 200 calls a second for 10 s against a server that answers in 1 ms
// but stands still from 5 s to 6 s; a client with one connection sends one
// after the other.
func stalled() []one {
	var calls []one
	free := time.Duration(0)
	for i := range 2000 {
		due := time.Duration(i) * 5 * time.Millisecond
		sent := max(due, free)
		if sent >= 5*sec && sent < 6*sec {
			sent = 6 * sec
		}
		free = sent + time.Millisecond
		calls = append(calls, one{due: due, sent: sent, done: free, outcome: load.OK})
	}
	return calls
}

// A stall shows in the response time of every call it delayed, not only in that
// of the one which hit it.
func TestNoCoordinatedOmission(t *testing.T) {
	t.Parallel()
	r := NewRecorder(Config{Duration: 10 * sec, Intervals: true})
	play(r, stalled())
	s := r.Snapshot(10 * sec)
	v := s.Values()
	tests := []struct {
		name      string
		low, high float64
	}{
		{"response_time_ms.p50", 1, 1.01},
		{"response_time_ms.p90", 180, 220},
		{"response_time_ms.p95", 580, 620},
		{"response_time_ms.p99", 900, 940},
		{"response_time_ms.max", 1000, 1003},
		{"service_time_ms.p99", 1, 1.01},
		{"queue_wait_ms.p99", 900, 940},
		{"ttft_ms.p99", .4, .6},
		{"goodput_per_min", 12_000, 12_000},
		{"success_ratio", 1, 1},
		{"amplification", 1, 1},
		{"makespan_s", 9.996, 9.996},
	}
	for _, tt := range tests {
		if got := v[tt.name]; got.Withheld != "" || got.V < tt.low || got.V > tt.high {
			t.Errorf("%s: %+v, want %v to %v", tt.name, got, tt.low, tt.high)
		}
	}
}

// The same stall when the calls do not queue behind each other: who is due
// during the stall waits for its end, so waits are uniform up to 1 s.
func TestStallOfAllConnections(t *testing.T) {
	t.Parallel()
	r := NewRecorder(Config{Duration: 10 * sec})
	var calls []one
	for i := range 2000 {
		due := time.Duration(i) * 5 * time.Millisecond
		done := due + time.Millisecond
		if due >= 5*sec && due < 6*sec {
			done = 6*sec + time.Millisecond
		}
		calls = append(calls, one{due: due, sent: done - time.Millisecond, done: done, outcome: load.OK})
	}
	play(r, calls)
	v := r.Snapshot(10 * sec).Values()
	for name, want := range map[string]float64{"response_time_ms.p95": 500, "response_time_ms.p99": 900, "service_time_ms.p99": 1} {
		if got := v[name].V; math.Abs(got-want) > .02*want+.01 {
			t.Errorf("%s is %v, want about %v", name, got, want)
		}
	}
}

func TestPercentilesAreWithheld(t *testing.T) {
	t.Parallel()
	tests := []struct {
		n    int
		name string
		ok   bool
	}{
		{0, "max", false},
		{1, "max", true},
		{1, "p50", false},
		{2, "p50", true},
		{9, "p90", false},
		{10, "p90", true},
		{19, "p95", false},
		{20, "p95", true},
		{99, "p99", false},
		{100, "p99", true},
	}
	for _, tt := range tests {
		r := NewRecorder(Config{Classes: []string{"chat"}, Duration: sec})
		calls := make([]one, tt.n)
		for i := range calls {
			calls[i] = one{done: sec, outcome: load.OK}
		}
		play(r, append(calls, one{done: sec, outcome: load.Throttled}))
		v := r.Snapshot(sec).Values()
		for _, name := range []string{"response_time_ms." + tt.name, ForClass("response_time_ms."+tt.name, "chat")} {
			got, there := v[name]
			if !there || (got.Withheld == "") != tt.ok || got.N != int64(tt.n) || !tt.ok && got.V != 0 {
				t.Errorf("%s of %d: %+v", name, tt.n, got)
			}
		}
	}
}

func TestCost(t *testing.T) {
	t.Parallel()
	prices := map[string]Price{"a": {Input: 3, CacheWrite: 3.75, CacheRead: .3, Output: 15}, "free": {}}
	million := load.Tokens{Input: 1e6, CacheWrite: 1e6, CacheRead: 1e6, Output: 1e6}
	tests := []struct {
		name     string
		calls    []one
		want     float64
		withheld string
	}{
		{"all kinds", []one{{outcome: load.OK, model: "a", tokens: million}}, 22.05, ""},
		{"two calls", []one{{outcome: load.OK, model: "a", tokens: million}, {outcome: load.OK, model: "free", tokens: million}}, 11.025, ""},
		{"refusal is not billed", []one{{outcome: load.OK, model: "a", tokens: million}, {outcome: load.Throttled, model: "?", tokens: million}}, 22.05, ""},
		{"unknown price", []one{{outcome: load.OK, model: "a", tokens: million}, {outcome: load.OK, model: "?", tokens: million}}, 0, "no price for model \"?\""},
		{"no usage", []one{{outcome: load.OK, model: "a"}}, 0, "no usage was reported"},
		{"no success", []one{{outcome: load.Throttled, model: "a", tokens: million}}, 0, "no success"},
	}
	for _, tt := range tests {
		r := NewRecorder(Config{Prices: prices})
		play(r, tt.calls)
		got := r.Snapshot(sec).Values()["cost_usd_per_success"]
		if math.Abs(got.V-tt.want) > 1e-9 || got.Withheld != tt.withheld {
			t.Errorf("%s: got %+v", tt.name, got)
		}
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	r := NewRecorder(Config{Duration: 30 * sec})
	play(r, []one{
		{due: 0, done: sec, outcome: load.OK},
		{due: 0, done: sec, outcome: load.Throttled},
		{due: 0, done: sec, outcome: load.Overloaded},
		{due: 0, done: 40 * sec, outcome: load.Failed},
	})
	r.Arrived(40*sec, &load.Arrival{})
	s := r.Snapshot(40 * sec)
	for name, want := range map[string]float64{
		"success_ratio": .2, "unfinished_ratio": .2, "refused_ratio": .5, "goodput_per_min": 1.5,
		"attempts_per_success": 4, "amplification": .8, "degraded_ratio": 0, "peak_attempts_per_100ms": 4,
	} {
		if got := s.Values()[name]; got.Withheld != "" || math.Abs(got.V-want) > 1e-9 {
			t.Errorf("%s: %+v, want %v", name, got, want)
		}
	}
}

func TestIntervalsReadBack(t *testing.T) {
	t.Parallel()
	r := NewRecorder(Config{Duration: 10 * sec, Intervals: true})
	play(r, stalled())
	var log bytes.Buffer
	if err := WriteIntervals(&log, Section{Name: "one, two", Of: r.Snapshot(10 * sec)}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "[Histogram log format version 1.3]") {
		t.Error("no version")
	}
	reader := hdrhistogram.NewHistogramLogReader(&log)
	tags, responses, last := map[string]int{}, int64(0), int64(0)
	for {
		h, err := reader.NextIntervalHistogram()
		if err != nil {
			t.Fatal(err)
		}
		if h == nil {
			break
		}
		tags[h.Tag()]++
		if h.Tag() == "one__two.response" {
			responses += h.TotalCount()
			last = h.StartTimeMs()
		}
	}
	// During the stall nothing ended, so one second has no line.
	if responses != 2000 || last != 9000 || tags["one__two.response"] != 9 || len(tags) != 5 {
		t.Errorf("%d responses, last from %d ms, tags %v", responses, last, tags)
	}
}

func TestIntervalsMerge(t *testing.T) {
	t.Parallel()
	cfg := Config{Duration: 10 * sec, Intervals: true}
	calls := stalled()
	part := func(calls []one) *Snapshot {
		r := NewRecorder(cfg)
		play(r, calls)
		return r.Snapshot(10 * sec)
	}
	whole, sum := part(calls), part(calls[:700])
	if err := sum.Merge(part(calls[700:])); err != nil {
		t.Fatal(err)
	}
	if len(whole.Intervals) != 9 || !sameJSON(t, whole.Intervals, sum.Intervals) {
		t.Errorf("%d intervals, merged %d", len(whole.Intervals), len(sum.Intervals))
	}
}
