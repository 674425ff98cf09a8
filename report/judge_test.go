package report

import "testing"

func metricOf(v, low, high float64) Metric {
	return Metric{Value: v, Low: low, High: high, Confidence: 0.95, N: 20}
}

func cellOf(name string, success, attempts, p99 Metric) Cell {
	return Cell{Strategy: name, Metrics: map[string]Metric{
		"success_ratio": success, "attempts_per_success": attempts, "response_time_ms.p99": p99,
	}}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	withheld := Metric{N: 20, Withheld: "50 samples, 100 needed"}
	single := Metric{Value: 0.96, N: 1}
	for _, c := range []struct {
		op    string
		value float64
		got   Metric
		want  Outcome
	}{
		{">=", 0.95, metricOf(0.97, 0.96, 0.98), Pass},
		{">=", 0.95, metricOf(0.96, 0.95, 0.98), Pass},
		{">=", 0.95, metricOf(0.96, 0.94, 0.98), Inconclusive},
		{">=", 0.95, metricOf(0.90, 0.89, 0.94), Fail},
		{">", 0.95, metricOf(0.95, 0.95, 0.95), Fail},
		{"<", 6, metricOf(5, 4, 5.9), Pass},
		{"<=", 6, metricOf(6, 6, 6), Pass},
		{"<=", 6, metricOf(7, 6.1, 8), Fail},
		{"<=", 6, metricOf(6, 5, 7), Inconclusive},
		{"==", 1, metricOf(1, 1, 1), Pass},
		{"==", 1, metricOf(1, 0.9, 1.1), Inconclusive},
		{"==", 1, metricOf(2, 1.9, 2.1), Fail},
		{">=", 0.95, single, Pass},
		{">=", 0.97, single, Fail},
		{">=", 0.95, withheld, Inconclusive},
		{"=>", 0.95, single, Fail},
	} {
		cells := []Cell{{Strategy: "a", Metrics: map[string]Metric{"success_ratio": c.got}}}
		got := Judge([]Expectation{{Subject: "a", Metric: "success_ratio", Op: c.op, Value: c.value}}, cells)
		if len(got) != 1 || got[0].Outcome != c.want {
			t.Errorf("%v %s %v: got %+v, want %s", c.got, c.op, c.value, got, c.want)
		}
	}
}

func TestJudgeSubjects(t *testing.T) {
	t.Parallel()
	one, two := Settings{{"server.burst", "1"}}, Settings{{"server.burst", "2"}}
	var cells []Cell
	for _, s := range []Settings{one, two} {
		for i, name := range []string{"a", "b"} {
			c := cellOf(name, metricOf(0.9+0.05*float64(i), 0.9, 1), metricOf(2, 2, 2), metricOf(1, 1, 1))
			c.Settings = s
			cells = append(cells, c)
		}
	}
	for _, c := range []struct {
		subject string
		when    Settings
		want    []string
	}{
		{"a", nil, []string{"a [server.burst=1]", "a [server.burst=2]"}},
		{"*", Settings{{"server.burst", "2.0"}}, []string{"a [server.burst=2]", "b [server.burst=2]"}},
		{"best", nil, []string{"b [server.burst=1]", "b [server.burst=2]"}},
		{"missing", nil, []string{""}},
		{"a", Settings{{"server.burst", "3"}}, []string{""}},
	} {
		got := Judge([]Expectation{{Subject: c.subject, Metric: "success_ratio", Op: ">=", Value: 0.5, When: c.when}}, cells)
		if len(got) != len(c.want) {
			t.Errorf("%s %v: %d verdicts, want %d", c.subject, c.when, len(got), len(c.want))
			continue
		}
		for i := range got {
			if got[i].Cell != c.want[i] || (c.want[i] == "") != (got[i].Outcome == Inconclusive) {
				t.Errorf("%s %v: got %+v, want %q", c.subject, c.when, got[i], c.want[i])
			}
		}
	}
}

func TestJudgeLooksIntoClasses(t *testing.T) {
	t.Parallel()
	c := Cell{Strategy: "a", Classes: []ClassCell{{Name: "chat", Metrics: map[string]Metric{"success_ratio": metricOf(0.5, 0.5, 0.5)}}}}
	if m := c.Metric(`success_ratio{class="chat"}`); m.Value != 0.5 {
		t.Errorf("got %+v", m)
	}
	if m := c.Metric(`success_ratio{class="batch"}`); m.Known() {
		t.Errorf("a class that does not exist has %+v", m)
	}
}

