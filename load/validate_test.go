package load

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func paths(problems []Problem) string {
	out := make([]string, len(problems))
	for i, p := range problems {
		out[i] = p.Path
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestProcessValidate(t *testing.T) {
	t.Parallel()
	inf, nan := Rate(math.Inf(1)), Rate(math.NaN())
	tests := []struct {
		process Process
		want    string
	}{
		{Process{}, "process"},
		{Process{Kind: "brownian", Rate: 1}, "process"},
		{Process{Kind: Constant}, "rate"},
		{Process{Kind: Constant, Rate: -1}, "rate"},
		{Process{Kind: Poisson, Rate: inf}, "rate"},
		{Process{Kind: Poisson, Rate: nan}, "rate"},
		{Process{Kind: Poisson, Rate: 1e10}, "rate"},
		{Process{Kind: Poisson, Rate: 1, CV: 2, Users: 3}, "cv users"},
		{Process{Kind: Poisson, Rate: 1}, ""},
		{Process{Kind: Gamma, Rate: 1}, "cv"},
		{Process{Kind: Gamma, Rate: 1, CV: math.NaN()}, "cv"},
		{Process{Kind: Gamma, Rate: 1, CV: -1}, "cv"},
		{Process{Kind: OnOff}, "off on rate"},
		{Process{Kind: OnOff, Rate: 1, On: 1, Off: time.Second, Shape: Linear, CV: -1}, "cv on shape"},
		{Process{Kind: OnOff, Rate: 1, On: time.Second, Off: time.Second, Shape: Fixed, CV: 2}, ""},
		{Process{Kind: Burst, At: -1, Every: -1}, "at every n"},
		{Process{Kind: Ramp}, "over to"},
		{Process{Kind: Ramp, From: -1, To: nan, Over: time.Second}, "from to"},
		{Process{Kind: Ramp, To: 3, Over: time.Second, Shape: Exponential}, "from"},
		{Process{Kind: Ramp, From: 3, To: 2, Over: time.Second, Doubling: time.Second, Shape: Linear}, "over shape to"},
		{Process{Kind: Ramp, From: 3, Doubling: -time.Second}, "doubling"},
		{Process{Kind: Ramp, From: 3, Doubling: time.Second, Even: true}, ""},
		{Process{Kind: Steps}, "steps"},
		{Process{Kind: Steps, Steps: []Step{{0, time.Second}}}, "steps"},
		{Process{Kind: Steps, Steps: []Step{{1, 0}, {-2, -1}}}, "steps[0].for steps[1].for steps[1].rate"},
		{Process{Kind: Sinusoid, Phase: -1}, "mean peak_to_mean period phase"},
		{Process{Kind: Sinusoid, Mean: 1, PeakToMean: 21, Period: time.Minute}, "peak_to_mean"},
		{Process{Kind: ClosedLoop}, "users"},
		{Process{Kind: ClosedLoop, Users: MaxUsers + 1, Over: -1, Think: Dist{Kind: Exponential}}, "over think.mean users"},
		{Process{Kind: ClosedLoop, Users: 1, Think: Dist{Average: 3}}, "think.dist"},
		{Process{Kind: Sessions}, "rate turns.dist"},
		{Process{Kind: Sessions, Rate: 1, Users: 1, Turns: FixedDist(2)}, "users"},
		{Process{Kind: Sessions, Rate: 1, Turns: FixedDist(2), Pause: FixedDist(1)}, "rate"},
		{Process{Kind: Sessions, Rate: 1, Turns: Dist{Kind: Fixed, Value: 2, seconds: true}, Growth: "wild", Context: -1}, "context growth turns"},
		{Process{Kind: Sessions, Users: 1, Turns: FixedDist(2), Think: FixedDist(1), Growth: GrowthCache}, ""},
		{Process{Kind: Replay, TimeScale: -1, SliceFrom: 2, SliceTo: 1, Rows: -1, Format: "xml"}, "file format rows slice_to time_scale"},
		{Process{Kind: Replay, File: "x", Sort: true}, ""},
	}
	for _, tt := range tests {
		if got := paths(tt.process.Validate()); got != tt.want {
			t.Errorf("%+v:\n got %q\nwant %q", tt.process, got, tt.want)
		}
	}
}

func TestDistValidate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		dist Dist
		want string
	}{
		{Dist{}, "dist"},
		{Dist{Kind: "zipf"}, "dist"},
		{Dist{Kind: Fixed, Value: -1, Cap: 3}, "cap value"},
		{FixedDist(0), ""},
		{Dist{Kind: Uniform, Low: 4, High: 3}, "high"},
		{Dist{Kind: Uniform, Low: -4, High: math.Inf(1)}, "high low"},
		{Dist{Kind: Normal, Average: math.NaN(), SD: -1}, "mean sd"},
		{Dist{Kind: Normal, Average: 5, SD: 1, Min: 4, Cap: 3}, "cap"},
		{Dist{Kind: LogNormal}, "sigma"},
		{Dist{Kind: LogNormal, P50: 100}, "p90"},
		{Dist{Kind: LogNormal, P90: 100}, "p50"},
		{Dist{Kind: LogNormal, P50: 100, P90: 200, Mu: 3}, "mu"},
		{Dist{Kind: LogNormal, Mu: 1000, Sigma: 1}, "mu"},
		{Dist{Kind: Exponential}, "mean"},
		{Dist{Kind: Quantiles}, "table"},
		{Dist{Kind: Quantiles, Table: []Quantile{{0.5, 10}, {0.5, 9}, {1.5, -1}}}, "table[1].q table[1].value table[2].q table[2].value table[2].value"},
		{Dist{Kind: Mixture}, "parts"},
		{Dist{Kind: Mixture, Parts: []Part{{0, FixedDist(1)}, {1, Dist{Kind: Exponential}}}}, "parts[0].weight parts[1].mean"},
		{twoHumps, ""},
	}
	for _, tt := range tests {
		if got := paths(tt.dist.Validate()); got != tt.want {
			t.Errorf("%+v:\n got %q\nwant %q", tt.dist, got, tt.want)
		}
	}
}

func TestPlanValidate(t *testing.T) {
	t.Parallel()
	p := Plan{Classes: []Class{{
		Workers: -1, MaxTokens: -1, Deadline: -1, Arrivals: Process{Kind: Poisson},
		Input: Dist{Kind: LogNormal, P50: 3}, Output: Dist{Kind: Fixed, Value: 5, seconds: true},
	}}}
	want := "classes[0].arrivals.rate classes[0].deadline classes[0].input.p90 classes[0].max_tokens classes[0].name classes[0].output classes[0].workers duration"
	if got := paths(p.Validate()); got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if got := paths((&Plan{Duration: 1}).Validate()); got != "classes" {
		t.Errorf("no classes: %q", got)
	}
}
