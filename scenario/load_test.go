package scenario_test

import (
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/metrics"
	"ratecliff/scenario"
)

const small = `version: 1
duration: 60s
server: {rpm: 50, burst: 10}
classes:
  chat: {arrivals: {process: poisson, rate: 40/min}, input: 1000, output: 100}
  bulk: {arrivals: {process: replay, file: data/t.csv}, priority: low, workers: 4}
strategies:
  - token-bucket
  - full-jitter
  - {name: mine, base: token-bucket, limiter: {share: 0.5}, retry: []}
  - {name: bare, base: mine, limiter: null}
`

func loaded(t *testing.T, src string, opts scenario.Options) *scenario.Scenario {
	t.Helper()
	s, err := scenario.Load("dir/small.yaml", []byte(src), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	s := loaded(t, small, scenario.Options{})
	p := s.Plan()
	if s.Name != "small" || s.Seed != 1 || s.Duration != time.Minute || s.Drain != 10*time.Minute || p.Seed != 1 || p.Duration != time.Minute {
		t.Errorf("%+v", s)
	}
	chat, bulk := p.Classes[0], p.Classes[1]
	if chat.Name != "chat" || chat.Priority != load.Medium || chat.Model != "claude-sonnet-5" || chat.Workers != 1 || chat.Stream {
		t.Errorf("chat: %+v", chat)
	}
	if bulk.Priority != load.Low || bulk.Workers != 4 {
		t.Errorf("bulk: %+v", bulk)
	}
	if len(s.Traces) != 1 || s.Traces[0].Name != "data/t.csv" || s.Traces[0].Path != "dir/data/t.csv" {
		t.Errorf("traces: %+v", s.Traces)
	}
	noServer := strings.Replace(small, "server: {rpm: 50, burst: 10}\n", "", 1)
	if s := loaded(t, noServer, scenario.Options{}); s.Server.Profile != "start" || s.Profile == nil || s.Profile.Date == "" {
		t.Errorf("server: %+v", s.Server)
	}
}

func TestBase(t *testing.T) {
	t.Parallel()
	s := loaded(t, small, scenario.Options{})
	bucket, mine, bare := s.Strategy("token-bucket"), s.Strategy("mine"), s.Strategy("bare")
	if mine.Limiter.Share != 0.5 || mine.Limiter.BurstWindow != bucket.Limiter.BurstWindow || len(mine.Retry) != 0 || mine.Scope != scenario.Shared {
		t.Errorf("mine: %+v %+v", mine, mine.Limiter)
	}
	if bare.Limiter != nil || bare.Scope != scenario.Shared {
		t.Errorf("bare: %+v", bare)
	}
	if bucket.Limiter.Share != 1 || !strings.Contains(mine.Text, "share: 0.5") || mine.Description != "" {
		t.Errorf("the base was changed: %+v; text %q", bucket.Limiter, mine.Text)
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	s := loaded(t, small, scenario.Options{Set: []string{
		"server.burst=3", "strategies.*.limiter.share=0.25", "strategies.full-jitter.retry[0].delay.base=2s",
		"strategies.mine.limiter.output=none", "classes.*.deadline=5s", "classes.chat.input={dist: uniform, low: 1, high: 2}",
		"seed=7", "name=other", "server.latency.ttft=1s",
	}})
	if s.Server.Burst != 3 || s.Seed != 7 || s.Name != "other" || s.Server.Latency.TTFT.Mean() != 1 {
		t.Errorf("%+v", s)
	}
	if s.Strategy("token-bucket").Limiter.Share != 0.25 || s.Strategy("mine").Limiter.Share != 0.25 || s.Strategy("full-jitter").Limiter != nil {
		t.Error("the pattern must reach every strategy with a limiter and no other")
	}
	if s.Strategy("full-jitter").Retry[0].Delay.Base != 2*time.Second || s.Strategy("mine").Limiter.Output != "none" {
		t.Error("a named strategy was not changed")
	}
	if c := s.Classes; c[0].Deadline != 5*time.Second || c[1].Deadline != 5*time.Second || c[0].Input.Kind != load.Uniform {
		t.Errorf("classes: %+v", c)
	}
}

// TestFlagMistakes holds what a wrong flag says: it names the flag and the
// nearest name, and no line of the file.
func TestFlagMistakes(t *testing.T) {
	t.Parallel()
	seed := uint64(9)
	for _, c := range []struct {
		name string
		opts scenario.Options
		want string
	}{
		{"unknown key", scenario.Options{Set: []string{"server.brust=1"}}, `--set server.brust=1: unknown key "brust" in server; did you mean "burst"?`},
		{"unknown top", scenario.Options{Set: []string{"sever.burst=1"}}, `--set sever.burst=1: unknown key "sever" here; did you mean "server"?`},
		{"no value", scenario.Options{Set: []string{"server.burst"}}, `--set server.burst: "server.burst" is not of the form path=value`},
		{"empty value", scenario.Options{Set: []string{"server.burst="}}, `--set server.burst=: the value after = is missing`},
		{"bad type", scenario.Options{Set: []string{"server.burst=ten"}}, `--set server.burst=ten: server.burst must be a whole number, not ten`},
		{"bad value", scenario.Options{Set: []string{"duration=-5s"}}, `--set duration=-5s: duration must be greater than 0`},
		{"bad YAML", scenario.Options{Set: []string{"classes.chat.input={dist"}}, `--set classes.chat.input={dist: YAML: while parsing a flow mapping: did not find expected ',' or '}'`},
		{"unknown strategy", scenario.Options{Set: []string{"strategies.full-jiter.scope=shared"}}, `--set strategies.full-jiter.scope=shared: strategies.full-jiter.scope: there is no "full-jiter" in strategies; did you mean "full-jitter"?`},
		{"no such layer", scenario.Options{Set: []string{"strategies.*.breaker.open=5s"}}, `--set strategies.*.breaker.open=5s: strategies.*.breaker.open: nothing in strategies that matches "*" has a "breaker"; known: name, description, source, scope, limiter, retry`},
		{"unknown class", scenario.Options{Set: []string{"classes.chta.input=1"}}, `--set classes.chta.input=1: classes.chta.input: there is no "chta" in classes; did you mean "chat"?`},
		{"whole part", scenario.Options{Set: []string{"strategies=[]"}}, `--set strategies=[]: "strategies" cannot be set by a path; name a value inside, such as server.burst or strategies.*.limiter.share`},
		{"inside a scalar", scenario.Options{Set: []string{"classes.chat.input.p50=3"}}, `--set classes.chat.input.p50=3: classes.chat.input.p50: there is nothing to set in "input", which is 1000`},
		{"index", scenario.Options{Set: []string{"strategies.full-jitter.retry[4].attempts=3"}}, `--set strategies.full-jitter.retry[4].attempts=3: strategies.full-jitter.retry[4].attempts: there is nothing to set in "4", which is not in the list of 1 entries`},
		{"empty step", scenario.Options{Set: []string{"server..burst=3"}}, `--set server..burst=3: "server..burst" is not a path: a step is empty`},
		{"unknown name", scenario.Options{Strategies: []string{"sdk-*,ful-jitter"}}, `--strategies sdk-*,ful-jitter: unknown strategy "ful-jitter"; did you mean "full-jitter"?`},
		{"matrix form", scenario.Options{Matrix: []string{"server.burst"}}, `--matrix server.burst: "server.burst" is not of the form path=value,value`},
		{"matrix value", scenario.Options{Matrix: []string{"server.burst=1,two"}}, `--matrix server.burst=1,two: server.burst must be a whole number, not two`},
		{"matrix key", scenario.Options{Matrix: []string{"server.brust=1,2"}}, `--matrix server.brust=1,2: unknown key "brust" in server; did you mean "burst"?`},
		{"matrix twice", scenario.Options{Matrix: []string{"server.burst=1,1"}}, `--matrix server.burst=1,1: matrix: server.burst has the value 1 twice`},
		{"profile", scenario.Options{Profile: "strat", Seed: &seed}, `--profile: server.profile: unknown profile "strat", did you mean "start"? Known: build, scale, start, tier-1, tier-2, tier-3, tier-4`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := scenario.Load("small.yaml", []byte(small), c.opts)
			if err == nil || err.Error() != c.want {
				t.Errorf("got\n%v\nwant\n%s", err, c.want)
			}
		})
	}
}

func TestChooseStrategies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		options []string
		want    string
	}{
		{[]string{"no-retry"}, "no-retry"},
		{[]string{"sdk-*", "mine"}, "sdk-python sdk-typescript sdk-go mine"},
		{[]string{"mine, full-jitter,mine"}, "mine full-jitter"},
		{[]string{"token*"}, "token-bucket"},
	} {
		s := loaded(t, small, scenario.Options{Strategies: c.options})
		var names []string
		for i := range s.Strategies {
			names = append(names, s.Strategies[i].Name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%q: %s, want %s", c.options, got, c.want)
		}
	}
}

