package queue

import (
	"math"
	"testing"
	"time"

	"ratecliff/load"
)

func asked(class int, input, maxTokens int64) *load.Call {
	c := &load.Call{}
	c.Class, c.Model, c.Tokens.Input, c.MaxTokens = class, "m", input, maxTokens
	return c
}

func answered(output int64, took time.Duration) *load.Attempt {
	a := &load.Attempt{Started: time.Minute, Done: time.Minute + took}
	a.Response = load.Response{Outcome: load.OK, Usage: load.Tokens{Output: output}}
	return a
}

// max_d c_d/limit_d: of 60 requests, 60,000 input and 6,000 output tokens a minute.
func TestCostIsTheScarcestLimit(t *testing.T) {
	t.Parallel()
	p := newPrices(CostConfig{OTPM: 6000}, func(string) Limits { return Limits{RPM: 60, ITPM: 60_000, OTPM: 1} })
	for _, row := range []struct {
		input, output int64
		want          time.Duration
	}{
		{0, 0, time.Second},
		{900, 90, time.Second},
		{1500, 90, 1500 * time.Millisecond},
		{1500, 300, 3 * time.Second},
		{math.MaxInt64, 0, 24 * time.Hour},
	} {
		c := asked(0, row.input, row.output)
		if got := time.Duration(p.cost(c.Model, p.needs(c))); got != row.want {
			t.Errorf("%d in and %d out cost %v, want %v", row.input, row.output, got, row.want)
		}
	}
}

// ō ← 0.9·ō + 0.1·o from the first output on, each class its own, at most
// max_tokens; the time of an answer likewise.
func TestEstimates(t *testing.T) {
	t.Parallel()
	p := newPrices(CostConfig{}, nil)
	c := asked(1, 0, 1000)
	if got := p.output(c); got != 1000 {
		t.Errorf("nothing known: %v, want max_tokens", got)
	}
	if p.service(c) != 0 {
		t.Errorf("nothing known: an answer takes %v", p.service(c))
	}
	for _, row := range []struct {
		output int64
		took   time.Duration
		want   float64
		takes  time.Duration
	}{
		{100, 2 * time.Second, 100, 2 * time.Second},
		{200, 4 * time.Second, 110, 2200 * time.Millisecond},
		{10, 0, 100, 1980 * time.Millisecond},
	} {
		p.learn(c, answered(row.output, row.took))
		if got := p.output(c); math.Abs(got-row.want) > 1e-9 {
			t.Errorf("after %d: %v, want %v", row.output, got, row.want)
		}
		if got := p.service(c); got < row.takes-time.Microsecond || got > row.takes+time.Microsecond {
			t.Errorf("after %d: an answer takes %v, want %v", row.output, got, row.takes)
		}
	}
	if got := p.output(asked(1, 0, 50)); got != 50 {
		t.Errorf("with max_tokens 50: %v", got)
	}
	if got := p.output(asked(2, 0, 700)); got != 700 {
		t.Errorf("another class: %v, want its own max_tokens", got)
	}
}

// What an attempt really cost: its usage, nothing when it was refused, and not
// known when it broke without a word.
func TestRealCost(t *testing.T) {
	t.Parallel()
	p := newPrices(CostConfig{}, nil)
	c := asked(0, 5000, 1000)
	for _, row := range []struct {
		r     load.Response
		want  time.Duration
		known bool
	}{
		{load.Response{Outcome: load.OK, Usage: load.Tokens{Input: 2000, CacheRead: 900, Output: 500}}, 2500 * time.Millisecond, true},
		{load.Response{Outcome: load.Throttled, Status: 429}, 0, true},
		{load.Response{Outcome: load.Failed, Status: 200, Usage: load.Tokens{Input: 1000}}, time.Second, true},
		{load.Response{Outcome: load.TimedOut}, 0, false},
	} {
		got, known := p.learn(c, &load.Attempt{Response: row.r})
		if time.Duration(got) != row.want || known != row.known {
			t.Errorf("%+v: %v, %v; want %v, %v", row.r, time.Duration(got), known, row.want, row.known)
		}
	}
}
