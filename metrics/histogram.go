package metrics

// Histogram is a finished distribution of durations on the grid of an HDR
// histogram with three significant digits from 1 µs to 24 h: only the cells
// that are not empty, in ascending order. The zero value is empty. In JSON it
// is an HDR V2 string.
type Histogram struct {
	Cells []Cell
}

// Cell is one cell of a grid.
type Cell struct {
	From  int64 `json:"from"` // lowest value of the cell, in µs for durations
	Count int64 `json:"count"`
}

// Timings are the distributions kept for one class and outcome.
type Timings struct {
	Response Histogram `json:"response"` // due to end
	Service  Histogram `json:"service"`  // last attempt, sent to done
	TTFT     Histogram `json:"ttft"`     // last attempt, sent to first token; successes only
	Queue    Histogram `json:"queue"`    // held though ready
	Backoff  Histogram `json:"backoff"`  // asleep between attempts
}
