package wire

import "encoding/binary"

// maxDepth is the nesting at which encoding/json gives up too.
const maxDepth = 10000

// scanner walks over one JSON text without building values. The first mistake
// sets bad and every later step does nothing. Its idea of valid is that of
// encoding/json (a fuzz target compares them).
type scanner struct {
	b     []byte
	i     int
	depth int
	bad   bool
}

func (s *scanner) fail() { s.bad = true }

// peek is the next byte that is not white space, or 0 at the end.
func (s *scanner) peek() byte {
	for s.i < len(s.b) {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return c
		}
	}
	return 0
}

// end reports whether only white space is left and nothing was wrong.
func (s *scanner) end() bool { return s.peek() == 0 && s.i == len(s.b) && !s.bad }

// members iterates over an object or an array.
type members struct {
	close byte
	begun bool
	key   []byte // unescaped name of an object's member
}

// object enters an object; the value of each member must be consumed between
// two calls of next.
func (s *scanner) object() members { return s.enter('{', '}') }

// array enters an array.
func (s *scanner) array() members { return s.enter('[', ']') }

func (s *scanner) enter(open, end byte) members {
	if s.bad || s.peek() != open {
		s.fail()
		return members{close: end}
	}
	s.i++
	if s.depth++; s.depth > maxDepth {
		s.fail()
	}
	return members{close: end}
}

// next moves to the next member; false at the end or after a mistake.
func (m *members) next(s *scanner) bool {
	if s.bad {
		return false
	}
	c := s.peek()
	switch {
	case c == m.close:
		s.i++
		s.depth--
		return false
	case m.begun && c != ',':
		s.fail()
		return false
	case m.begun:
		s.i++
	}
	m.begun = true
	if m.close == '}' {
		m.key = s.name()
	}
	return !s.bad
}

func (s *scanner) name() []byte {
	key, escaped := s.str()
	if escaped {
		key = unescape(key)
	}
	if s.bad || s.peek() != ':' {
		s.fail()
		return nil
	}
	s.i++
	return key
}

// str consumes a string and returns what stands between its quotes.
func (s *scanner) str() (raw []byte, escaped bool) {
	if s.bad || s.peek() != '"' {
		s.fail()
		return nil, false
	}
	s.i++
	start := s.i
	for {
		s.plain()
		if s.i >= len(s.b) {
			s.fail()
			return nil, false
		}
		switch c := s.b[s.i]; {
		case c == '"':
			raw = s.b[start:s.i]
			s.i++
			return raw, escaped
		case c == '\\':
			escaped = true
			s.escape()
		case c < 0x20:
			s.fail()
		default:
			s.i++
		}
		if s.bad {
			return nil, false
		}
	}
}

// plain skips eight bytes at a time while none of them is a quote, a backslash
// or a control character. The tests are the usual "has a zero byte" and "has a
// byte less than" of Anderson, Bit Twiddling Hacks; a false alarm only ends the
// fast loop.
func (s *scanner) plain() {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for s.i+8 <= len(s.b) {
		x := binary.LittleEndian.Uint64(s.b[s.i:])
		q, e := x^(ones*'"'), x^(ones*'\\')
		if ((q-ones)&^q|(e-ones)&^e|(x-ones*0x20)&^x)&highs != 0 {
			return
		}
		s.i += 8
	}
}

// escape checks one escape sequence, the cursor being on its backslash.
func (s *scanner) escape() {
	if s.i+1 >= len(s.b) {
		s.fail()
		return
	}
	switch s.b[s.i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.i += 2
	case 'u':
		if _, ok := hex4(s.b[s.i+2:]); !ok {
			s.fail()
		}
		s.i += 6
	default:
		s.fail()
	}
}

// skip consumes any value.
func (s *scanner) skip() {
	if s.bad {
		return
	}
	switch s.peek() {
	case '"':
		s.str()
	case '{':
		for m := s.object(); m.next(s); {
			s.skip()
		}
	case '[':
		for m := s.array(); m.next(s); {
			s.skip()
		}
	case 't':
		s.literal("true")
	case 'f':
		s.literal("false")
	case 'n':
		s.literal("null")
	default:
		s.number()
	}
}

func (s *scanner) literal(word string) {
	if len(s.b)-s.i < len(word) || string(s.b[s.i:s.i+len(word)]) != word {
		s.fail()
		return
	}
	s.i += len(word)
}

// text consumes any value; ok says that it was a string. The result is
// unescaped and valid as long as the input when it held no escape.
func (s *scanner) text() (b []byte, ok bool) {
	if s.peek() != '"' {
		s.skip()
		return nil, false
	}
	raw, escaped := s.str()
	if s.bad {
		return nil, false
	}
	if escaped {
		raw = unescape(raw)
	}
	return raw, true
}

// flag consumes any value; true for true.
func (s *scanner) flag() bool {
	yes := s.peek() == 't'
	s.skip()
	return yes && !s.bad
}
