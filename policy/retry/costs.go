package retry

import "ratecliff/load"

// The bounds of how much a call's cost changes its delay: ours, so that one
// outlier neither hammers nor sleeps for hours.
const (
	leastScale = 0.1
	mostScale  = 10
)

// vector is a cost in requests, input tokens and output tokens.
type vector [3]int64

// costOf is what the client knows of a call's cost before it is answered.
func costOf(c *load.Call) vector { return vector{1, c.Tokens.Metered(), c.MaxTokens} }

// place is where a vector holds dimension d; others count as requests.
func place(d load.Dimension) int {
	if d == load.ITPM || d == load.OTPM {
		return int(d - load.RPM)
	}
	return 0
}

// costs is the mean cost of the calls sent so far.
type costs struct {
	calls float64
	sum   [3]float64
}

func (m *costs) sent(c *load.Call) {
	m.calls++
	for i, x := range costOf(c) {
		m.sum[i] += float64(x)
	}
}

// over is a call's cost over the mean, 1 while there is none.
func (m *costs) over(c *load.Call, i int) float64 {
	if m.sum[i] <= 0 {
		return 1
	}
	return float64(costOf(c)[i]) * m.calls / m.sum[i]
}

// weight is a call's share of a budget that counts cost.
func (m *costs) weight(c *load.Call) float64 { return m.over(c, place(load.ITPM)) }

// scale is what a call's cost makes of its delay after a 429.
func (m *costs) scale(c *load.Call, r *load.Response) float64 {
	if r.Outcome != load.Throttled {
		return 1
	}
	return min(max(m.over(c, place(r.Dimension)), leastScale), mostScale)
}
