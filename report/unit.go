package report

import (
	"math"
	"strconv"
	"strings"
)

// Unit is what a metric counts in, told by its name.
type Unit string

// Units.
const (
	Ratio   Unit = "ratio" // shown in percent
	Millis  Unit = "ms"
	Seconds Unit = "s"
	Dollars Unit = "usd"
	PerMin  Unit = "/min"
	Plain   Unit = ""
)

// UnitOf tells the unit of a metric by its name. A name it does not know gives
// Plain.
func UnitOf(metric string) Unit {
	name, _ := SplitClass(metric)
	base, _, _ := strings.Cut(name, ".")
	switch {
	case name == "herd.lag_s":
		return Seconds
	case strings.HasSuffix(base, "_ratio"), strings.HasSuffix(base, "_share"), base == "utilisation", base == "utilisation_of_demand":
		return Ratio
	case strings.HasSuffix(base, "_ms"):
		return Millis
	case strings.HasSuffix(base, "_s"):
		return Seconds
	case strings.HasPrefix(base, "cost_usd"):
		return Dollars
	case strings.HasSuffix(base, "_per_min"):
		return PerMin
	}
	return Plain
}

// Better is +1 where a larger value of the metric is better, -1 where a smaller
// one is, and 0 where neither is.
func Better(metric string) int {
	name, _ := SplitClass(metric)
	base, _, _ := strings.Cut(name, ".")
	switch base {
	case "success_ratio", "goodput_per_min", "optimum_share", "slo_ratio", "utilisation",
		"useful_goodput_per_min", "useful_ratio", "keeps_up_ratio", "utilisation_of_demand", "tokens_per_min", "fairness", "recovered_ratio":
		return 1
	case "attempts_per_success", "amplification", "refused_ratio", "makespan_s", "response_time_ms",
		"service_time_ms", "ttft_ms", "queue_wait_ms", "backoff_ms", "peak_attempts_per_100ms",
		"cost_usd_per_success", "unfinished_ratio", "degraded_ratio", "lateness_ms",
		"blameable_loss_ratio", "lost_ratio", "deadline_miss_ratio", "wasted_attempts_ratio", "wasted_tokens_ratio",
		"priority_inversion_ratio", "neighbour_refused_ratio", "wasted_input_ratio", "wasted_service_ms",
		"offered_time_ms", "recovery_amplification", "permit_idle_ratio", "goodput_cv", "drain_s", "tail_factor", "recovery_s":
		return -1
	}
	return 0
}

// SplitClass takes a class filter off a metric's name: `p{class="chat"}` gives
// "p" and "chat". Without a filter the class is empty.
func SplitClass(metric string) (name, class string) {
	name, rest, found := strings.Cut(metric, `{class="`)
	if !found {
		return metric, ""
	}
	return name, strings.TrimSuffix(rest, `"}`)
}

// Format writes one value of a metric for people, with its unit, to three
// significant digits: "99.2 %", "850 ms", "61.2 s", "$0.0123".
func Format(metric string, v float64) string {
	return FormatUnit(UnitOf(metric), v)
}

// FormatUnit is [Format] for a unit that is already known.
func FormatUnit(u Unit, v float64) string {
	switch u {
	case Ratio:
		return percent(v) + " %"
	case Millis:
		if math.Abs(v) >= 1000 {
			return digits(v/1000) + " s"
		}
		return digits(v) + " ms"
	case Seconds:
		return digits(v) + " s"
	case Dollars:
		return "$" + digits(v)
	case PerMin:
		return digits(v) + "/min"
	}
	return digits(v)
}

// percent never rounds a share below one up to 100, nor one above zero down
// to 0: "100 %" means all of them.
func percent(v float64) string {
	s := strconv.FormatFloat(v*100, 'f', places(v*100), 64)
	switch {
	case v < 1 && s == "100":
		return strconv.FormatFloat(math.Floor(v*1e4)/100, 'f', 2, 64)
	case v > 0 && v < 0.0005:
		return "<0.05"
	}
	return s
}

// digits writes three significant digits, more where the integer part is longer.
func digits(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e7 {
		return group(strconv.FormatFloat(v, 'f', 0, 64))
	}
	return group(strconv.FormatFloat(v, 'f', places(v), 64))
}

func places(v float64) int {
	a := math.Abs(v)
	switch {
	case a == 0 || a >= 99.95:
		return 0
	case a >= 9.995:
		return 1
	case a >= 0.9995:
		return 2
	}
	return min(8, 2-int(math.Floor(math.Log10(a))))
}

// group puts a thin separator between thousands: 12,345.
func group(s string) string {
	whole, frac, dotted := strings.Cut(s, ".")
	sign := strings.HasPrefix(whole, "-")
	whole = strings.TrimPrefix(whole, "-")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if sign {
		whole = "-" + whole
	}
	if dotted {
		return whole + "." + frac
	}
	return whole
}

// Text writes the metric for people: its value and, where one is known and
// wider than a point, its interval. A withheld one says why.
func (m Metric) Text(metric string) string {
	if !m.Known() {
		return "withheld: " + m.reason()
	}
	text := Format(metric, m.Value)
	if m.Width() > 0 {
		text += " [" + Format(metric, m.Low) + ", " + Format(metric, m.High) + "]"
	}
	return text
}

func (m Metric) reason() string {
	if m.Withheld == "" {
		return "not measured"
	}
	return m.Withheld
}
