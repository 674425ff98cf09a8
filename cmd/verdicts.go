package cmd

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ratecliff/report"
	"ratecliff/scenario"
)

// expectations are what the scenario asks of its strategies, as far as they were
// run: what names a strategy or a setting that the flags left out is not judged.
func expectations(sc *scenario.Scenario, variants []scenario.Variant) []report.Expectation {
	var out []report.Expectation
	if slices.ContainsFunc(sc.Classes, func(c scenario.Class) bool { return !c.SLO.IsZero() }) {
		out = append(out, objective(sc.SLO))
	}
	for _, e := range sc.Expectations {
		if e.Subject != scenario.Every && e.Subject != scenario.Best && sc.Strategy(e.Subject) == nil {
			continue
		}
		if !slices.ContainsFunc(variants, func(v scenario.Variant) bool { return e.Applies(v.Settings) }) {
			continue
		}
		var when report.Settings
		for _, set := range e.When {
			when = append(when, report.Setting{Path: set.Path, Value: set.Value})
		}
		out = append(out, report.Expectation{
			Subject: e.Subject, Metric: e.Metric, Op: string(e.Op), Value: e.Value, Text: e.Text, Line: e.Line, When: when,
		})
	}
	return out
}

// objective is the service level objective as a verdict on the best strategy:
// when even that one misses it, no strategy can mend it.
func objective(slo scenario.SLO) report.Expectation {
	share := slo.Share
	if share == 0 {
		share = scenario.DefaultSLOShare
	}
	var asked []string
	if slo.FirstToken > 0 {
		asked = append(asked, "first token within "+plain(slo.FirstToken))
	}
	if slo.ResponseTime > 0 {
		asked = append(asked, "answered within "+plain(slo.ResponseTime))
	}
	if slo.IsZero() {
		asked = append(asked, "each class answered as it asks")
	}
	return report.Expectation{
		Subject: scenario.Best, Metric: "slo_ratio", Op: string(scenario.AtLeast), Value: share,
		Text: fmt.Sprintf("slo: %s for %g %%", strings.Join(asked, " and "), share*100),
	}
}

// plain writes a duration without the zeros that Go appends.
func plain(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
