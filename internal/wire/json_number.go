package wire

import (
	"math"
	"strconv"
)

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
