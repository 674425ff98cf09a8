package yamlx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Limits on what is read.
const (
	MaxBytes   = 1 << 20 // size of one document
	MaxAliased = 10_000  // values that aliases may stand for, all together
	MaxNodes   = 200_000 // values in one document
	maxDepth   = 100     // nesting of values
)

// Parse reads one YAML document. It returns nil when the text has a mistake
// that leaves no tree; the mistakes are added to issues.
func Parse(src *Source, issues *Issues) *Node {
	start := &Node{Source: src, Line: 1, Column: 1}
	if len(src.Text) > MaxBytes {
		issues.Add(&Node{Source: &Source{Name: src.Name, Flag: true}}, "",
			fmt.Sprintf("the file has %d bytes, more than the %d that a scenario may have", len(src.Text), MaxBytes),
			"traces belong in files of their own")
		return nil
	}
	src.Text = bytes.TrimPrefix(src.Text, []byte("\xef\xbb\xbf"))
	if place := invalidText(src); place != nil {
		issues.Add(place, "", "the file is not UTF-8 text", "save it as UTF-8")
		return nil
	}
	if strings.TrimSpace(string(src.Text)) == "" {
		issues.Add(start, "", "the file is empty", "")
		return nil
	}
	return parseText(src, start, issues)
}

func parseText(src *Source, start *Node, issues *Issues) *Node {
	loader, err := yaml.NewLoader(bytes.NewReader(src.Text))
	if err != nil {
		issues.Addf(start, "", "%v", err)
		return nil
	}
	var doc yaml.Node
	if err := loader.Load(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			issues.Add(start, "", "the file holds only comments", "")
		} else {
			syntax(src, err, issues)
		}
		return nil
	}
	c := converter{src: src, issues: issues}
	root := c.convert(&doc, 0)
	var second yaml.Node
	if err := loader.Load(&second); !errors.Is(err, io.EOF) {
		at := &Node{Source: src, Line: second.Line, Column: second.Column}
		if len(second.Content) > 0 {
			at.Line, at.Column = second.Content[0].Line, second.Content[0].Column
		}
		if err != nil {
			syntax(src, err, issues)
		} else {
			issues.Add(at, "", "a second document begins here", "one file holds one document: remove the \"---\"")
		}
	}
	return root
}

// invalidText is the place of the first byte that is not UTF-8, or nil.
func invalidText(src *Source) *Node {
	if utf8.Valid(src.Text) {
		return nil
	}
	line, column := 1, 1
	for rest := src.Text; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		if r == utf8.RuneError && size <= 1 {
			break
		}
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
		rest = rest[size:]
	}
	return &Node{Source: src, Line: line, Column: column}
}

// syntax adds what the library said.
func syntax(src *Source, err error, issues *Issues) {
	var one *yaml.LoadError
	var many *yaml.LoadErrors
	switch {
	case errors.As(err, &many):
		for _, e := range many.Errors {
			addSyntax(src, e, issues)
		}
	case errors.As(err, &one):
		addSyntax(src, one, issues)
	default:
		issues.Addf(&Node{Source: src, Line: 1, Column: 1}, "", "%v", err)
	}
}

func addSyntax(src *Source, e *yaml.LoadError, issues *Issues) {
	at := &Node{Source: src, Line: max(e.Mark.Line, 1), Column: max(e.Mark.Column, 1)}
	message, hint := e.Message, ""
	if e.ContextMsg != "" {
		message = e.ContextMsg + ": " + message
	}
	if row, ok := lineOf(src.Text, at.Line); ok && strings.Contains(row[:len(row)-len(strings.TrimLeft(row, " \t"))], "\t") {
		hint = "YAML indents with spaces, not tabs"
	} else if strings.Contains(message, "mapping values are not allowed") {
		hint = "text with a colon in it needs quotes, and keys of one mapping the same indent"
	}
	issues.Add(at, "", "YAML: "+message, hint)
}

// converter turns the library's nodes into ours.
type converter struct {
	src     *Source
	issues  *Issues
	nodes   int
	aliased int // values made while inside an alias
	inside  int // depth of aliases
	active  []*yaml.Node
	stopped bool
}

