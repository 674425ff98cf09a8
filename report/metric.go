package report

import (
	"encoding/json"
	"math"
	"strconv"
)

// Metric is one number with its doubt. Unit: as the metric's name says.
type Metric struct {
	Value      float64
	Low, High  float64 // meaningful only when Confidence is above 0
	Confidence float64 // share actually achieved by [Low, High]; 0 means no interval could be given
	N          int     // runs it rests on
	Warnings   []string
	Withheld   string // why there is no value; empty when there is one
}

// Known reports whether the metric has a value.
func (m Metric) Known() bool { return m.Withheld == "" && (m.N > 0 || m.Value != 0) }

// Bounded reports whether the metric has an interval.
func (m Metric) Bounded() bool { return m.Known() && m.Confidence > 0 }

// Bounds is the interval, or the value twice where there is none.
func (m Metric) Bounds() (low, high float64) {
	if !m.Bounded() {
		return m.Value, m.Value
	}
	return m.Low, m.High
}

type metricJSON struct {
	Value      *float64 `json:"value,omitempty"`
	Low        *float64 `json:"low,omitempty"`
	High       *float64 `json:"high,omitempty"`
	N          int      `json:"n"`
	Confidence float64  `json:"confidence,omitempty"`
	Warnings   []string `json:"warnings,omitempty"`
	Withheld   string   `json:"withheld,omitempty"`
}

// MarshalJSON leaves out the value where it is withheld and the bounds where
// there is no interval. Numbers carry nine significant digits.
func (m Metric) MarshalJSON() ([]byte, error) {
	out := metricJSON{N: m.N, Warnings: m.Warnings, Withheld: m.Withheld}
	if m.Known() {
		out.Value = finite(m.Value)
	}
	if m.Bounded() {
		out.Low, out.High, out.Confidence = finite(m.Low), finite(m.High), round(m.Confidence)
	}
	if out.Value == nil && out.Withheld == "" {
		out.Withheld = "not measured"
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (m *Metric) UnmarshalJSON(data []byte) error {
	var in metricJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*m = Metric{N: in.N, Warnings: in.Warnings, Withheld: in.Withheld}
	if in.Value == nil {
		if m.Withheld == "" {
			m.Withheld = "not measured"
		}
		return nil
	}
	m.Value = *in.Value
	if in.Low != nil && in.High != nil {
		m.Low, m.High, m.Confidence = *in.Low, *in.High, in.Confidence
	}
	return nil
}

// Difference is a strategy against the baseline, seed by seed (common random
// numbers). Unit: of the metric; positive means larger than the baseline.
type Difference struct {
	Median float64 `json:"median"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	N      int     `json:"n"`

	Confidence float64 `json:"confidence"` // of [Low, High], a BCa bootstrap interval
	P          float64 `json:"p"`          // Wilcoxon's signed-rank test, two-sided
	Adjusted   float64 `json:"adjusted"`   // the same after Holm's correction for all strategies of the setting
	Effect     float64 `json:"effect"`     // matched rank-biserial correlation, −1 to 1
	Outcome    string  `json:"outcome"`    // better, worse, tie, or incomparable: a time where success differs
}

// MarshalJSON writes numbers with nine significant digits.
func (d Difference) MarshalJSON() ([]byte, error) {
	type plain Difference
	d.Median, d.Low, d.High, d.Confidence = round(d.Median), round(d.Low), round(d.High), round(d.Confidence)
	d.P, d.Adjusted, d.Effect = round(d.P), round(d.Adjusted), round(d.Effect)
	return json.Marshal(plain(d))
}

func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	v = round(v)
	return &v
}

// round keeps nine significant digits: more than any of our metrics can claim,
// fewer than two processors could disagree on.
func round(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	r, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 9, 64), 64)
	return r
}
