package wire

import (
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

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

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// skip consumes any value.
func (s *scanner) skip() {
	if s.bad {
		return
	}
	switch c := s.peek(); {
	case c == '"':
		s.str()
	case c == '{':
		for m := s.object(); m.next(s); {
			s.skip()
		}
	case c == '[':
		for m := s.array(); m.next(s); {
			s.skip()
		}
	case c == 't':
		s.literal("true")
	case c == 'f':
		s.literal("false")
	case c == 'n':
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

func (s *scanner) digits() int {
	from := s.i
	for s.i < len(s.b) && '0' <= s.b[s.i] && s.b[s.i] <= '9' {
		s.i++
	}
	return s.i - from
}

func (s *scanner) at(c byte) bool { return s.i < len(s.b) && s.b[s.i] == c }

// number consumes a number and returns its text.
func (s *scanner) number() []byte {
	if s.bad {
		return nil
	}
	from := s.i
	if s.at('-') {
		s.i++
	}
	zero := s.at('0')
	if n := s.digits(); n == 0 || zero && n > 1 {
		s.fail()
		return nil
	}
	if s.at('.') {
		if s.i++; s.digits() == 0 {
			s.fail()
		}
	}
	if s.at('e') || s.at('E') {
		s.i++
		if s.at('+') || s.at('-') {
			s.i++
		}
		if s.digits() == 0 {
			s.fail()
		}
	}
	return s.b[from:s.i]
}

// integer consumes any value; ok says that it was a number. Fractions are cut
// off and what does not fit is saturated.
func (s *scanner) integer() (n int64, ok bool) {
	c := s.peek()
	if c != '-' && (c < '0' || c > '9') {
		s.skip()
		return 0, false
	}
	text := s.number()
	if s.bad {
		return 0, false
	}
	return toInt(text), true
}

func toInt(text []byte) int64 {
	var n int64
	for i, c := range text {
		if c < '0' || c > '9' || i > 17 {
			return floatToInt(text)
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

func floatToInt(text []byte) int64 {
	f, err := strconv.ParseFloat(string(text), 64)
	switch {
	case err != nil && f == 0:
		return 0
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	}
	return int64(f)
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

// unescape returns a new slice with the checked escapes of raw resolved; a lone
// surrogate becomes U+FFFD, as in encoding/json.
func unescape(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			i++
			continue
		}
		r, n := unescapeOne(raw[i:])
		out = utf8.AppendRune(out, r)
		i += n
	}
	return out
}

// unescapeOne resolves the escape at the start of b and says how long it is.
func unescapeOne(b []byte) (rune, int) {
	switch c := b[1]; c {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
	default:
		return rune(c), 2
	}
	r, _ := hex4(b[2:])
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
		low, _ := hex4(b[8:])
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

// unescapedLen is the number of bytes raw has once its escapes are resolved.
func unescapedLen(raw []byte) (n int) {
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			i, n = i+1, n+1
			continue
		}
		r, size := unescapeOne(raw[i:])
		i, n = i+size, n+utf8.RuneLen(r)
	}
	return n
}

// appendString appends s as a JSON string.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
