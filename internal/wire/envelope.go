package wire

import "ratecliff/load"

// envelope is what decoding keeps of any JSON object the API sends: a message,
// an error, or the data of an event. Its slices point into the input unless
// they held escapes.
type envelope struct {
	kind, requestID     []byte
	stop                []byte // stop_reason of a message or a delta
	hasError, hasUsage  bool
	errType, errMessage []byte
	errCode             []byte
	usage               usage
}

// usage holds the counts that were given; kinds not given keep what an earlier
// event said.
type usage struct {
	tokens load.Tokens
	has    uint8 // bit per kind, in the order of load.Tokens
}

// decode reads one JSON object; false when the text is not valid JSON or not an
// object.
func (e *envelope) decode(b []byte) bool {
	s := scanner{b: b}
	e.object(&s, true)
	return s.end()
}

func (e *envelope) object(s *scanner, top bool) {
	for m := s.object(); m.next(s); {
		switch string(m.key) {
		case "type":
			if kind, _ := s.text(); top {
				e.kind = kind
			}
		case "usage":
			e.hasUsage = e.usage.decode(s)
		case "stop_reason":
			e.stop, _ = s.text()
		case "error":
			e.failure(s)
		case "request_id":
			e.requestID, _ = s.text()
		case "message", "delta":
			e.nested(s, top)
		default:
			s.skip()
		}
	}
}

// nested reads the message of a message_start or the delta of a message_delta.
func (e *envelope) nested(s *scanner, top bool) {
	if !top || s.peek() != '{' {
		s.skip()
		return
	}
	e.object(s, false)
}

func (e *envelope) failure(s *scanner) {
	e.hasError, e.errType, e.errMessage, e.errCode = false, nil, nil, nil
	if s.peek() != '{' {
		s.skip()
		return
	}
	e.hasError = true
	for m := s.object(); m.next(s); {
		switch string(m.key) {
		case "type":
			e.errType, _ = s.text()
		case "message":
			e.errMessage, _ = s.text()
		case "details":
			e.details(s)
		default:
			s.skip()
		}
	}
}

func (e *envelope) details(s *scanner) {
	e.errCode = nil
	if s.peek() != '{' {
		s.skip()
		return
	}
	for m := s.object(); m.next(s); {
		if string(m.key) == "error_code" {
			e.errCode, _ = s.text()
			continue
		}
		s.skip()
	}
}

func (u *usage) decode(s *scanner) bool {
	*u = usage{}
	if s.peek() != '{' {
		s.skip()
		return false
	}
	for m := s.object(); m.next(s); {
		switch string(m.key) {
		case "input_tokens":
			u.count(s, &u.tokens.Input, 1)
		case "cache_creation_input_tokens":
			u.count(s, &u.tokens.CacheWrite, 2)
		case "cache_read_input_tokens":
			u.count(s, &u.tokens.CacheRead, 4)
		case "output_tokens":
			u.count(s, &u.tokens.Output, 8)
		default:
			s.skip()
		}
	}
	return true
}

func (u *usage) count(s *scanner, into *int64, bit uint8) {
	n, ok := s.integer()
	*into = n
	u.has &^= bit
	if ok {
		u.has |= bit
	}
}

// onto replaces in t the kinds that u gave.
func (u *usage) onto(t *load.Tokens) {
	if u.has&1 != 0 {
		t.Input = u.tokens.Input
	}
	if u.has&2 != 0 {
		t.CacheWrite = u.tokens.CacheWrite
	}
	if u.has&4 != 0 {
		t.CacheRead = u.tokens.CacheRead
	}
	if u.has&8 != 0 {
		t.Output = u.tokens.Output
	}
}
