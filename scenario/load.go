package scenario

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strconv"
	"strings"

	"ratecliff/scenario/yamlx"
)

// Load reads a scenario file. name is the path it is known by: it stands in
// messages, traces are looked up beside it, and without its extension it is the
// scenario's name when the file has none. The error is an [*Errors] with every
// mistake found; the scenario is nil then.
func Load(name string, src []byte, opts Options) (*Scenario, error) {
	var issues yamlx.Issues
	root := yamlx.Parse(&yamlx.Source{Name: name, Text: src}, &issues)
	if root == nil || !checkVersion(root, &issues) {
		return nil, asError(issues)
	}
	l := &loader{name: name, options: opts, issues: &issues}
	l.strategies(root)
	l.overrides(root)
	axes := l.axes(root)
	s := l.decode(root)
	s.Text, s.root, s.matrix, s.options = string(src), root, axes, opts
	s.writeStrategies()
	for _, a := range axes {
		s.Matrix = append(s.Matrix, Axis{Path: a.path, Values: a.texts()})
	}
	if root.Get("expect") != nil {
		s.Expectations = l.expectations(root.Get("expect"), s)
	}
	l.openTraces(root, s)
	l.axisValues(root, axes)
	l.gridSize(root, s)
	if err := asError(issues); err != nil {
		return nil, err
	}
	s.Hash = hashOf(root, s)
	return s, nil
}

// hashOf covers the effective document and the limits a profile file gave.
func hashOf(root *yamlx.Node, s *Scenario) string {
	text := root.Canonical(nil)
	if s.Profile != nil {
		text = fmt.Appendf(text, "%+v", *s.Profile)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// loader carries what the steps of Load share.
type loader struct {
	name    string
	options Options
	issues  *yamlx.Issues
}

// checkVersion stops early on files that are not ours.
func checkVersion(root *yamlx.Node, issues *yamlx.Issues) bool {
	if root.Kind != yamlx.Map {
		issues.Add(root, "", "a scenario is a mapping, not "+root.Kind.String(), "it begins with  version: 1")
		return false
	}
	v := root.Get("version")
	switch {
	case v == nil:
		issues.Add(root, "version", "version is missing", "begin the file with  version: 1")
	case v.Kind == yamlx.Null:
		issues.Add(v, "version", "version has no value", "begin the file with  version: 1")
		return false
	case v.Kind != yamlx.Int || v.Value != strconv.Itoa(Version):
		issues.Add(v, "version", fmt.Sprintf("version %s is not known", v.Value), fmt.Sprintf("this build reads version %d", Version))
		return false
	}
	return true
}

// decode fills and checks a scenario from a tree whose strategies are expanded.
func (l *loader) decode(root *yamlx.Node) *Scenario {
	doc := document{Version: Version, Seed: DefaultSeed, Drain: DefaultDrain}
	if root.Get("server") == nil {
		doc.Server.Profile = DefaultProfile
	}
	before := len(*l.issues)
	decoder := yamlx.Decoder{Issues: l.issues, Hooks: hooks()}
	decoder.Decode(root, "", &doc)
	s := &Scenario{
		Name: doc.Name, Description: doc.Description, Seed: doc.Seed, Duration: doc.Duration, Drain: doc.Drain,
		Server: doc.Server, Classes: doc.Classes, Strategies: doc.Strategies, SLO: doc.SLO, File: l.name,
	}
	l.profile(root, s)
	if s.Name == "" {
		s.Name = strings.TrimSuffix(path.Base(l.name), path.Ext(l.name))
	}
	checker := checker{root: root, issues: l.issues, before: before, badly: (*l.issues)[before:]}
	checker.check(s)
	for i := range s.Classes {
		if s.Classes[i].SLO.IsZero() {
			s.Classes[i].SLO = s.SLO
		}
	}
	s.Traces = l.traces(s)
	return s
}

// writeStrategies fills in Strategy.Text, which trying values can do without.
func (s *Scenario) writeStrategies() {
	list := s.root.Get("strategies")
	for i := range s.Strategies {
		if list != nil && i < len(list.Items) {
			s.Strategies[i].Text = textOf(list.Items[i])
		}
	}
}

func textOf(n *yamlx.Node) string {
	text, err := yamlx.Dump(n)
	if err != nil {
		return ""
	}
	return string(text)
}

// traces lists the trace files of all classes, each once.
func (l *loader) traces(s *Scenario) []TraceFile {
	var out []TraceFile
	for i := range s.Classes {
		a := &s.Classes[i].Arrivals
		if a.File == "" {
			continue
		}
		known := false
		for k := range out {
			if out[k].Name == a.File {
				known = true
				out[k].Sort = out[k].Sort || a.Sort
			}
		}
		if !known {
			out = append(out, TraceFile{Name: a.File, Path: l.beside(a.File), Format: a.Format, Sort: a.Sort})
		}
	}
	return out
}

// beside resolves a file name relative to the scenario file.
func (l *loader) beside(file string) string {
	if path.IsAbs(file) {
		return file
	}
	return path.Join(path.Dir(l.name), file)
}

// openTraces checks that the traces exist.
func (l *loader) openTraces(root *yamlx.Node, s *Scenario) {
	if l.options.Open == nil {
		return
	}
	for i := range s.Classes {
		file := s.Classes[i].Arrivals.File
		if file == "" {
			continue
		}
		f, err := l.options.Open(l.beside(file))
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			at := "classes." + s.Classes[i].Name + ".arrivals.file"
			_, place := root.Find(at)
			l.issues.Add(place, at, fmt.Sprintf("trace %q cannot be opened: %v", file, err), "file names are relative to the scenario file")
		}
	}
}