func TestRanks(t *testing.T) {
	t.Parallel()
	full, most := metricOf(1, 1, 1), metricOf(0.99, 0.98, 1)
	few := metricOf(0.2, 0.19, 0.21)
	cells := []Cell{
		cellOf("gives-up", few, metricOf(1, 1, 1), metricOf(10, 9, 11)),
		cellOf("dear", full, metricOf(3, 2.9, 3.1), metricOf(100, 90, 110)),
		cellOf("cheap", most, metricOf(1, 1, 1), metricOf(100, 90, 110)),
		cellOf("cheap-too", full, metricOf(1, 1, 1), metricOf(105, 95, 115)),
		cellOf("slow", full, metricOf(1, 1, 1), metricOf(200, 190, 210)),
	}
	d := &Document{Cells: cells}
	d.Conclude()
	want := map[string]int{"cheap": 1, "cheap-too": 1, "slow": 3, "dear": 4, "gives-up": 5}
	for _, c := range d.Cells {
		if c.Rank != want[c.Strategy] {
			t.Errorf("%s: rank %d, want %d", c.Strategy, c.Rank, want[c.Strategy])
		}
	}
	if got, want := d.Sentence[:len("cheap and cheap-too share the lead over 3 others")], "cheap and cheap-too share the lead over 3 others"; got != want {
		t.Errorf("sentence: %s", d.Sentence)
	}
	for _, row := range d.Tables()[0].Rows {
		for i, e := range row.Entries {
			if e.Best && row.Cell.Strategy == "gives-up" {
				t.Errorf("column %d marks the strategy that gave up as best", i)
			}
		}
	}
}

func TestSentences(t *testing.T) {
	t.Parallel()
	one := func(v float64) Metric { return Metric{Value: v, N: 1} }
	a := cellOf("a", metricOf(1, 1, 1), metricOf(2, 1.9, 2.1), metricOf(61_200, 60_000, 62_000))
	b := cellOf("b", metricOf(0.5, 0.4, 0.6), metricOf(2, 1.9, 2.1), metricOf(61_200, 60_000, 62_000))
	twin := a
	twin.Strategy = "twin"
	far := b
	far.Settings = Settings{{"x", "1"}}
	for _, c := range []struct {
		cells []Cell
		want  string
	}{
		{nil, "Nothing was run."},
		{[]Cell{a}, "a: 100 % of the calls succeed, 2 attempts per success, 99 of 100 answers within 61.2 s."},
		{[]Cell{b, a}, "a comes out ahead of 1 other: 100 % of the calls succeed, 2 attempts per success, 99 of 100 answers within 61.2 s."},
		{[]Cell{a, twin}, "No difference between the 2 strategies is larger than chance: 100 % of the calls succeed, 2 attempts per success, 99 of 100 answers within 61.2 s."},
		{
			[]Cell{cellOf("x", one(0.5), one(2), Metric{}), cellOf("y", one(0.75), one(3), Metric{})},
			"One run cannot name a winner: on this seed y came out ahead with 75.0 % of the calls succeed, 3 attempts per success; give more seeds.",
		},
		{[]Cell{a, b, far}, "Who comes out ahead depends on the setting: a in 1 and nobody in 1 of 2."},
		{[]Cell{{Strategy: "z"}}, "z: nothing could be measured."},
	} {
		d := &Document{Cells: c.cells}
		if d.Conclude(); d.Sentence != c.want {
			t.Errorf("got  %s\nwant %s", d.Sentence, c.want)
		}
	}
}

