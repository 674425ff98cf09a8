package yamlx

import (
	"sort"
	"strconv"
	"strings"
)

// Kind says what a node is.
type Kind uint8

// Kinds of nodes. The zero value is Null.
const (
	Null Kind = iota
	Bool
	Int
	Float
	String
	Map
	List
)

var kindNames = [...]string{"nothing", "true or false", "a whole number", "a number", "text", "a mapping", "a list"}

// String is how a message names the kind.
func (k Kind) String() string { return kindNames[k] }

// Source is a text that nodes come from: a file, an embedded file, or the
// value of a flag.
type Source struct {
	Name string
	Text []byte
	Flag bool // Name is a flag with its value, so positions inside are not shown
}

// Node is one value with its place. Keys[i] is the key of Items[i] in a Map;
// a List has only Items. Value is the text of a scalar.
type Node struct {
	Kind   Kind
	Value  string
	Keys   []*Node
	Items  []*Node
	Source *Source
	Line   int // from 1; 0 when the value has no place in a text
	Column int // from 1, in characters
}

// Get is the value under a key of a Map, or nil.
func (n *Node) Get(key string) *Node {
	if i := n.index(key); i >= 0 {
		return n.Items[i]
	}
	return nil
}

// Key is the node of a key of a Map, or nil.
func (n *Node) Key(key string) *Node {
	if i := n.index(key); i >= 0 {
		return n.Keys[i]
	}
	return nil
}

func (n *Node) index(key string) int {
	if n == nil || n.Kind != Map {
		return -1
	}
	for i, k := range n.Keys {
		if k.Value == key {
			return i
		}
	}
	return -1
}

// Put sets the value under a key of a Map; key carries the place.
func (n *Node) Put(key, value *Node) {
	if i := n.index(key.Value); i >= 0 {
		n.Keys[i], n.Items[i] = key, value
		return
	}
	n.Keys = append(n.Keys, key)
	n.Items = append(n.Items, value)
}

// Drop removes a key of a Map.
func (n *Node) Drop(key string) {
	if i := n.index(key); i >= 0 {
		n.Keys = append(n.Keys[:i:i], n.Keys[i+1:]...)
		n.Items = append(n.Items[:i:i], n.Items[i+1:]...)
	}
}

// Clone is a deep copy; sources are shared.
func (n *Node) Clone() *Node {
	if n == nil {
		return nil
	}
	c := *n
	c.Keys = cloneAll(n.Keys)
	c.Items = cloneAll(n.Items)
	return &c
}

func cloneAll(list []*Node) []*Node {
	if list == nil {
		return nil
	}
	out := make([]*Node, len(list))
	for i, n := range list {
		out[i] = n.Clone()
	}
	return out
}

// Count is the number of values in n, itself included.
func (n *Node) Count() int {
	count := 1
	for _, item := range n.Items {
		count += item.Count()
	}
	return count
}

// At is a copy of n without children that stands where place stands.
func (n *Node) At(place *Node) *Node {
	c := *n
	c.Source, c.Line, c.Column = place.Source, place.Line, place.Column
	return &c
}

// Move makes n and everything in it stand where place stands, so that a mistake
// in a value taken from elsewhere is shown where it was asked for.
func (n *Node) Move(place *Node) {
	n.Source, n.Line, n.Column = place.Source, place.Line, place.Column
	for _, k := range n.Keys {
		k.Source, k.Line, k.Column = place.Source, place.Line, place.Column
	}
	for _, item := range n.Items {
		item.Move(place)
	}
}

// Text is a text node without a place of its own that stands where place stands.
func Text(value string, place *Node) *Node {
	return (&Node{Kind: String, Value: value}).At(place)
}

// SplitPath cuts a path such as "retry[0].base" or "retry.0.base" into its steps.
func SplitPath(path string) []string {
	if path == "" {
		return nil
	}
	path = strings.ReplaceAll(path, "[", ".")
	path = strings.ReplaceAll(path, "]", "")
	return strings.Split(strings.TrimPrefix(path, "."), ".")
}

// Find follows a path as far as it exists. It returns the value at the path
// (nil when the path does not exist whole) and the node that best shows the
// place: that value, or the key or value of the deepest step that exists.
func (n *Node) Find(path string) (value, place *Node) {
	at, place := n, n
	for _, step := range SplitPath(path) {
		next := at.step(step)
		if next == nil {
			return nil, place
		}
		place = next
		if k := at.Key(step); k != nil && len(next.Items) > 0 {
			place = k
		}
		at = next
	}
	return at, place
}

// step is the child under a key or, in a List, at an index or of that name.
func (n *Node) step(step string) *Node {
	if n.Kind != List {
		return n.Get(step)
	}
	if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.Items) {
		return n.Items[i]
	}
	for _, item := range n.Items {
		if name := item.Get("name"); name != nil && name.Value == step {
			return item
		}
	}
	return nil
}

// Canonical appends the value to b in one fixed form: keys sorted, numbers
// normalised, no places and no comments. Equal values give equal bytes.
func (n *Node) Canonical(b []byte) []byte {
	switch n.Kind {
	case Null:
		return append(b, "null"...)
	case Bool:
		return append(b, n.Value...)
	case Int, Float:
		return append(b, n.number()...)
	case String:
		return strconv.AppendQuote(b, n.Value)
	case List:
		b = append(b, '[')
		for _, item := range n.Items {
			b = append(item.Canonical(b), ',')
		}
		return append(b, ']')
	default:
		return n.canonicalMap(b)
	}
}

func (n *Node) canonicalMap(b []byte) []byte {
	order := make([]int, len(n.Keys))
	for i := range order {
		order[i] = i
	}
	sort.Slice(order, func(i, j int) bool { return n.Keys[order[i]].Value < n.Keys[order[j]].Value })
	b = append(b, '{')
	for _, i := range order {
		b = strconv.AppendQuote(b, n.Keys[i].Value)
		b = append(b, ':')
		b = append(n.Items[i].Canonical(b), ',')
	}
	return append(b, '}')
}

// number is the text of a number in one form, so that 1_000 equals 1000.
func (n *Node) number() string {
	if i, err := strconv.ParseInt(n.Value, 0, 64); err == nil {
		return strconv.FormatInt(i, 10)
	}
	if f, err := strconv.ParseFloat(n.Value, 64); err == nil {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return n.Value
}
