package scenario

import (
	"fmt"
	"math"
	"strings"

	"ratecliff/scenario/yamlx"
)

// Setting is one value of a variant.
type Setting struct {
	Path  string
	Value string // as written
}

// Axis is one path of the matrix with its values, as written.
type Axis struct {
	Path   string
	Values []string
}

// Variant is one cell of the matrix: the scenario with the cell's values set.
type Variant struct {
	Settings []Setting // in the order of the axes; empty without a matrix
	Scenario *Scenario
}

// axis is an axis with the nodes of its values.
type axis struct {
	path   string
	key    *yamlx.Node
	values []*yamlx.Node
}

func (a *axis) texts() []string {
	out := make([]string, len(a.values))
	for i, v := range a.values {
		out[i] = valueText(v)
	}
	return out
}

// valueText is a value on one line, as it is shown and compared.
func valueText(n *yamlx.Node) string {
	if n.Kind == yamlx.Map || n.Kind == yamlx.List {
		return string(n.Canonical(nil))
	}
	return n.Value
}

// axes reads the matrix of the file and of Options.Matrix.
func (l *loader) axes(root *yamlx.Node) []axis {
	var out []axis
	if m := root.Get("matrix"); m != nil {
		if m.Kind != yamlx.Map {
			l.issues.Add(m, "matrix", "matrix must be a mapping from paths to lists of values", "such as  server.burst: [1, 10]")
			return nil
		}
		for i, key := range m.Keys {
			out = l.addAxis(out, key, m.Items[i])
		}
	}
	for _, text := range l.options.Matrix {
		at, values, ok := strings.Cut(text, "=")
		if !ok || at == "" {
			l.flagIssue("--matrix "+text, at, fmt.Sprintf("%q is not of the form path=value,value", text))
			continue
		}
		list := l.flagValue("--matrix "+text, at, "["+values+"]")
		if list != nil {
			out = l.addAxis(out, yamlx.Text(strings.TrimSpace(at), list), list)
		}
	}
	return out
}

func (l *loader) addAxis(axes []axis, key, list *yamlx.Node) []axis {
	if list.Kind != yamlx.List || len(list.Items) == 0 {
		l.issues.Add(list, "matrix."+key.Value, fmt.Sprintf("matrix: %s must be a list of at least one value", key.Value), "")
		return axes
	}
	a := axis{path: key.Value, key: key, values: list.Items}
	seen := map[string]bool{}
	for i, text := range a.texts() {
		if seen[text] {
			l.issues.Addf(list.Items[i], "matrix."+key.Value, "matrix: %s has the value %s twice", key.Value, text)
		}
		seen[text] = true
	}
	for i := range axes {
		if axes[i].path == a.path {
			axes[i] = a
			return axes
		}
	}
	return append(axes, a)
}

// maxTried bounds how many values of the matrix Load tries one by one, by the
// size of the file; the rest is left to Expand.
const (
	maxTried       = 1000
	maxTriedValues = 2_000_000
)

// axisValues tries every value of the matrix, the others left alone, so that a
// mistake shows when the file is loaded.
func (l *loader) axisValues(root *yamlx.Node, axes []axis) {
	left := min(maxTried, maxTriedValues/root.Count())
	for _, a := range axes {
		for _, value := range a.values {
			if left--; left < 0 || l.issues.Full() {
				return
			}
			tree := root.Clone()
			setPath(tree, a.path, value, a.key, l.issues)
			l.decode(tree)
		}
	}
}

// gridSize refuses a grid that nobody meant to ask for.
func (l *loader) gridSize(root *yamlx.Node, s *Scenario) {
	runs := float64(max(len(s.Strategies), 1)) * float64(max(l.options.Seeds, 1))
	for _, a := range s.Matrix {
		runs *= float64(len(a.Values))
	}
	if runs > MaxRuns && !l.options.Yes {
		at := root.Key("matrix")
		if at == nil {
			at = root
		}
		l.issues.Add(at, "matrix", fmt.Sprintf("the matrix, %d strategies and %d seeds make %.0f runs, more than %d",
			len(s.Strategies), max(l.options.Seeds, 1), runs, MaxRuns), "--yes allows it")
	}
}

// Cells is the number of variants the matrix makes, at least 1, held at the
// largest int.
func (s *Scenario) Cells() int {
	cells := 1.0
	for _, a := range s.Matrix {
		cells *= float64(len(a.Values))
	}
	if cells > math.MaxInt32 {
		return math.MaxInt32
	}
	return int(cells)
}

// Expand gives every combination of the matrix, the last axis varying fastest;
// without a matrix the scenario itself. Each variant is decoded and checked
// anew: the error is an [*Errors].
func (s *Scenario) Expand() ([]Variant, error) {
	if len(s.matrix) == 0 {
		return []Variant{{Scenario: s}}, nil
	}
	if s.Cells() > MaxRuns && !s.options.Yes {
		return nil, &Errors{Issues: []Issue{{
			File: s.File, Path: "matrix",
			Message: fmt.Sprintf("the matrix has %d cells, more than %d", s.Cells(), MaxRuns),
		}}}
	}
	var issues yamlx.Issues
	l := &loader{name: s.File, options: s.options, issues: &issues}
	out := make([]Variant, 0, s.Cells())
	at := make([]int, len(s.matrix))
	for {
		out = append(out, s.variant(l, at))
		if !advance(at, s.matrix) {
			return out, asError(issues)
		}
	}
}

// advance moves to the next cell, the last axis first.
func advance(at []int, axes []axis) bool {
	for i := len(at) - 1; i >= 0; i-- {
		if at[i]++; at[i] < len(axes[i].values) {
			return true
		}
		at[i] = 0
	}
	return false
}

func (s *Scenario) variant(l *loader, at []int) Variant {
	tree := s.root.Clone()
	settings := make([]Setting, len(at))
	for i, a := range s.matrix {
		value := a.values[at[i]]
		settings[i] = Setting{Path: a.path, Value: valueText(value)}
		setPath(tree, a.path, value.Clone(), a.key, l.issues)
	}
	v := l.decode(tree)
	v.Text, v.Hash, v.Expectations, v.options, v.root = s.Text, s.Hash, s.Expectations, s.options, tree
	v.writeStrategies()
	return Variant{Settings: settings, Scenario: v}
}
