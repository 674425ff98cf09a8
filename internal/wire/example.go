package wire

import (
	"math"
	"strconv"
)

// Bounds on a made-up value, so that no schema costs more than a small answer.
const (
	maxExampleWork  = 1 << 20 // bytes of schema read
	maxExampleBytes = 8 << 10 // bytes written
	maxExampleDepth = 16
	maxExampleItems = 4
	maxExampleText  = 256 // bytes of one string
)

// AppendExample appends a JSON object that fits a JSON schema as far as it says
// types, required properties, constants, enumerations, minima and lengths;
// phase is where in the cycle of plain words its texts begin. What is beyond its
// bounds or not understood becomes null. schema is valid JSON.
func AppendExample(dst, schema []byte, phase int) []byte {
	e := example{from: len(dst), work: maxExampleWork, phase: phase}
	dst = e.value(dst, schema, 0)
	if dst[e.from] != '{' {
		return append(dst[:e.from], "{}"...)
	}
	return dst
}

type example struct{ from, work, phase int }

// shape is what counts of one schema.
type shape struct {
	kind, format        string
	constant, choice    []byte // const; the first of enum
	either              []byte // the first of anyOf, oneOf, allOf
	properties, items   []byte
	required            []byte
	least               float64
	above               bool // least is exclusive
	minLength, minItems int64
}

func (e *example) value(dst, raw []byte, depth int) []byte {
	e.work -= len(raw)
	if e.work < 0 || len(dst)-e.from > maxExampleBytes || depth > maxExampleDepth || len(raw) == 0 || raw[0] != '{' {
		return append(dst, "null"...)
	}
	var s shape
	s.read(&scanner{b: raw})
	switch {
	case s.constant != nil:
		return append(dst, s.constant...)
	case s.choice != nil:
		return append(dst, s.choice...)
	case s.kind == "" && s.properties == nil && s.either != nil:
		return e.value(dst, s.either, depth+1)
	}
	return e.typed(dst, &s, depth)
}

func (e *example) typed(dst []byte, s *shape, depth int) []byte {
	switch s.kind {
	case "string":
		return e.text(dst, s)
	case "integer", "number":
		n := s.least
		if s.above {
			n = math.Floor(n) + 1
		}
		if s.kind == "integer" {
			n = math.Ceil(n)
		}
		return strconv.AppendFloat(dst, n, 'f', -1, 64)
	case "boolean":
		return append(dst, "true"...)
	case "array":
		return e.list(dst, s, depth)
	case "null":
		return append(dst, "null"...)
	}
	return e.object(dst, s, depth)
}

func (e *example) text(dst []byte, s *shape) []byte {
	dst = append(dst, '"')
	switch s.format {
	case "date-time":
		dst = append(dst, "2026-01-02T03:04:05Z"...)
	case "date":
		dst = append(dst, "2026-01-02"...)
	case "time":
		dst = append(dst, "03:04:05Z"...)
	case "email":
		dst = append(dst, "keeper@example.com"...)
	case "uri", "url":
		dst = append(dst, "https://example.com/light"...)
	case "uuid":
		dst = append(dst, "6f0c5a3e-1b7d-4c52-9a41-0d2e8f7b6c19"...)
	default:
		dst = appendWords(dst, e.phase, min(max(s.minLength, 12), maxExampleText))
	}
	return append(dst, '"')
}

func (e *example) list(dst []byte, s *shape, depth int) []byte {
	n := int64(0)
	if s.items != nil {
		n = min(max(s.minItems, 1), maxExampleItems)
	}
	dst = append(dst, '[')
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = e.value(dst, s.items, depth+1)
	}
	return append(dst, ']')
}

// object gives every required property, or all where none is required.
func (e *example) object(dst []byte, s *shape, depth int) []byte {
	dst = append(dst, '{')
	if s.properties == nil {
		return append(dst, '}')
	}
	first := true
	in := &scanner{b: s.properties}
	for m := in.object(); m.next(in); {
		in.peek()
		from := in.i
		in.skip()
		if e.work < 0 || !s.requires(m.key, e) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(appendString(dst, string(m.key)), ':')
		dst = e.value(dst, in.b[from:in.i], depth+1)
	}
	return append(dst, '}')
}

func (s *shape) requires(key []byte, e *example) bool {
	e.work -= len(s.required)
	if len(s.required) == 0 || s.required[0] != '[' {
		return true
	}
	in, any := &scanner{b: s.required}, false
	for m := in.array(); m.next(in); {
		any = true
		if name, _ := in.text(); string(name) == string(key) {
			return true
		}
	}
	return !any
}

// read takes in one schema object.
func (s *shape) read(in *scanner) {
	for m := in.object(); m.next(in); {
		in.peek()
		from := in.i
		in.skip()
		s.field(string(m.key), in.b[from:in.i])
	}
}

func (s *shape) field(key string, raw []byte) {
	in := &scanner{b: raw}
	switch key {
	case "type":
		if in.peek() == '[' {
			in = &scanner{b: firstOf(raw)}
		}
		kind, _ := in.text()
		s.kind = string(kind)
	case "format":
		format, _ := in.text()
		s.format = string(format)
	case "const":
		s.constant = raw
	case "enum":
		s.choice = firstOf(raw)
	case "anyOf", "oneOf", "allOf":
		s.either = firstOf(raw)
	case "properties":
		if in.peek() == '{' {
			s.properties = raw
		}
	case "required":
		s.required = raw
	case "items":
		s.items = raw
	case "minLength":
		s.minLength, _ = in.integer()
	case "minItems":
		s.minItems, _ = in.integer()
	case "minimum", "exclusiveMinimum":
		if n, err := strconv.ParseFloat(string(raw), 64); err == nil && math.Abs(n) < 1<<53 {
			s.least = n
		}
		s.above = key == "exclusiveMinimum"
	}
}

// firstOf is the first member of an array, nil when there is none.
func firstOf(raw []byte) []byte {
	in := &scanner{b: raw}
	if in.peek() != '[' {
		return nil
	}
	m := in.array()
	if !m.next(in) {
		return nil
	}
	in.peek()
	from := in.i
	in.skip()
	return in.b[from:in.i]
}
