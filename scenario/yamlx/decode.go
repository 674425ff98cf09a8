package yamlx

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Hook decodes a node into a value of one type in place of the usual rules.
type Hook func(d *Decoder, n *Node, path string, v reflect.Value)

// Decoder fills Go values from nodes. Struct fields go by their yaml tags; a
// key without a field is a mistake. Every mistake is added to Issues and
// decoding goes on, so that one pass finds them all.
type Decoder struct {
	Issues *Issues
	Hooks  map[reflect.Type]Hook
}

// Decode fills the value that into points to from the node. path is the place
// of n in the document, used in messages.
func (d *Decoder) Decode(n *Node, path string, into any) {
	d.value(n, path, reflect.ValueOf(into).Elem())
}

func (d *Decoder) value(n *Node, path string, v reflect.Value) {
	if hook := d.Hooks[v.Type()]; hook != nil {
		hook(d, n, path, v)
		return
	}
	d.Plain(n, path, v)
}

// Plain decodes by the usual rules even when v's type has a hook, so that a
// hook can fall back to them.
func (d *Decoder) Plain(n *Node, path string, v reflect.Value) {
	switch {
	case n.Kind == Null:
		d.empty(n, path, v.Type())
	case v.Kind() == reflect.Pointer:
		fresh := reflect.New(v.Type().Elem())
		d.value(n, path, fresh.Elem())
		v.Set(fresh)
	case v.Type() == reflect.TypeFor[time.Duration]():
		d.duration(n, path, v)
	case v.CanAddr() && isText(v.Type()) && n.Kind != Map && n.Kind != List:
		if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(n.Value)); err != nil {
			d.Issues.Addf(n, path, "%s: %v", path, err)
		}
	default:
		d.byKind(n, path, v)
	}
}

func isText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

func (d *Decoder) byKind(n *Node, path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, path, v)
	case reflect.Map:
		d.dictionary(n, path, v)
	case reflect.Slice:
		d.list(n, path, v)
	case reflect.Array:
		d.array(n, path, v)
	case reflect.String:
		if n.Kind == String {
			v.SetString(n.Value)
		} else {
			d.wrong(n, path, v.Type())
		}
	case reflect.Bool:
		d.boolean(n, path, v)
	case reflect.Interface:
		v.Set(reflect.ValueOf(n.Value))
	default:
		d.number(n, path, v)
	}
}

func (d *Decoder) boolean(n *Node, path string, v reflect.Value) {
	if n.Kind != Bool {
		d.wrong(n, path, v.Type())
		return
	}
	v.SetBool(strings.EqualFold(n.Value, "true"))
}

func (d *Decoder) structure(n *Node, path string, v reflect.Value) {
	if n.Kind != Map {
		d.wrong(n, path, v.Type())
		return
	}
	fields := Fields(v.Type())
	for i, key := range n.Keys {
		if d.Issues.Full() {
			return
		}
		at := Join(path, key.Value)
		index, ok := fields.index[key.Value]
		if !ok {
			where := "here"
			if path != "" {
				where = "in " + path
			}
			d.Issues.Add(key, at, fmt.Sprintf("unknown key %q %s", short(key.Value), where), Suggest(key.Value, fields.Names))
			continue
		}
		d.value(n.Items[i], at, v.FieldByIndex(index))
	}
}

func (d *Decoder) dictionary(n *Node, path string, v reflect.Value) {
	if n.Kind != Map {
		d.wrong(n, path, v.Type())
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.Keys)))
	for i, key := range n.Keys {
		k, item := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		d.value(key, Join(path, key.Value), k)
		d.value(n.Items[i], Join(path, key.Value), item)
		v.SetMapIndex(k, item)
	}
}

func (d *Decoder) list(n *Node, path string, v reflect.Value) {
	if n.Kind != List {
		d.wrong(n, path, v.Type())
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items)))
	for i, item := range n.Items {
		d.value(item, fmt.Sprintf("%s[%d]", path, i), v.Index(i))
	}
}

func (d *Decoder) array(n *Node, path string, v reflect.Value) {
	if n.Kind != List || len(n.Items) != v.Len() {
		d.Issues.Addf(n, path, "%s must be a list of %d values", path, v.Len())
		return
	}
	for i, item := range n.Items {
		d.value(item, fmt.Sprintf("%s[%d]", path, i), v.Index(i))
	}
}

func (d *Decoder) empty(n *Node, path string, t reflect.Type) {
	hint := "leave the key out for the default"
	if t.Kind() == reflect.Pointer {
		hint = "write {} for the defaults, or leave the key out"
	}
	d.Issues.Add(n, path, path+" has no value", hint)
}

func (d *Decoder) wrong(n *Node, path string, t reflect.Type) {
	hint := ""
	if t.Kind() == reflect.String && n.Kind < Map {
		hint = fmt.Sprintf("put quotes around it: %q", short(n.Value))
	}
	got := n.Kind.String()
	if n.Kind < Map {
		got = short(n.Value)
	}
	d.Issues.Add(n, path, fmt.Sprintf("%s must be %s, not %s", orDocument(path), wanted(t), got), hint)
}

func orDocument(path string) string {
	if path == "" {
		return "the document"
	}
	return path
}

func wanted(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "a duration such as 10s"
	case t.Kind() == reflect.Struct || t.Kind() == reflect.Map:
		return Map.String()
	case t.Kind() == reflect.Slice:
		return List.String()
	case t.Kind() == reflect.Bool:
		return Bool.String()
	case t.Kind() == reflect.String:
		return String.String()
	case t.Kind() == reflect.Float64 || t.Kind() == reflect.Float32:
		return Float.String()
	}
	return Int.String()
}

// short cuts a long text for a message.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:57]) + "..."
	}
	return s
}

// Join appends a key to a path.
func Join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
