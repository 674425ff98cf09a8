package yamlx

import (
	"fmt"

	"go.yaml.in/yaml/v4"
)

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
	first := make(map[string]int, len(y.Content)/2) // key → its line
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
		if line, twice := first[k.Value]; twice {
			c.issues.Add(key, "", fmt.Sprintf("key %q stands here a second time", short(k.Value)), fmt.Sprintf("it was first on line %d", line))
			continue
		}
		first[k.Value] = k.Line
		n.Keys, n.Items = append(n.Keys, key), append(n.Items, value)
	}
	for i, k := range merged.Keys {
		if _, own := first[k.Value]; !own {
			n.Keys, n.Items = append(n.Keys, k), append(n.Items, merged.Items[i])
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
