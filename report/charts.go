package report

// Charts is the heavy part of a document, charts.json: series and
// distributions, merged over the seeds and thinned. Never raw events.
type Charts struct {
	SchemaVersion int          `json:"schema_version"`
	Cells         []CellCharts `json:"cells"` // in the order of Document.Cells
}

// CellCharts holds the curves of one cell.
type CellCharts struct {
	Strategy      string         `json:"strategy"`
	Settings      Settings       `json:"settings,omitempty"`
	BinSeconds    float64        `json:"bin_s"`                   // width of every bin of every series; 0 without series
	Series        []Series       `json:"series,omitempty"`        // all of one length
	Distributions []Distribution `json:"distributions,omitempty"` // latencies

	// Capacity is the size of the bucket in each dimension (rpm, itpm, otpm),
	// where there is one pool and its limits are known.
	Capacity map[string]Number `json:"capacity,omitempty"`
}

// Series is one curve over time. Value i covers the i-th bin. Counts are means
// per run and bin, levels are means over the bin.
type Series struct {
	Name   string   `json:"name"` // such as "refused.rpm", "in_flight", "remaining.itpm"
	Values []Number `json:"values"`
}

// Distribution is how one latency of one group of results is spread.
type Distribution struct {
	Name        string       `json:"name"` // response, service, ttft, queue_wait, backoff
	Of          string       `json:"of"`   // "success" or "failure": the two are never mixed
	Count       int64        `json:"count"`
	Bars        []Bar        `json:"bars,omitempty"`
	Percentiles []Percentile `json:"percentiles,omitempty"`
}

// Bar is one bar of a histogram: Count values in [FromMs, ToMs). Bars widen
// with the value; those without values are left out.
type Bar struct {
	FromMs Number `json:"from_ms"`
	ToMs   Number `json:"to_ms"`
	Count  int64  `json:"count"`
}

// Percentile is one point of a percentile curve: one value in OneIn is above
// Ms, so the percentile is q = 1 − 1/OneIn (10 is p90, 100 is p99). It is given
// only where at least one sample lies beyond.
type Percentile struct {
	OneIn Number `json:"one_in"`
	Ms    Number `json:"ms"`
}

// Number is a float whose JSON has four significant digits and is null where
// nothing is known (NaN): enough for a curve, a third of the bytes.
type Number float64

// Find is the series of that name, or nil.
func (c *CellCharts) Find(name string) []Number {
	for i := range c.Series {
		if c.Series[i].Name == name {
			return c.Series[i].Values
		}
	}
	return nil
}

// Spread is the distribution of that name and group, or nil.
func (c *CellCharts) Spread(name, of string) *Distribution {
	for i := range c.Distributions {
		if d := &c.Distributions[i]; d.Name == name && d.Of == of {
			return d
		}
	}
	return nil
}
