package compare

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/report"
	"ratecliff/scenario"
)

// anyScenario draws a small scenario: any limits, any output policy, arrivals of
// several kinds, any strategies of the catalogue.
func anyScenario(t *rapid.T) string {
	pick := func(name string, from ...string) string { return rapid.SampledFrom(from).Draw(t, name) }
	number := func(name string, low, high int) int { return rapid.IntRange(low, high).Draw(t, name) }
	catalog, err := scenario.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for i := range catalog {
		if len(catalog[i].Clocked()) == 0 && len(catalog[i].Random()) == 0 {
			names = append(names, catalog[i].Name)
		}
	}
	arrivals := pick("arrivals",
		"{process: burst, n: 40}", "{process: burst, n: 15, every: 20s}", "{process: poisson, rate: 90/min}",
		"{process: gamma, rate: 60/min, cv: 3}", "{process: closed-loop, users: 6, think: 0.5}",
		"{process: ramp, from: 1/min, to: 200/min, over: 60s}")
	return fmt.Sprintf(`
version: 1
name: drawn
seed: %d
duration: 60s
drain: %ds
server:
  rpm: %d
  itpm: %d
  otpm: %d
  burst: %d
  burst_window: %ds
  start_level: %s
  otpm_policy: %s
  retry_after: %s
  refusals_charged: %s
classes:
  small: {arrivals: %s, input: {dist: uniform, low: 20, high: 400}, output: {dist: uniform, low: 10, high: 200}, max_tokens: 300, oversize: true}
  large: {arrivals: {process: constant, rate: 6/min}, input: 900, output: 100, deadline: 40s, oversize: true}
strategies: [%s]
`, number("seed", 1, 1000), number("drain", 0, 300), number("rpm", 10, 200), number("itpm", 2000, 60000), number("otpm", 2000, 30000),
		number("burst", 1, 60), number("window", 10, 60), pick("level", "0", "0.4", "1"),
		pick("policy", "as-produced", "reserve", "postpaid"), pick("header", "fits", "full", "omit", "3s"), pick("charged", "true", "false"),
		arrivals, strings.Join(slices.Compact(slices.Sorted(slices.Values([]string{
			rapid.SampledFrom(names).Draw(t, "a"), rapid.SampledFrom(names).Draw(t, "b"),
		}))), ", "))
}

// admission is a request that was let in.
type admission struct {
	at                      time.Duration
	requests, input, output int64
}

// Whatever the server, the traffic and the strategy: no bucket admits more than
// it holds plus its refill in any interval, and nobody does better than the
// optimum.
func TestNobodyBeatsTheBuckets(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := anyScenario(t)
		s, err := scenario.Load("drawn.yaml", []byte(text), scenario.Options{})
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		variants, err := s.Expand()
		if err != nil {
			t.Fatal(err)
		}
		admitted := map[string][]admission{}
		g := &Grid{Variants: variants, Seeds: 1, OnResult: func(r Run, res *load.Result) {
			for i := range res.History {
				if a := &res.History[i]; a.Response.Status == 200 || a.Response.Outcome == load.TimedOut && a.FirstToken > 0 {
					u := res.Arrival.Tokens
					admitted[r.Strategy.Name] = append(admitted[r.Strategy.Name], admission{a.Started, 1, u.Metered(), u.Output})
				}
			}
		}}
		out, err := Virtual(t.Context(), g)
		if err != nil {
			t.Fatal(err)
		}
		limits, err := s.Server.Limits()
		if err != nil {
			t.Fatal(err)
		}
		l := limits[0]
		for name, list := range admitted {
			slices.SortFunc(list, func(a, b admission) int { return int(a.at - b.at) })
			within(t, name+" requests", list, int64(l.RPM), l.Burst.Requests, func(a *admission) int64 { return a.requests })
			within(t, name+" input", list, int64(l.ITPM), l.Burst.Input, func(a *admission) int64 { return a.input })
		}
		for i := range out.Cells {
			m := out.Cells[i].Metric("optimum_share")
			if m.Known() && m.Value > 1 || strings.Contains(m.Withheld, "not the server's") {
				t.Fatalf("%s reaches %v of the optimum (%s)\n%s", out.Cells[i].Strategy, m.Value, m.Withheld, text)
			}
		}
	})
}

// within checks B + r·t over every interval between two admissions: with S the
// cost admitted before i, S_j+1 − S_i ≤ B + r·(t_j − t_i) for all i ≤ j.
func within(t *rapid.T, what string, list []admission, perMinute, burst int64, cost func(*admission) int64) {
	t.Helper()
	if perMinute == 0 {
		return
	}
	const scale = int64(time.Minute)
	sum, least := int64(0), int64(0)
	for i := range list {
		refill := perMinute * int64(list[i].at)
		least = min(least, sum*scale-refill)
		sum += cost(&list[i])
		if over := sum*scale - refill - least - burst*scale; over > 0 {
			t.Fatalf("%s: %v more than the bucket can have held by %v", what, float64(over)/float64(scale), list[i].at)
		}
	}
}

// Equal input gives equal bytes, on one core and on several.
func TestEqualInputEqualBytes(t *testing.T) {
	s, err := scenario.Load("parity.yaml", []byte(parityScenario), scenario.Options{Matrix: []string{"server.burst=5,20"}})
	if err != nil {
		t.Fatal(err)
	}
	variants, err := s.Expand()
	if err != nil {
		t.Fatal(err)
	}
	play := func(cores int) []byte {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		r, err := Virtual(t.Context(), &Grid{Variants: variants, Seeds: 8})
		if err != nil {
			t.Fatal(err)
		}
		doc := &report.Document{Cells: r.Cells, Confessions: r.Confessions, Charts: &report.Charts{Cells: r.Charts}}
		doc.Conclude()
		var b bytes.Buffer
		if err := report.JSON(&b, doc); err != nil {
			t.Fatal(err)
		}
		if err := report.ChartsJSON(&b, doc); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	one := play(1)
	for _, cores := range []int{1, 2, 4} {
		if !bytes.Equal(one, play(cores)) {
			t.Errorf("another run with GOMAXPROCS %d gives other bytes", cores)
		}
	}
	if len(one) < 10_000 {
		t.Fatalf("only %d bytes were compared", len(one))
	}
}
