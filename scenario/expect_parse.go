package scenario

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"ratecliff/scenario/yamlx"
)

// Metrics lists the metric names an expectation may use.
func Metrics() []string {
	out := append(ClassMetrics(), "tokens_per_min", "attempts_per_success", "amplification", "refused_ratio",
		"unfinished_ratio", "degraded_ratio", "slo_ratio", "makespan_s", "optimum_share",
		"utilisation.rpm", "utilisation.itpm", "utilisation.otpm",
		"optimum_share.goodput", "optimum_share.makespan", "optimum_share.wait",
		"blameable_loss_ratio.rpm", "blameable_loss_ratio.itpm", "blameable_loss_ratio.otpm",
		"useful_goodput_per_min", "useful_ratio", "lost_ratio", "deadline_miss_ratio", "wasted_attempts_ratio", "wasted_tokens_ratio",
		"amplification.layer1", "amplification.layer2", "amplification.layer3", "amplification.layer4",
		"fairness.tenants", "fairness.sizes", "neighbour_refused_ratio", "class_wait_ratio", "priority_inversion_ratio", "permit_idle_ratio",
		"herd.peak_to_mean", "herd.fano", "herd.periodicity", "herd.lag_s",
		"goodput_cv", "drain_s.p50", "drain_s.p95", "tail_factor", "recovery_s", "recovered_ratio", "recovery_amplification", "keeps_up_ratio",
		"utilisation.binding", "utilisation_of_demand.rpm", "utilisation_of_demand.itpm", "utilisation_of_demand.otpm", "wasted_input_ratio",
		"peak_attempts_per_100ms", "peak_attempts_per_100ms.after_first_s", "cost_usd_per_success")
	for _, name := range []string{"service_time_ms", "ttft_ms", "queue_wait_ms", "backoff_ms", "wasted_service_ms", "offered_time_ms", "lateness_ms"} {
		out = append(out, percentilesOf(name)...)
	}
	return out
}

// ClassMetrics lists those that also exist for a single class, written with the
// class behind the name: success_ratio{class="chat"}.
func ClassMetrics() []string {
	return append([]string{"success_ratio", "goodput_per_min"}, percentilesOf("response_time_ms")...)
}

func percentilesOf(name string) []string {
	return []string{name + ".p50", name + ".p90", name + ".p95", name + ".p99", name + ".max"}
}

// expectations reads the list under expect.
func (l *loader) expectations(n *yamlx.Node, s *Scenario) []Expectation {
	if n.Kind != yamlx.List {
		l.issues.Add(n, "expect", "expect must be a list, not "+n.Kind.String(), `such as  - "*": amplification <= 6`)
		return nil
	}
	var out []Expectation
	for i, item := range n.Items {
		at := fmt.Sprintf("expect[%d]", i)
		if item.Kind != yamlx.Map {
			l.issues.Add(item, at, at+" must be a strategy and a condition", "such as  full-jitter: success_ratio >= 0.95")
			continue
		}
		out = append(out, l.expectation(item, at, s)...)
	}
	return out
}

// expectation reads one entry: one subject with a condition or several, and
// when it applies.
func (l *loader) expectation(item *yamlx.Node, at string, s *Scenario) []Expectation {
	when := l.when(item.Get("when"), at+".when", s)
	var out []Expectation
	subjects := 0
	for i, key := range item.Keys {
		if key.Value == "when" {
			continue
		}
		if subjects++; subjects > 1 {
			l.issues.Add(key, at, at+" names a second subject: "+key.Value, "begin a new entry with  -")
			continue
		}
		subject := l.subject(key, at, s)
		conditions := []*yamlx.Node{item.Items[i]}
		if conditions[0].Kind == yamlx.List {
			conditions = conditions[0].Items
		}
		for _, c := range conditions {
			e, ok := l.condition(c, at, s)
			if ok && subject != "" {
				e.Subject, e.When, e.Line = subject, when, key.Line
				e.Text = key.Value + ": " + strings.Join(strings.Fields(c.Value), " ")
				out = append(out, e)
			}
		}
	}
	if subjects == 0 {
		l.issues.Add(item, at, at+" names no strategy", `a strategy's name, "*" for all, or best`)
	}
	return out
}

// subject checks who is judged; "" when there is no such strategy.
func (l *loader) subject(key *yamlx.Node, at string, s *Scenario) string {
	switch key.Value {
	case Every, Best:
		return key.Value
	case "any":
		return Best
	}
	if s.Strategy(key.Value) != nil {
		return key.Value
	}
	if len(l.options.Strategies) > 0 {
		return "" // narrowed down by a flag: what is not run is not judged
	}
	names := []string{Every, Best}
	for i := range s.Strategies {
		names = append(names, s.Strategies[i].Name)
	}
	l.issues.Add(key, at, fmt.Sprintf("expectation about %q, which is not a strategy of this scenario", key.Value), yamlx.Suggest(key.Value, names))
	return ""
}

