package metrics

// Value is one metric of one run. When Withheld is not empty it says why there
// is no number, and V is 0.
type Value struct {
	V        float64 `json:"value"`
	N        int64   `json:"n"` // samples it rests on
	Withheld string  `json:"withheld,omitempty"`
}

// Estimate is one metric over several runs (seeds): the median with a
// distribution-free interval. Confidence 0 means that no interval could be
// given; Low and High are then the extremes seen. When Withheld is not empty it
// says why there is no number at all, and the numbers are 0. No field is ever
// NaN or infinite.
type Estimate struct {
	Value      float64  `json:"value"`
	Low        float64  `json:"low"`
	High       float64  `json:"high"`
	Confidence float64  `json:"confidence,omitempty"` // achieved, 0 to 1
	N          int      `json:"n"`                    // runs
	Warnings   []string `json:"warnings,omitempty"`
	Withheld   string   `json:"withheld,omitempty"`
}

// Verdict is the outcome of a comparison with a baseline.
type Verdict string

// Verdicts.
const (
	Tie    Verdict = "tie" // zero lies inside the interval, or there were too few pairs to tell
	Better Verdict = "better"
	Worse  Verdict = "worse"
)

// Difference is a paired comparison: the same seeds under two strategies.
type Difference struct {
	Median     float64  `json:"median"` // Hodges–Lehmann estimate of a − b
	Low        float64  `json:"low"`
	High       float64  `json:"high"`
	Confidence float64  `json:"confidence,omitempty"` // achieved; 0 means no interval could be given
	N          int      `json:"n"`
	Verdict    Verdict  `json:"verdict"`
	Warnings   []string `json:"warnings,omitempty"`
}
