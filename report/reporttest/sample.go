// Package reporttest makes documents for the tests of those who write reports.
package reporttest

import (
	"math"
	"math/rand/v2"

	"ratecliff/report"
)

// kind is a strategy of the sample: its numbers are shaped like those of a
// burst of 300 calls on a limit of 50 a minute, but made up.
type kind struct {
	name               string
	success, attempts  float64
	p50, p99, goodput  float64 // ms, ms, per minute
	optimum, perBinEnd float64 // share; seconds until all is done
}

func kinds() []kind {
	return []kind{
		{"no-retry", 0.1667, 6.0, 900, 2_400, 9.4, 0.166, 4},
		{"fixed-1s", 0.412, 12.4, 4_200, 9_900, 22, 0.40, 14},
		{"exponential", 0.985, 5.1, 118_000, 301_000, 44, 0.80, 320},
		{"full-jitter", 0.997, 3.04, 121_000, 268_000, 47, 0.90, 280},
		{"decorrelated", 0.992, 3.4, 123_000, 279_000, 46, 0.88, 290},
		{"retry-after", 1, 2.9, 119_000, 262_000, 48.1, 0.92, 270},
		{"sdk-python", 0.233, 7.3, 2_100, 6_300, 12, 0.23, 8},
		{"sdk-typescript", 0.236, 7.2, 2_050, 6_200, 12, 0.23, 8},
		{"token-bucket", 1, 1.0, 120_500, 243_000, 49.6, 0.991, 246},
		{"gcra", 1, 1.0, 121_100, 243_500, 49.5, 0.989, 246},
		{"header-governor", 1, 1.07, 122_000, 247_000, 49.1, 0.975, 250},
		{"aimd-concurrency", 0.999, 1.61, 124_000, 258_000, 48, 0.93, 262},
	}
}

// Sample is a finished comparison of the first count of twelve strategies over
// twenty seeds, with charts; every number is made up. Equal counts give equal
// documents.
func Sample(count int) *report.Document {
	all := kinds()
	all = all[:min(max(count, 1), len(all))]
	d := &report.Document{
		SchemaVersion: report.SchemaVersion,
		Tool:          report.Tool{Name: "ratecliff", Version: "v0.1.0", Commit: "0123abc"},
		Scenario: report.Scenario{
			Name: "burst", Description: "Three hundred calls at once against a limit of fifty a minute.",
			Hash: "sha256:6f1d8e0a", Text: sampleText(),
		},
		Clock: report.Virtual, Target: "mock", Seed: 1, Seeds: 20, Provenance: report.MockAssumed,
		Command: "ratecliff compare burst.yaml --seeds 20", Baseline: "no-retry",
		Prices:  &report.Dated{Date: "2026-11-01", Source: "published price list"},
		Profile: &report.Dated{Name: "start", Date: "2026-11-01", Source: "rate limit documentation"},
		Confessions: []report.Confession{
			{Kind: "clamped", Count: 3, Text: "3 durations lay outside 0 to 24 h and were recorded at that edge"},
		},
		Charts: &report.Charts{SchemaVersion: report.SchemaVersion},
	}
	for i, k := range all {
		d.Cells = append(d.Cells, k.cell())
		d.Charts.Cells = append(d.Charts.Cells, k.curves(rand.New(rand.NewPCG(7, uint64(i)))))
	}
	d.Conclude()
	d.Verdicts = report.Judge([]report.Expectation{
		{Subject: "full-jitter", Metric: "success_ratio", Op: ">=", Value: 0.95, Text: "full-jitter: success_ratio >= 0.95", Line: 31},
		{Subject: "*", Metric: "amplification", Op: "<=", Value: 6, Text: `"*": amplification <= 6`, Line: 32},
		{Subject: "best", Metric: "optimum_share", Op: ">=", Value: 0.8, Text: "best: optimum_share >= 0.8", Line: 33},
		{Subject: "exponential", Metric: "success_ratio", Op: ">=", Value: 0.986, Text: "exponential: success_ratio >= 0.986", Line: 34},
	}, d.Cells)
	return d
}

func sampleText() string {
	return `version: 1
name: burst
description: Three hundred calls at once against a limit of fifty a minute.
server: {profile: start}
duration: 60s
classes:
  chat: {arrivals: {process: burst, n: 200}, input: 1000, output: 200}
  batch: {arrivals: {process: burst, n: 100}, input: 4000, output: 400, priority: low}
`
}