// conditionForm is metric, class, operator, number, unit.
const conditionForm = `^\s*([a-z0-9_.]+)\s*(?:\{\s*class\s*=\s*"?([A-Za-z0-9_-]+)"?\s*\})?\s*(<=|>=|==|=|<|>)\s*(-?[0-9][0-9_.eE+-]*)\s*(ms|s|m|%)?\s*$`

func (l *loader) condition(n *yamlx.Node, at string, s *Scenario) (Expectation, bool) {
	m := regexp.MustCompile(conditionForm).FindStringSubmatch(n.Value)
	if n.Kind != yamlx.String || m == nil {
		l.issues.Add(n, at, fmt.Sprintf("%q is not a condition", valueText(n)), "write  metric operator number, such as  success_ratio >= 0.95  or  response_time_ms.p99 <= 30s")
		return Expectation{}, false
	}
	e := Expectation{Metric: m[1], Op: Op(m[3])}
	if e.Op == "=" {
		e.Op = Equal
	}
	if !contains(Metrics(), m[1]) {
		l.issues.Add(n, at, fmt.Sprintf("unknown metric %q", m[1]), yamlx.Suggest(m[1], Metrics()))
		return e, false
	}
	if m[2] != "" {
		e.Metric += `{class="` + m[2] + `"}`
		if !contains(ClassMetrics(), m[1]) {
			l.issues.Add(n, at, m[1]+" does not exist for a single class", yamlx.Suggest("", ClassMetrics()))
			return e, false
		}
		if !hasClass(s, m[2]) {
			l.issues.Add(n, at, fmt.Sprintf("unknown class %q", m[2]), yamlx.Suggest(m[2], classNames(s)))
			return e, false
		}
	}
	v, err := strconv.ParseFloat(strings.ReplaceAll(m[4], "_", ""), 64)
	factor, fits := unit(m[1], m[5])
	if err != nil || !fits {
		l.issues.Add(n, at, fmt.Sprintf("%s%s is not a value of %s", m[4], m[5], m[1]), "ms, s and m are for times, % for shares")
		return e, false
	}
	if e.Value = v * factor; m[5] == "%" {
		e.Value = v / 100 // exact for 95 %, which 95 · 0.01 is not
	}
	return e, true
}

// unit is the factor from a written unit to that of the metric.
func unit(metric, unit string) (factor float64, fits bool) {
	seconds := map[string]float64{"ms": 0.001, "s": 1, "m": 60}
	switch {
	case unit == "":
		return 1, true
	case unit == "%":
		return 0.01, strings.HasSuffix(metric, "_ratio") || strings.HasSuffix(metric, "_share") || strings.HasPrefix(metric, "utilisation.")
	case strings.Contains(metric, "_ms."):
		return 1000 * seconds[unit], true
	}
	return seconds[unit], strings.HasSuffix(metric, "_s")
}

// when reads the settings an expectation is restricted to.
func (l *loader) when(n *yamlx.Node, at string, s *Scenario) []Setting {
	if n == nil {
		return nil
	}
	if n.Kind != yamlx.Map {
		l.issues.Add(n, at, at+" must be a mapping from paths of the matrix to values", "such as  when: {server.burst: 10}")
		return nil
	}
	var out []Setting
	for i, key := range n.Keys {
		value := valueText(n.Items[i])
		values, paths := []string(nil), []string(nil)
		for _, a := range s.Matrix {
			paths = append(paths, a.Path)
			if a.Path == key.Value {
				values = a.Values
			}
		}
		switch {
		case values == nil:
			l.issues.Add(key, at, fmt.Sprintf("%q is not a path of the matrix", key.Value), yamlx.Suggest(key.Value, paths))
		case !contains(values, value) && len(l.options.Matrix) == 0:
			l.issues.Add(n.Items[i], at, fmt.Sprintf("the matrix gives %s no value %s", key.Value, value), "its values: "+strings.Join(values, ", "))
		default:
			out = append(out, Setting{Path: key.Value, Value: value})
		}
	}
	return out
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func classNames(s *Scenario) []string {
	out := make([]string, len(s.Classes))
	for i := range s.Classes {
		out[i] = s.Classes[i].Name
	}
	return out
}

func hasClass(s *Scenario, name string) bool { return contains(classNames(s), name) }