// TestChosenAway drops expectations about strategies that a flag leaves out.
func TestChosenAway(t *testing.T) {
	t.Parallel()
	src := small + "expect: [{mine: success_ratio >= 1}, {'*': amplification <= 2}]\n"
	s := loaded(t, src, scenario.Options{Strategies: []string{"no-retry"}})
	if len(s.Expectations) != 1 || s.Expectations[0].Subject != scenario.Every {
		t.Errorf("%+v", s.Expectations)
	}
}

func TestExpand(t *testing.T) {
	t.Parallel()
	src := small + "matrix: {server.burst: [1, 10], strategies.*.limiter.share: [0.8, 1.0]}\n"
	s := loaded(t, src, scenario.Options{Matrix: []string{"server.burst=2,3,4", "seed=5,6"}})
	variants, err := s.Expand()
	if err != nil || len(variants) != 12 || s.Cells() != 12 {
		t.Fatalf("%d variants, %v", len(variants), err)
	}
	last := variants[11]
	want := []scenario.Setting{{Path: "server.burst", Value: "4"}, {Path: "strategies.*.limiter.share", Value: "1.0"}, {Path: "seed", Value: "6"}}
	if !slices.Equal(last.Settings, want) {
		t.Errorf("settings %v", last.Settings)
	}
	v := last.Scenario
	if v.Server.Burst != 4 || v.Seed != 6 || v.Strategy("mine").Limiter.Share != 1 || v.Strategy("full-jitter").Limiter != nil {
		t.Errorf("%+v", v)
	}
	if first := variants[0].Scenario; first.Server.Burst != 2 || first.Seed != 5 || first.Strategy("mine").Limiter.Share != 0.8 {
		t.Errorf("variants share state: %+v", first)
	}
	if s.Server.Burst != 10 || s.Seed != 1 {
		t.Error("expanding changed the scenario")
	}
	only, err := loaded(t, small, scenario.Options{}).Expand()
	if err != nil || len(only) != 1 || len(only[0].Settings) != 0 {
		t.Errorf("without a matrix: %v, %v", only, err)
	}
}