func TestSentencesOfFewRuns(t *testing.T) {
	t.Parallel()
	few := func(v float64) Metric { return Metric{Value: v, N: 4} }
	x, y := cellOf("x", few(0.5), few(2), Metric{}), cellOf("y", few(0.75), few(3), Metric{})
	x2, y2 := x, y
	x2.Settings, y2.Settings = Settings{{"rate", "2"}}, Settings{{"rate", "2"}}
	same := metricOf(1, 1, 1)
	level := []Cell{cellOf("p", same, same, Metric{}), cellOf("q", same, few(1.5), Metric{})}
	for _, c := range []struct {
		seeds int
		cells []Cell
		want  string
	}{
		{4, []Cell{x, y}, "4 runs cannot name a winner: over these seeds y came out ahead with 75.0 % of the calls succeed, 3 attempts per success; give at least 6 seeds."},
		{4, level, "4 runs cannot name a winner: over these seeds p came out ahead with 100 % of the calls succeed, one attempt each; give at least 6 seeds."},
		{6, level, "No difference between the 2 strategies is larger than chance: 100 % of the calls succeed, one attempt each."},
		{4, []Cell{x, y, x2, y2}, "4 runs per strategy cannot name a winner in any of the 2 settings; give at least 6 seeds."},
		{1, []Cell{x, y, x2, y2}, "1 run per strategy cannot name a winner in any of the 2 settings; give more seeds."},
		{6, []Cell{x, y, x2, y2}, "No strategy comes out ahead in any of the 2 settings by more than chance."},
	} {
		d := &Document{Cells: c.cells, Seeds: c.seeds}
		if d.Conclude(); d.Sentence != c.want {
			t.Errorf("got  %s\nwant %s", d.Sentence, c.want)
		}
		if s := d.Stability; s != nil && s.Sentence != "There is no ranking: in each of the 2 settings all 2 strategies share the first place." {
			t.Errorf("got  %s", s.Sentence)
		}
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		metric string
		v      float64
		want   string
	}{
		{"success_ratio", 1, "100 %"},
		{"success_ratio", 0.99999, "99.99 %"},
		{"success_ratio", 0.9996, "99.96 %"},
		{"success_ratio", 0.00001, "<0.05 %"},
		{"success_ratio", 0, "0 %"},
		{"optimum_share", 0.8766, "87.7 %"},
		{"utilisation.rpm", 0.5, "50.0 %"},
		{"response_time_ms.p99", 850.4, "850 ms"},
		{"response_time_ms.p99", 61_234, "61.2 s"},
		{"ttft_ms.p50", 0.0432, "0.0432 ms"},
		{"makespan_s", 241, "241 s"},
		{"cost_usd_per_success", 0.01234, "$0.0123"},
		{"goodput_per_min", 46.13, "46.1/min"},
		{"attempts_per_success", 3.04159, "3.04"},
		{"peak_attempts_per_100ms", 12345, "12,345"},
		{`response_time_ms.p50{class="a"}`, 5, "5 ms"},
	} {
		if got := Format(c.metric, c.v); got != c.want {
			t.Errorf("%s %v: %q, want %q", c.metric, c.v, got, c.want)
		}
	}
}

// "best" asks whether any strategy meets it: the cell nearest to the bound
// answers for all, in the direction of the operator.
func TestBestIsTheCellNearestToTheBound(t *testing.T) {
	t.Parallel()
	cell := func(name string, v float64) Cell {
		return Cell{Strategy: name, Metrics: map[string]Metric{"amplification": {Value: v, N: 1}}}
	}
	cells := []Cell{cell("low", 1), {Strategy: "none"}, cell("high", 9)}
	for op, want := range map[string]string{">=": "high", ">": "high", "<=": "low", "<": "low"} {
		e := Expectation{Subject: "best", Metric: "amplification", Op: op, Value: 5}
		if got := Judge([]Expectation{e}, cells); len(got) != 1 || got[0].Cell != want || got[0].Outcome != Pass {
			t.Errorf("%s: %+v, want %s to pass", op, got, want)
		}
	}
}

// A strategy that surely meets the bound answers for "best", though another one
// with doubts has as good a value.
func TestBestIsOneThatSurelyMeetsIt(t *testing.T) {
	t.Parallel()
	doubtful := cellOf("doubtful", metricOf(1, 0.7, 1), metricOf(2, 2, 2), metricOf(1, 1, 1))
	sure := cellOf("sure", metricOf(0.99, 0.98, 1), metricOf(2, 2, 2), metricOf(1, 1, 1))
	got := Judge([]Expectation{{Subject: "best", Metric: "success_ratio", Op: ">=", Value: 0.95}}, []Cell{doubtful, sure})
	if len(got) != 1 || got[0].Cell != "sure" || got[0].Outcome != Pass {
		t.Errorf("%+v", got)
	}
}