func (c *converter) convert(y *yaml.Node, depth int) *Node {
	n := &Node{Source: c.src, Line: y.Line, Column: y.Column}
	if !c.room(n, depth) {
		return n
	}
	switch y.Kind {
	case yaml.DocumentNode:
		if len(y.Content) > 0 {
			return c.convert(y.Content[0], depth)
		}
	case yaml.AliasNode:
		return c.alias(y, n, depth)
	case yaml.SequenceNode:
		n.Kind = List
		c.tag(y, n, "!!seq")
		for _, item := range y.Content {
			n.Items = append(n.Items, c.convert(item, depth+1))
		}
	case yaml.MappingNode:
		n.Kind = Map
		c.tag(y, n, "!!map")
		c.mapping(y, n, depth)
	case yaml.ScalarNode:
		c.scalar(y, n)
	}
	return n
}

// room counts a value against the limits.
func (c *converter) room(n *Node, depth int) bool {
	if c.stopped {
		return false
	}
	c.nodes++
	if c.inside > 0 {
		c.aliased++
	}
	switch {
	case c.aliased > MaxAliased:
		c.issues.Addf(n, "", "aliases stand for more than %d values", MaxAliased)
	case c.nodes > MaxNodes:
		c.issues.Addf(n, "", "the file holds more than %d values", MaxNodes)
	case depth > maxDepth:
		c.issues.Addf(n, "", "values are nested more than %d deep", maxDepth)
	default:
		return true
	}
	c.stopped = true
	return false
}

func (c *converter) alias(y *yaml.Node, n *Node, depth int) *Node {
	for _, a := range c.active {
		if a == y.Alias {
			c.issues.Addf(n, "", "alias *%s stands inside the value it names", y.Value)
			c.stopped = true
			return n
		}
	}
	c.active = append(c.active, y.Alias)
	c.inside++
	out := c.convert(y.Alias, depth+1)
	c.inside--
	c.active = c.active[:len(c.active)-1]
	return out
}

func (c *converter) mapping(y *yaml.Node, n *Node, depth int) {
	merged := &Node{Kind: Map}
	for i := 0; i+1 < len(y.Content) && !c.stopped; i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		key := &Node{Kind: String, Value: k.Value, Source: c.src, Line: k.Line, Column: k.Column}
		if k.Kind != yaml.ScalarNode {
			c.issues.Add(key, "", "a key must be plain text", "")
			continue
		}
		value := c.convert(v, depth+1)
		if k.ShortTag() == "!!merge" {
			c.merge(key, value, merged)
			continue
		}
		if first := n.Key(k.Value); first != nil {
			c.issues.Add(key, "", fmt.Sprintf("key %q stands here a second time", k.Value), fmt.Sprintf("it was first on line %d", first.Line))
			continue
		}
		n.Put(key, value)
	}
	for i, k := range merged.Keys {
		if n.Key(k.Value) == nil {
			n.Put(k, merged.Items[i])
		}
	}
}

// merge collects the keys of "<<": earlier mappings win over later ones.
func (c *converter) merge(key, value, into *Node) {
	switch value.Kind {
	case Map:
		for i, k := range value.Keys {
			if into.Key(k.Value) == nil {
				into.Put(k, value.Items[i])
			}
		}
	case List:
		for _, item := range value.Items {
			if item.Kind == List {
				c.issues.Add(key, "", "<< takes a mapping or a list of mappings", "")
				return
			}
			c.merge(key, item, into)
		}
	default:
		if !c.stopped {
			c.issues.Add(key, "", "<< takes a mapping or a list of mappings", "")
		}
	}
}

func (c *converter) scalar(y *yaml.Node, n *Node) {
	n.Value = y.Value
	switch tag := y.ShortTag(); tag {
	case "!!null":
		n.Kind = Null
	case "!!bool":
		n.Kind = Bool
	case "!!int":
		n.Kind = Int
	case "!!float":
		n.Kind = Float
	case "!!str", "!!timestamp", "!!merge":
		n.Kind = String
	default:
		n.Kind = String
		c.issues.Addf(n, "", "tag %s is not supported", tag)
	}
}

func (c *converter) tag(y *yaml.Node, n *Node, plain string) {
	if tag := y.ShortTag(); tag != plain {
		c.issues.Addf(n, "", "tag %s is not supported", tag)
	}
}