func TestGridSize(t *testing.T) {
	t.Parallel()
	src := small + "matrix: {server.burst: [1, 2, 3, 4, 5]}\n"
	_, err := scenario.Load("small.yaml", []byte(src), scenario.Options{Seeds: 60_000})
	if err == nil || !strings.Contains(err.Error(), "make 1200000 runs, more than 1000000; --yes allows it") {
		t.Errorf("got %v", err)
	}
	loaded(t, src, scenario.Options{Seeds: 60_000, Yes: true})
	loaded(t, src, scenario.Options{Seeds: 50_000})
}

func TestHash(t *testing.T) {
	t.Parallel()
	base := loaded(t, small, scenario.Options{}).Hash
	if len(base) != 64 {
		t.Fatalf("hash %q", base)
	}
	same := strings.Replace("# a comment\n"+small, "rpm: 50, burst: 10", "burst: 10,   rpm: 0x32", 1)
	if loaded(t, same, scenario.Options{}).Hash != base {
		t.Error("comments, order and notation must not matter")
	}
	if loaded(t, small, scenario.Options{Set: []string{"server.rpm=51"}}).Hash == base {
		t.Error("an override must change the hash")
	}
	if loaded(t, small, scenario.Options{Set: []string{"server.rpm=50"}}).Hash != base {
		t.Error("an override with the same value must not")
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	var opened []string
	open := func(name string) (io.ReadCloser, error) {
		opened = append(opened, name)
		if path.Ext(name) == ".json" {
			return io.NopCloser(strings.NewReader(`{"name":"own","title":"t","date":"2026-01","source":"s","pools":[{"name":"p","models":["*"],"rpm":7}]}`)), nil
		}
		return nil, errors.New("no such file")
	}
	_, err := scenario.Load("dir/small.yaml", []byte(small), scenario.Options{Open: open})
	want := "dir/small.yaml:6:44: trace \"data/t.csv\" cannot be opened: no such file; file names are relative to the scenario file\n"
	if err == nil || !strings.HasPrefix(err.Error(), want) || !slices.Equal(opened, []string{"dir/data/t.csv"}) {
		t.Errorf("got %v; opened %v", err, opened)
	}
	src := strings.Replace(strings.Replace(small, "{process: replay, file: data/t.csv}", "{process: burst, n: 1}", 1), "rpm: 50, burst: 10", "profile: own.json", 1)
	s := loaded(t, src, scenario.Options{Open: open})
	if s.Profile == nil || s.Profile.Date != "2026-01" || len(s.Server.Pools) != 1 || s.Server.Pools[0].RPM != 7 || s.Server.Profile != "" {
		t.Errorf("server %+v", s.Server)
	}
	if opened[len(opened)-1] != "dir/own.json" {
		t.Errorf("opened %v", opened)
	}
	loaded(t, src, scenario.Options{Open: open, Profile: "flag.json"})
	if opened[len(opened)-1] != "flag.json" {
		t.Errorf("opened %v", opened)
	}
	if _, err := scenario.Load("x.yaml", []byte(src), scenario.Options{}); err == nil || !strings.Contains(err.Error(), "cannot be opened here") {
		t.Errorf("without Open: %v", err)
	}
}

func TestExpectations(t *testing.T) {
	t.Parallel()
	src := small + `matrix: {server.burst: [1, 10]}
expect:
  - mine: success_ratio  >=  95%
  - any:
      - response_time_ms.p99 <= 30s
      - response_time_ms.p99{class=chat} < 500
    when: {server.burst: 10}
  - "*": makespan_s = 2m
`
	got := loaded(t, src, scenario.Options{}).Expectations
	ten := []scenario.Setting{{Path: "server.burst", Value: "10"}}
	want := []scenario.Expectation{
		{Subject: "mine", Metric: "success_ratio", Op: ">=", Value: 0.95, Text: "mine: success_ratio >= 95%", Line: 14},
		{Subject: "best", Metric: "response_time_ms.p99", Op: "<=", Value: 30000, When: ten, Text: "any: response_time_ms.p99 <= 30s", Line: 15},
		{Subject: "best", Metric: `response_time_ms.p99{class="chat"}`, Op: "<", Value: 500, When: ten, Text: "any: response_time_ms.p99{class=chat} < 500", Line: 15},
		{Subject: "*", Metric: "makespan_s", Op: "==", Value: 120, Text: "*: makespan_s = 2m", Line: 19},
	}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		g, w := got[i], want[i]
		if !slices.Equal(g.When, w.When) {
			t.Errorf("%d: when %v", i, g.When)
		}
		g.When, w.When = nil, nil
		if g.Subject != w.Subject || g.Metric != w.Metric || g.Op != w.Op || g.Value-w.Value > 1e-9 || g.Text != w.Text || g.Line != w.Line {
			t.Errorf("%d:\n%+v, want\n%+v", i, g, w)
		}
	}
	if !got[1].Applies(ten) || got[1].Applies(nil) || !got[0].Applies(nil) {
		t.Error("when decides where an expectation is judged")
	}
}

