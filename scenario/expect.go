package scenario

import "fmt"

// Op compares a metric with a number.
type Op string

// Operators of expectations.
const (
	AtLeast Op = ">="
	AtMost  Op = "<="
	Above   Op = ">"
	Below   Op = "<"
	Equal   Op = "=="
)

// Subjects of expectations that are not strategy names.
const (
	Every = "*"    // every strategy must meet it
	Best  = "best" // at least one strategy must meet it; "any" is the same
)

// Expectation is one verdict to be judged: the metric of the subject compared
// with a value.
type Expectation struct {
	Subject string // name of a strategy, [Every] or [Best]
	Metric  string // metric name of summary.json, such as response_time_ms.p99
	Op      Op
	Value   float64   // in the metric's own unit
	When    []Setting // only in variants with these values; empty means all
	Text    string    // as written, such as "full-jitter: success_ratio >= 0.95"
	Line    int       // line in the file
}

// Holds compares a measured value. Equal allows for rounding in the ninth digit.
func (e *Expectation) Holds(v float64) bool {
	switch e.Op {
	case AtLeast:
		return v >= e.Value
	case AtMost:
		return v <= e.Value
	case Above:
		return v > e.Value
	case Below:
		return v < e.Value
	}
	d := v - e.Value
	scale := max(v, -v, e.Value, -e.Value)
	return max(d, -d) <= 1e-9*scale
}

// Applies says whether the expectation is judged in a variant.
func (e *Expectation) Applies(settings []Setting) bool {
	for _, want := range e.When {
		met := false
		for _, s := range settings {
			met = met || s == want
		}
		if !met {
			return false
		}
	}
	return true
}

// String is the expectation as written.
func (e *Expectation) String() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }
