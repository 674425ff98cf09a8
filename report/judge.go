package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Expectation is one line of a scenario's `expect` list.
type Expectation struct {
	Subject string // a strategy's name, "*" for every one, "best" (or "any") for at least one in each setting
	Metric  string // such as "success_ratio" or `response_time_ms.p99{class="chat"}`
	Op      string // <, <=, >, >=, ==
	Value   float64
	Text    string   // as it was written
	Line    int      // of the scenario file
	When    Settings // only cells with these matrix values; empty means all
}

// Judge compares every expectation with every cell it speaks of.
//
// A bound that the whole interval keeps is a Pass, one that the whole interval
// breaks a Fail, one that lies inside the interval is Inconclusive, and so is a
// withheld number. A value without an interval is compared as it is, with a
// warning. An expectation that speaks of no cell is Inconclusive.
func Judge(expectations []Expectation, cells []Cell) []Verdict {
	var out []Verdict
	for i := range expectations {
		e := &expectations[i]
		before := len(out)
		for _, c := range e.subjects(cells) {
			out = append(out, e.judge(c))
		}
		if len(out) == before {
			v := e.verdict("")
			v.Got, v.Outcome = "no such strategy or setting was run", Inconclusive
			out = append(out, v)
		}
	}
	return out
}

func (e *Expectation) subjects(cells []Cell) []*Cell {
	var of []*Cell
	for _, b := range blocks(cells) {
		group := slices.DeleteFunc(b.cells, func(c *Cell) bool { return !matches(c.Settings, e.When) })
		if len(group) == 0 {
			continue
		}
		switch e.Subject {
		case "*":
			of = append(of, group...)
		case "best", "any":
			of = append(of, e.nearest(group))
		default:
			for _, c := range group {
				if c.Strategy == e.Subject {
					of = append(of, c)
				}
			}
		}
	}
	return of
}

// nearest is the cell that comes nearest to meeting e, or the first one of the
// group when the metric is known of none: e holds of some cell exactly when it
// holds of this one. One that meets it with its whole interval goes before one
// that meets it by its value alone.
func (e *Expectation) nearest(group []*Cell) *Cell {
	var found *Cell
	for _, c := range group {
		if !c.Metric(e.Metric).Known() {
			continue
		}
		if found == nil || e.surely(c) && !e.surely(found) || e.surely(c) == e.surely(found) && e.distance(c) < e.distance(found) {
			found = c
		}
	}
	if found == nil {
		return group[0]
	}
	return found
}

// surely says whether the whole interval of a known metric meets e.
func (e *Expectation) surely(c *Cell) bool {
	m := c.Metric(e.Metric)
	low, high := m.Bounds()
	return e.outcome(low, high) == Pass
}

// distance is how far a known metric is from meeting e; the further below 0 the
// more clearly it is met.
func (e *Expectation) distance(c *Cell) float64 {
	v := c.Metric(e.Metric).Value
	switch e.Op {
	case "<", "<=":
		return v - e.Value
	case ">", ">=":
		return e.Value - v
	}
	return math.Abs(v - e.Value)
}

func (e *Expectation) verdict(cell string) Verdict {
	want := e.Op + " " + Format(e.Metric, e.Value)
	text := e.Text
	if text == "" {
		text = e.Subject + ": " + e.Metric + " " + e.Op + " " + strconv.FormatFloat(e.Value, 'g', -1, 64)
	}
	return Verdict{Text: text, Subject: e.Subject, Cell: cell, Metric: e.Metric, Want: want, Line: e.Line}
}

func (e *Expectation) judge(c *Cell) Verdict {
	v := e.verdict(c.Label())
	m := c.Metric(e.Metric)
	v.Got = m.Text(e.Metric)
	if !m.Known() {
		v.Outcome = Inconclusive
		return v
	}
	low, high := m.Bounds()
	v.Outcome = e.outcome(low, high)
	if v.Outcome == Inconclusive {
		v.Warnings = []string{fmt.Sprintf("the bound lies inside the %.0f %% interval; more seeds would narrow it", m.Confidence*100)}
	}
	return v
}

func (e *Expectation) outcome(low, high float64) Outcome {
	if e.Op == "==" {
		switch {
		case e.Value < low || e.Value > high:
			return Fail
		case low == high:
			return Pass
		}
		return Inconclusive
	}
	a, b := e.holds(low), e.holds(high)
	switch {
	case a && b:
		return Pass
	case !a && !b:
		return Fail
	}
	return Inconclusive
}

func (e *Expectation) holds(v float64) bool {
	switch e.Op {
	case "<":
		return v < e.Value
	case "<=":
		return v <= e.Value
	case ">":
		return v > e.Value
	case ">=":
		return v >= e.Value
	}
	return false
}

// Metric is the cell's metric of that name; a `{class="…"}` suffix looks into
// the class. One that was never measured comes back withheld.
func (c *Cell) Metric(metric string) Metric {
	name, class := SplitClass(metric)
	of := c.Metrics
	if class != "" {
		of = nil
		for i := range c.Classes {
			if c.Classes[i].Name == class {
				of = c.Classes[i].Metrics
			}
		}
	}
	if m, ok := of[name]; ok {
		return m
	}
	return Metric{Withheld: "not measured"}
}

func matches(have, want Settings) bool {
	for _, w := range want {
		found := false
		for _, h := range have {
			found = found || h.Path == w.Path && sameValue(h.Value, w.Value)
		}
		if !found {
			return false
		}
	}
	return true
}

// sameValue lets 1 match 1.0, as the two are one value in YAML.
func sameValue(a, b string) bool {
	if strings.TrimSpace(a) == strings.TrimSpace(b) {
		return true
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && x == y
}

// Gist is the verdicts for reading: those that one expectation about several
// cells passed are drawn together into one.
func (d *Document) Gist() []Verdict {
	var out []Verdict
	at, count := map[string]int{}, map[string]int{}
	for _, v := range d.Verdicts {
		key := v.Text + "\x00" + strconv.Itoa(v.Line)
		if v.Outcome != Pass {
			out = append(out, v)
			continue
		}
		if count[key]++; count[key] == 1 {
			at[key] = len(out)
			out = append(out, v)
			continue
		}
		v.Cell, v.Warnings = fmt.Sprintf("%d strategies and settings", count[key]), nil
		v.Got = "met by each"
		out[at[key]] = v
	}
	return out
}

// Tally counts verdicts by outcome.
func Tally(verdicts []Verdict) (passed, failed, inconclusive int) {
	for i := range verdicts {
		switch verdicts[i].Outcome {
		case Pass:
			passed++
		case Fail:
			failed++
		default:
			inconclusive++
		}
	}
	return passed, failed, inconclusive
}
