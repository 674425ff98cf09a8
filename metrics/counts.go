package metrics

import (
	"encoding/json"

	"ratecliff/load"
)

// Outcomes are counts by outcome; in JSON an object of those that are not 0.
type Outcomes [load.OutcomeCount]int64

// Total is the sum of the counts.
func (o *Outcomes) Total() int64 { return total(o[:]) }

// MarshalJSON writes an object with the names of outcomes as keys.
func (o Outcomes) MarshalJSON() ([]byte, error) {
	return json.Marshal(nonzero(o[:], func(i int) string { return load.Outcome(i).String() }))
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (o *Outcomes) UnmarshalJSON(text []byte) error {
	var named map[string]int64
	if err := json.Unmarshal(text, &named); err != nil {
		return err
	}
	*o = Outcomes{}
	return fill(named, load.OutcomeCount, func(i load.Outcome, n int64) { o[i] = n })
}

// Dimensions are counts by limit; in JSON an object of those that are not 0.
type Dimensions [load.DimensionCount]int64

// Total is the sum of the counts.
func (d *Dimensions) Total() int64 { return total(d[:]) }

// MarshalJSON writes an object with the names of dimensions as keys.
func (d Dimensions) MarshalJSON() ([]byte, error) {
	return json.Marshal(nonzero(d[:], func(i int) string { return load.Dimension(i).String() }))
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (d *Dimensions) UnmarshalJSON(text []byte) error {
	var named map[string]int64
	if err := json.Unmarshal(text, &named); err != nil {
		return err
	}
	*d = Dimensions{}
	return fill(named, load.DimensionCount, func(i load.Dimension, n int64) { d[i] = n })
}

func total(counts []int64) (sum int64) {
	for _, n := range counts {
		sum += n
	}
	return sum
}

func nonzero(counts []int64, name func(int) string) map[string]int64 {
	named := make(map[string]int64)
	for i, n := range counts {
		if n != 0 {
			named[name(i)] = n
		}
	}
	return named
}