func TestHolds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		op   scenario.Op
		v    float64
		want bool
	}{
		{scenario.AtLeast, 2, true},
		{scenario.AtLeast, 1.9, false},
		{scenario.AtMost, 2, true},
		{scenario.AtMost, 2.1, false},
		{scenario.Above, 2, false},
		{scenario.Above, 2.1, true},
		{scenario.Below, 2, false},
		{scenario.Below, 1.9, true},
		{scenario.Equal, 2, true},
		{scenario.Equal, 2 + 1e-12, true},
		{scenario.Equal, 2.001, false},
	} {
		e := scenario.Expectation{Op: c.op, Value: 2}
		if e.Holds(c.v) != c.want {
			t.Errorf("%v %s 2 is not %v", c.v, c.op, c.want)
		}
	}
}

// TestMetricNames holds the names an expectation may use to those a run yields.
func TestMetricNames(t *testing.T) {
	t.Parallel()
	r := metrics.NewRecorder(metrics.Config{Classes: []string{"chat"}, Duration: time.Minute})
	var want []string
	for name := range r.Snapshot(time.Minute).Values() {
		want = append(want, name)
	}
	got := scenario.Metrics()
	for _, name := range scenario.ClassMetrics() {
		got = append(got, metrics.ForClass(name, "chat"))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("scenario knows\n%v\nmetrics yields\n%v", got, want)
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	for _, kind := range scenario.Templates() {
		src, err := scenario.Init(kind)
		if err != nil {
			t.Fatal(err)
		}
		s, err := scenario.Load(kind+".yaml", src, scenario.Options{})
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if _, err := s.Expand(); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		verdict(t, compiled(t), kind, src, nil, true)
	}
	if _, err := scenario.Init("brust"); err == nil || !strings.Contains(err.Error(), `did you mean "burst"?`) {
		t.Errorf("unknown template: %v", err)
	}
}

// TestSetThenInside holds that entries set by one pattern stay apart.
func TestSetThenInside(t *testing.T) {
	t.Parallel()
	s := loaded(t, small, scenario.Options{Set: []string{"classes.*.input={dist: uniform, low: 1, high: 9}", "classes.chat.input.high=5"}})
	if chat, bulk := s.Classes[0].Input.High, s.Classes[1].Input.High; chat != 5 || bulk != 9 {
		t.Errorf("chat %v, bulk %v", chat, bulk)
	}
}
