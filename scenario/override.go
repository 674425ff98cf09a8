package scenario

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"ratecliff/scenario/yamlx"
)

// overrides applies Options.Profile, Seed and Set to the tree.
func (l *loader) overrides(root *yamlx.Node) {
	if l.options.Profile != "" {
		l.setText(root, "--profile", "server.profile", l.options.Profile)
	}
	if l.options.Seed != nil {
		l.setText(root, "--seed", "seed", strconv.FormatUint(*l.options.Seed, 10))
	}
	for _, text := range l.options.Set {
		at, value, ok := strings.Cut(text, "=")
		if !ok || at == "" {
			l.flagIssue("--set "+text, at, fmt.Sprintf("%q is not of the form path=value", text))
			continue
		}
		l.setText(root, "--set "+text, strings.TrimSpace(at), value)
	}
}

// setText sets one path to a value written as YAML; flag is what to blame.
func (l *loader) setText(root *yamlx.Node, flag, at, value string) {
	n := l.flagValue(flag, at, value)
	if n != nil {
		setPath(root, at, n, n, l.issues)
	}
}

// flagValue parses the value of a flag.
func (l *loader) flagValue(flag, at, value string) *yamlx.Node {
	src := &yamlx.Source{Name: flag, Text: []byte(value), Flag: true}
	if strings.TrimSpace(value) == "" {
		l.flagIssue(flag, at, "the value after = is missing")
		return nil
	}
	return yamlx.Parse(src, l.issues)
}

func (l *loader) flagIssue(flag, at, message string) {
	l.issues.Add(&yamlx.Node{Source: &yamlx.Source{Name: flag, Flag: true}}, at, message, "")
}

// fixedKeys cannot be set by a path: they say what the file is.
func fixedKeys() []string { return []string{"version", "matrix", "expect", "strategies", "classes"} }

// setPath sets the value at a path of the tree, making mappings on the way. The
// second step of strategies and classes is a name, or a pattern such as * or
// sdk-*, which takes every entry that has what the third step names. Unknown
// keys are left to the decoder, which knows what there is. place is where the
// path was written.
func setPath(root *yamlx.Node, at string, value, place *yamlx.Node, issues *yamlx.Issues) {
	steps := yamlx.SplitPath(at)
	for _, s := range steps {
		if s == "" {
			issues.Addf(place, at, "%q is not a path: a step is empty", at)
			return
		}
	}
	switch {
	case len(steps) == 0:
		issues.Addf(place, at, "the path is empty")
	case len(steps) < 3 && isFixed(steps[0]):
		issues.Add(place, at, fmt.Sprintf("%q cannot be set by a path", at), "name a value inside, such as server.burst or strategies.*.limiter.share")
	case steps[0] == "strategies" || steps[0] == "classes":
		setInEntries(root, at, steps, value, place, issues)
	default:
		descend(root, steps, at, value, place, issues)
	}
}

func isFixed(key string) bool {
	for _, k := range fixedKeys() {
		if k == key {
			return true
		}
	}
	return false
}

func setInEntries(root *yamlx.Node, at string, steps []string, value, place *yamlx.Node, issues *yamlx.Issues) {
	names, entries := entriesOf(root.Get(steps[0]))
	matched, hits := 0, 0
	for i, entry := range entries {
		named, has := takes(steps, names[i], entry)
		if named {
			matched++
		}
		if !has {
			continue
		}
		hits++
		descend(entry, steps[2:], at, value.Clone(), place, issues)
	}
	switch {
	case matched == 0:
		issues.Add(place, at, fmt.Sprintf("%s: there is no %q in %s", at, steps[1], steps[0]), yamlx.Suggest(steps[1], names))
	case hits == 0:
		issues.Add(place, at, fmt.Sprintf("%s: nothing in %s that matches %q has a %q", at, steps[0], steps[1], steps[2]),
			yamlx.Suggest(steps[2], keysOf(entries)))
	}
}

// takes says whether the second step of a path names an entry, and whether the
// path then sets something in it: a pattern passes over those that lack what the
// third step names.
func takes(steps []string, name string, entry *yamlx.Node) (named, has bool) {
	if ok, err := path.Match(steps[1], name); err != nil || !ok {
		return false, false
	}
	pattern := strings.ContainsAny(steps[1], "*?")
	return true, !pattern || len(steps) <= 3 || entry.Get(steps[2]) != nil
}

// Concerns says whether a path of the matrix sets something in a strategy, or in
// what all strategies meet.
func (s *Scenario) Concerns(at, strategy string) bool {
	steps := yamlx.SplitPath(at)
	if steps[0] != "strategies" || len(steps) < 2 {
		return true
	}
	names, entries := entriesOf(s.root.Get("strategies"))
	for i, entry := range entries {
		if names[i] == strategy {
			_, has := takes(steps, names[i], entry)
			return has
		}
	}
	return false
}

// entriesOf lists the named entries of classes (a mapping) or strategies (a list).
func entriesOf(n *yamlx.Node) (names []string, entries []*yamlx.Node) {
	if n == nil {
		return nil, nil
	}
	for i, item := range n.Items {
		if item.Kind != yamlx.Map {
			continue
		}
		name := strategyName(item)
		if n.Kind == yamlx.Map {
			name = n.Keys[i].Value
		}
		names, entries = append(names, name), append(entries, item)
	}
	return names, entries
}

// keysOf lists the keys that any of the entries has, for a suggestion.
func keysOf(entries []*yamlx.Node) []string {
	var out []string
	seen := map[string]bool{}
	for _, e := range entries {
		for _, k := range e.Keys {
			if !seen[k.Value] {
				seen[k.Value] = true
				out = append(out, k.Value)
			}
		}
	}
	return out
}

// descend walks to the last step, making mappings on the way, and puts the
// value there.
func descend(n *yamlx.Node, steps []string, at string, value, place *yamlx.Node, issues *yamlx.Issues) {
	for len(steps) > 1 {
		var next *yamlx.Node
		switch n.Kind {
		case yamlx.Map:
			if next = n.Get(steps[0]); next == nil || next.Kind == yamlx.Null {
				next = (&yamlx.Node{Kind: yamlx.Map}).At(place)
				n.Put(yamlx.Text(steps[0], place), next)
			}
		case yamlx.List:
			if found, _ := n.Find(steps[0]); found != n {
				next = found
			}
		}
		if next == nil || next.Kind != yamlx.Map && next.Kind != yamlx.List {
			issues.Addf(place, at, "%s: there is nothing to set in %q, which is %s", at, steps[0], describe(n, next))
			return
		}
		n, steps = next, steps[1:]
	}
	switch n.Kind {
	case yamlx.Map:
		n.Put(yamlx.Text(steps[0], place), value)
	case yamlx.List:
		i, err := strconv.Atoi(steps[0])
		if err != nil || i < 0 || i >= len(n.Items) {
			issues.Addf(place, at, "%s: the list has %d entries, numbered from 0; there is no %q", at, len(n.Items), steps[0])
			return
		}
		n.Items[i] = value
	}
}

func describe(parent, n *yamlx.Node) string {
	if n == nil {
		return "not in the list of " + strconv.Itoa(len(parent.Items)) + " entries"
	}
	return n.Value
}
