package metrics

import "io"

// Merge adds o, another part of the same run, to s.
func (s *Snapshot) Merge(o *Snapshot) error { return nil }

// Values are the metrics of the run, by name.
func (s *Snapshot) Values() map[string]Value { return nil }

// Summarize estimates every metric over runs that differ in their seed.
func Summarize(runs []*Snapshot) map[string]Estimate { return nil }

// SummarizeValues is [Summarize] for those who kept only the values.
func SummarizeValues(runs []map[string]Value) map[string]Estimate { return nil }

// ComparePaired compares a with the baseline b, pair by pair; more is better.
func ComparePaired(a, b []float64) Difference { return Difference{} }

// ComparePairedMetric is [ComparePaired] with the direction of a metric.
func ComparePairedMetric(name string, a, b []float64) Difference { return Difference{} }

// LowerIsBetter says in which direction a metric improves.
func LowerIsBetter(name string) bool { return false }

// WriteIntervals writes the intervals as an HDR log.
func WriteIntervals(w io.Writer, s *Snapshot) error { return nil }
