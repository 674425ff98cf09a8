package report

import (
	"encoding/csv"
	"io"
	"maps"
	"slices"
	"strconv"
)

// CSV writes one row per cell, class and metric: strategy, the matrix values,
// class (empty for all), metric, value, low, high, confidence, n, withheld,
// provenance. Where a value is withheld its fields are empty.
func CSV(w io.Writer, d *Document) error {
	paths := settingPaths(d.Cells)
	out := csv.NewWriter(w)
	header := append([]string{"strategy"}, paths...)
	header = append(header, "class", "metric", "value", "low", "high", "confidence", "n", "withheld", "provenance")
	if err := out.Write(header); err != nil {
		return err
	}
	for i := range d.Cells {
		c := &d.Cells[i]
		if err := csvRows(out, c, paths, "", c.Metrics); err != nil {
			return err
		}
		for _, class := range c.Classes {
			if err := csvRows(out, c, paths, class.Name, class.Metrics); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

func csvRows(out *csv.Writer, c *Cell, paths []string, class string, metrics map[string]Metric) error {
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		row := []string{c.Strategy}
		for _, path := range paths {
			row = append(row, c.Settings.Value(path))
		}
		m := metrics[name]
		value, low, high, confidence := "", "", "", ""
		if m.Known() {
			value = number(m.Value)
		}
		if m.Bounded() {
			low, high, confidence = number(m.Low), number(m.High), number(m.Confidence)
		}
		row = append(row, class, name, value, low, high, confidence, strconv.Itoa(m.N), m.Withheld, string(c.Provenance))
		if err := out.Write(row); err != nil {
			return err
		}
	}
	return nil
}

func number(v float64) string { return strconv.FormatFloat(round(v), 'f', -1, 64) }

// settingPaths are the matrix paths of all cells in order of first appearance.
func settingPaths(cells []Cell) []string {
	var paths []string
	for i := range cells {
		for _, s := range cells[i].Settings {
			if !slices.Contains(paths, s.Path) {
				paths = append(paths, s.Path)
			}
		}
	}
	return paths
}

// Value is the value at a path, "" where there is none.
func (s Settings) Value(path string) string {
	for _, set := range s {
		if set.Path == path {
			return set.Value
		}
	}
	return ""
}
