package wire

import "ratecliff/load"

// lateParts holds the values whose text is counted once the whole body was
// seen, because the cache order (tools, system, messages) is not the order of
// the fields.
type lateParts struct{ tools, system, messages []byte }

func (l *lateParts) keep(s *scanner, key []byte) {
	s.peek()
	from := s.i
	s.skip()
	if s.bad {
		return
	}
	switch string(key) {
	case "tools":
		l.tools = s.b[from:s.i]
	case "system":
		l.system = s.b[from:s.i]
	case "messages":
		l.messages = s.b[from:s.i]
	}
}

// count adds up the text. The values are known to be valid JSON.
func (l *lateParts) count(p *Prompt, f *found) {
	if l.tools != nil {
		p.blocks(&scanner{b: l.tools})
	}
	if l.system != nil {
		p.blocks(&scanner{b: l.system})
	}
	f.messages = l.messages != nil
	if !f.messages {
		return
	}
	s := &scanner{b: l.messages}
	if s.peek() != '[' {
		f.need(false, "messages: Input should be a valid list")
		return
	}
	for m := s.array(); m.next(s); {
		f.count++
		p.message(s)
	}
}

func (p *Prompt) message(s *scanner) {
	if s.peek() != '{' {
		s.skip()
		return
	}
	for m := s.object(); m.next(s); {
		if string(m.key) == "content" {
			p.blocks(s)
			continue
		}
		s.skip()
	}
}

// blocks counts a string, or an array of blocks.
func (p *Prompt) blocks(s *scanner) {
	switch s.peek() {
	case '"':
		p.text(s)
	case '[':
		for m := s.array(); m.next(s); {
			p.block(s)
		}
	default:
		s.skip()
	}
}

// block counts one block and ends the segment when it carries a breakpoint.
func (p *Prompt) block(s *scanner) {
	if s.peek() != '{' {
		s.skip()
		return
	}
	cached := false
	for m := s.object(); m.next(s); {
		switch string(m.key) {
		case "cache_control":
			cached = s.peek() == '{'
			s.skip()
		case "type", "id", "tool_use_id", "role":
			s.skip()
		case "source":
			p.source(s)
		default:
			p.value(s)
		}
	}
	if cached {
		p.cut()
	}
}

// source counts the text of a document; base64 data and addresses are no text.
func (p *Prompt) source(s *scanner) {
	if s.peek() != '{' {
		s.skip()
		return
	}
	plain, data := false, int64(0)
	for m := s.object(); m.next(s); {
		switch string(m.key) {
		case "type":
			kind, _ := s.text()
			plain = string(kind) == "text"
		case "data":
			if s.peek() == '"' {
				raw, escaped := s.str()
				data = textLen(raw, escaped)
				continue
			}
			s.skip()
		case "content":
			p.blocks(s)
		default:
			s.skip()
		}
	}
	if plain {
		p.open += data
	}
}

// value counts every string in a value, names of tools' parameters included,
// and two bytes for any other scalar.
func (p *Prompt) value(s *scanner) {
	switch s.peek() {
	case '"':
		p.text(s)
	case '{':
		for m := s.object(); m.next(s); {
			p.open += int64(len(m.key))
			p.value(s)
		}
	case '[':
		for m := s.array(); m.next(s); {
			if s.peek() == '{' {
				p.block(s)
				continue
			}
			p.value(s)
		}
	default:
		s.skip()
		p.open += 2
	}
}

func (p *Prompt) text(s *scanner) {
	raw, escaped := s.str()
	if p.open == 0 && len(raw) >= len(readMark) && string(raw[:len(readMark)]) == readMark {
		p.reads = true
	}
	p.open += textLen(raw, escaped)
}

func textLen(raw []byte, escaped bool) int64 {
	if escaped {
		return int64(unescapedLen(raw))
	}
	return int64(len(raw))
}

// cut ends a segment at a breakpoint.
func (p *Prompt) cut() {
	if p.reads {
		p.read += EstimateTokens(p.open)
	} else {
		p.written += EstimateTokens(p.open)
	}
	p.open, p.reads = 0, false
}

// Tokens is the estimate by kind of input.
func (p *Prompt) Tokens() load.Tokens {
	return load.Tokens{Input: EstimateTokens(p.open), CacheWrite: p.written, CacheRead: p.read}
}