func (k *kind) cell() report.Cell {
	about := func(v, wide float64) report.Metric {
		return report.Metric{Value: v, Low: v * (1 - wide), High: v * (1 + wide), Confidence: 0.9586, N: 20}
	}
	ratio := func(v, wide float64) report.Metric {
		m := about(v, wide)
		m.High = min(m.High, 1)
		if v == 1 {
			m.Low = 1
		}
		return m
	}
	exact := k.attempts == 1
	attempts := about(k.attempts, 0.03)
	if exact {
		attempts.Low, attempts.High = 1, 1
	}
	c := report.Cell{
		Strategy: k.name, Settings: report.Settings{}, Provenance: report.MockAssumed, Arrivals: 6000,
		Metrics: map[string]report.Metric{
			"success_ratio": ratio(k.success, 0.002), "attempts_per_success": attempts,
			"amplification":        about(k.attempts*k.success, 0.03),
			"refused_ratio":        about(max(0, 1-1/k.attempts), 0.02),
			"response_time_ms.p50": about(k.p50, 0.02), "response_time_ms.p99": about(k.p99, 0.04),
			"goodput_per_min": about(k.goodput, 0.01), "optimum_share": ratio(k.optimum, 0.01),
			"makespan_s": about(k.perBinEnd, 0.01), "cost_usd_per_success": about(0.0061, 0),
			"ttft_ms.p50": about(620, 0.01),
		},
	}
	refused := int64(6000 * (k.attempts - 1) * k.success)
	c.Refused = report.Refused{RPM: refused * 7 / 10, ITPM: refused / 4, Overloaded: refused / 50, Failed: refused / 90}
	if k.success < 0.3 {
		c.Metrics["response_time_ms.p99"] = report.Metric{N: 20, Withheld: "50 samples, 100 needed"}
	}
	if exact {
		c.Metrics["refused_ratio"] = report.Metric{Value: 0, Low: 0, High: 0, Confidence: 0.9586, N: 20}
		c.Refused = report.Refused{}
	}
	for i, class := range []string{"chat", "batch"} {
		c.Classes = append(c.Classes, report.ClassCell{Name: class, Arrivals: int64(4000 - 2000*i), Metrics: map[string]report.Metric{
			"success_ratio":        ratio(k.success*(1-0.03*float64(i)), 0.003),
			"response_time_ms.p50": about(k.p50*(0.8+0.5*float64(i)), 0.03),
			"goodput_per_min":      about(k.goodput*(0.66-0.33*float64(i)), 0.02),
		}})
	}
	return c
}

func (k *kind) curves(rng *rand.Rand) report.CellCharts {
	const bins = 420
	series := map[string][]report.Number{}
	put := func(name string, i int, v float64) {
		if series[name] == nil {
			series[name] = make([]report.Number, bins)
		}
		series[name][i] = report.Number(max(0, v))
	}
	for i := range bins {
		t := float64(i)
		left := max(0, 1-t/k.perBinEnd)
		wave := 1 + 0.8*math.Sin(t/9)
		load := 0.0
		if k.attempts > 1.01 {
			load = left * wave * (k.attempts - 1) * (0.8 + 0.4*rng.Float64())
		}
		put("refused.rpm", i, load*2)
		put("refused.itpm", i, load*0.7)
		put("refused.overloaded", i, math.Floor(load*0.2))
		put("remaining.rpm", i, 50*(1-left)+5*wave*left)
		put("remaining.itpm", i, 30000*(1-left*0.8)+1500*wave*left)
		put("remaining.otpm", i, 8000*(1-left*0.3))
		put("in_flight", i, 3*left*(0.8+0.4*rng.Float64()))
		if k.attempts < 1.1 {
			put("waiting", i, 250*left)
		} else {
			put("sleeping", i, 240*left)
		}
	}
	out := report.CellCharts{
		Strategy: k.name, Settings: report.Settings{}, BinSeconds: 1,
		Capacity: map[string]report.Number{"rpm": 50, "itpm": 30000, "otpm": 8000},
	}
	for _, name := range []string{
		"refused.rpm", "refused.itpm", "refused.overloaded", "waiting", "in_flight", "sleeping",
		"remaining.rpm", "remaining.itpm", "remaining.otpm",
	} {
		if values := series[name]; values != nil && (name[:4] != "refu" || k.attempts > 1.01) {
			out.Series = append(out.Series, report.Series{Name: name, Values: values})
		}
	}
	ok := int64(6000 * k.success)
	out.Distributions = append(out.Distributions, spread("response", report.OfSuccess, ok, k.p50, k.p99))
	if lost := 6000 - ok; lost > 0 {
		out.Distributions = append(out.Distributions, spread("response", report.OfFailure, lost, k.p50*0.4, k.p99*1.2))
	}
	out.Distributions = append(out.Distributions, spread("service", report.OfSuccess, ok, 900, 2400), spread("ttft", report.OfSuccess, ok, 620, 1100))
	if k.attempts < 1.1 {
		out.Distributions = append(out.Distributions, spread("queue_wait", report.OfSuccess, ok, k.p50*0.97, k.p99*0.99))
	} else {
		out.Distributions = append(out.Distributions, spread("backoff", report.OfSuccess, ok, k.p50*0.9, k.p99*0.95))
	}
	return out
}

// spread is a lognormal with this median and 99th percentile (ms), cut at the
// largest of n samples.
func spread(name, of string, n int64, p50, p99 float64) report.Distribution {
	d := report.Distribution{Name: name, Of: of, Count: n}
	sigma := math.Log(p99/p50) / 2.326
	below := func(ms float64) float64 { return 0.5 * math.Erfc(-math.Log(ms/p50)/sigma/math.Sqrt2) }
	for k := 0; k < 70; k++ {
		from, to := math.Pow(10, float64(k)/report.PerDecade), math.Pow(10, float64(k+1)/report.PerDecade)
		if count := int64(math.Round(float64(n) * (below(to) - below(from)))); count > 0 {
			d.Bars = append(d.Bars, report.Bar{FromMs: report.Number(from), ToMs: report.Number(to), Count: count})
		}
	}
	for k := 0; math.Pow(10, float64(k)/10) <= float64(n); k++ {
		oneIn := math.Pow(10, float64(k)/10)
		q := min(max(1-1/oneIn, 0.5/float64(n)), 1-0.5/float64(n))
		d.Percentiles = append(d.Percentiles, report.Percentile{
			OneIn: report.Number(oneIn), Ms: report.Number(p50 * math.Exp(sigma*math.Sqrt2*math.Erfinv(2*q-1))),
		})
	}
	return d
}
