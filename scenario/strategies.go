package scenario

import (
	"fmt"
	"path"
	"strings"

	"ratecliff/policy/catalog"
	"ratecliff/scenario/yamlx"
)

// Catalog decodes the named strategies that come with ratecliff, in their order.
func Catalog() ([]Strategy, error) {
	var issues yamlx.Issues
	list := catalogNodes(&issues)
	out := make([]Strategy, len(list))
	decoder := yamlx.Decoder{Issues: &issues, Hooks: hooks()}
	for i, n := range list {
		decoder.Decode(n, fmt.Sprintf("strategies[%d]", i), &out[i])
		out[i].Text = textOf(n)
	}
	root := &yamlx.Node{Kind: yamlx.Map}
	root.Put(yamlx.Text("strategies", root), &yamlx.Node{Kind: yamlx.List, Items: list})
	c := checker{root: root, issues: &issues}
	for i := range out {
		c.strategy(&out[i])
	}
	return out, asError(issues)
}

// catalogNodes are the entries of the embedded catalog, file by file.
func catalogNodes(issues *yamlx.Issues) []*yamlx.Node {
	var out []*yamlx.Node
	for _, file := range catalog.Files() {
		root := yamlx.Parse(&yamlx.Source{Name: "catalog/" + file.Name, Text: file.Text}, issues)
		if list := root.Get("strategies"); list != nil {
			out = append(out, list.Items...)
		}
	}
	return out
}

func strategyName(n *yamlx.Node) string {
	if name := n.Get("name"); name != nil {
		return name.Value
	}
	return ""
}

func namesOf(list []*yamlx.Node) []string {
	var out []string
	for _, n := range list {
		if name := strategyName(n); name != "" {
			out = append(out, name)
		}
	}
	return out
}

func named(list []*yamlx.Node, name string) *yamlx.Node {
	for _, n := range list {
		if strategyName(n) == name {
			return n
		}
	}
	return nil
}

// strategies replaces the list under "strategies" by whole entries: names by
// their catalog entry, entries with a base by base and changes. Options choose
// from the result and the catalog.
func (l *loader) strategies(root *yamlx.Node) {
	known := catalogNodes(l.issues)
	key, list := root.Key("strategies"), root.Get("strategies")
	none := list == nil || list.Kind == yamlx.List && len(list.Items) == 0
	if list != nil && list.Kind == yamlx.List {
		list = &yamlx.Node{Kind: yamlx.List, Items: l.expand(list.Items, known), Source: list.Source, Line: list.Line, Column: list.Column}
		root.Put(key, list)
	}
	if len(l.options.Strategies) > 0 {
		l.choose(root, known)
	} else if none {
		at := root
		if key != nil {
			at = key
		}
		l.issues.Add(at, "strategies", "no strategies: there is nothing to run", "add  strategies: [full-jitter]")
	}
}

// MaxStrategies is the most strategies one scenario may compare.
const MaxStrategies = 1000

func (l *loader) expand(items, known []*yamlx.Node) []*yamlx.Node {
	if len(items) > MaxStrategies {
		l.issues.Addf(items[MaxStrategies], "strategies", "strategies has %d entries, at most %d are possible", len(items), MaxStrategies)
		items = items[:MaxStrategies]
	}
	out := make([]*yamlx.Node, 0, len(items))
	for i, item := range items {
		at := fmt.Sprintf("strategies[%d]", i)
		var whole *yamlx.Node
		switch item.Kind {
		case yamlx.String:
			whole = l.fromCatalog(item, item.Value, at, known)
		case yamlx.Map:
			whole = l.inherit(item, at, append(append([]*yamlx.Node(nil), out...), known...))
		default:
			l.issues.Add(item, at, at+" must be the name of a strategy or a strategy spelled out, not "+item.Kind.String(), "")
		}
		if whole == nil {
			continue
		}
		if name := strategyName(whole); name != "" && named(out, name) != nil {
			l.issues.Add(item, at, fmt.Sprintf("a strategy %q is already in the list", name), "give one of them another name")
			continue
		}
		out = append(out, whole)
	}
	return out
}

// fromCatalog is a copy of a named entry that stands where the name stands.
func (l *loader) fromCatalog(item *yamlx.Node, name, at string, known []*yamlx.Node) *yamlx.Node {
	found := named(known, name)
	if found == nil {
		l.issues.Add(item, at, fmt.Sprintf("unknown strategy %q", name), yamlx.Suggest(name, namesOf(known)))
		return nil
	}
	whole := found.Clone()
	whole.Move(item)
	return whole
}

// inherit lays an entry over its base: mappings key by key, an empty value
// takes a layer away, anything else replaces.
func (l *loader) inherit(item *yamlx.Node, at string, known []*yamlx.Node) *yamlx.Node {
	if name := item.Get("name"); name == nil {
		l.issues.Add(item, at, at+" has no name", "add  name: …")
		return nil
	} else if !validName(name.Value) {
		l.issues.Add(name, at+".name", nameRule("strategy", name.Value), "")
		return nil
	}
	base := item.Get("base")
	if base == nil {
		return item.Clone()
	}
	whole := l.fromCatalog(base, base.Value, at+".base", known)
	if whole == nil {
		return nil
	}
	whole.Source, whole.Line, whole.Column = item.Source, item.Line, item.Column
	whole.Drop("description")
	changes := item.Clone()
	changes.Drop("base")
	overlay(whole, changes)
	return whole
}

func overlay(base, changes *yamlx.Node) {
	for i, key := range changes.Keys {
		value, old := changes.Items[i], base.Get(key.Value)
		switch {
		case value.Kind == yamlx.Null:
			base.Drop(key.Value)
		case value.Kind == yamlx.Map && old != nil && old.Kind == yamlx.Map:
			overlay(old, value)
		default:
			base.Put(key, value)
		}
	}
}

// choose replaces the list by what the options name.
func (l *loader) choose(root *yamlx.Node, known []*yamlx.Node) {
	own := &yamlx.Node{Kind: yamlx.List}
	if list := root.Get("strategies"); list != nil {
		own = list
	}
	all := append(append([]*yamlx.Node(nil), own.Items...), known...)
	chosen := &yamlx.Node{Kind: yamlx.List}
	for _, option := range l.options.Strategies {
		src := &yamlx.Source{Name: "--strategies " + option, Text: []byte(option), Flag: true}
		place := &yamlx.Node{Source: src, Line: 1, Column: 1}
		chosen.Source, chosen.Line, chosen.Column = src, 1, 1
		for _, pattern := range strings.Split(option, ",") {
			l.match(strings.TrimSpace(pattern), place, all, chosen)
		}
	}
	root.Put(yamlx.Text("strategies", chosen), chosen)
}

func (l *loader) match(pattern string, place *yamlx.Node, all []*yamlx.Node, chosen *yamlx.Node) {
	hits := 0
	for _, n := range all {
		if ok, err := path.Match(pattern, strategyName(n)); err != nil || !ok {
			continue
		}
		hits++
		if named(chosen.Items, strategyName(n)) == nil {
			chosen.Items = append(chosen.Items, n.Clone())
		}
	}
	if hits == 0 {
		l.issues.Add(place, "strategies", fmt.Sprintf("unknown strategy %q", pattern), yamlx.Suggest(pattern, namesOf(all)))
	}
}
