package wire

import "ratecliff/load"

// lateParts holds the values that are read once the whole body was seen, because
// the cache order (tools, system, messages) is not the order of the fields.
type lateParts struct {
	tools, system, messages []byte
	choice, thinking, stop  []byte
	remote                  bool
}

func (l *lateParts) keep(s *scanner, key []byte) {
	s.peek()
	from := s.i
	s.skip()
	if s.bad {
		return
	}
	value := s.b[from:s.i]
	switch string(key) {
	case "tools":
		l.tools = value
	case "system":
		l.system = value
	case "messages":
		l.messages = value
	case "tool_choice":
		l.choice = value
	case "thinking":
		l.thinking = value
	case "stop_sequences":
		l.stop = value
	case "mcp_servers":
		l.remote = len(value) > 2 // more than []
	}
}

// count adds up the text and reads the rest. The values are known to be valid
// JSON.
func (l *lateParts) count(d *Decoded, f *found) {
	p := &d.Prompt
	if l.tools != nil {
		p.blocks(&scanner{b: l.tools})
		d.readTools(l.tools, f)
	}
	d.readChoice(l.choice)
	d.readThinking(l.thinking)
	d.readStop(l.stop)
	if l.system != nil {
		p.blocks(&scanner{b: l.system})
	}
	if f.messages = l.messages != nil; f.messages {
		p.messages(&scanner{b: l.messages}, f)
	}
	d.Answered = p.result
	d.Remote = d.Remote || l.remote || p.remote
}

func (p *Prompt) messages(s *scanner, f *found) {
	if s.peek() != '[' {
		f.need(false, "messages: Input should be a valid list")
		return
	}
	for m := s.array(); m.next(s); {
		p.message(s, f)
		f.count++
	}
}

func (p *Prompt) message(s *scanner, f *found) {
	p.result = false
	if s.peek() != '{' {
		f.needIn(false, "messages", f.count, ": Input should be an object")
		s.skip()
		return
	}
	role, content := false, false
	for m := s.object(); m.next(s); {
		switch string(m.key) {
		case "content":
			content = true
			c := s.peek()
			f.needIn(c == '"' || c == '[', "messages", f.count, ".content: Input should be a valid list")
			p.blocks(s)
		case "role":
			role = true
			name, _ := s.text()
			f.role(name)
		default:
			s.skip()
		}
	}
	f.needIn(role, "messages", f.count, ".role: Field required")
	f.needIn(content, "messages", f.count, ".content: Field required")
}

func (f *found) role(name []byte) {
	switch string(name) {
	case "user", "assistant":
	case "system":
		f.need(false, `messages: Unexpected role "system". The Messages API accepts a top-level `+"`system`"+` parameter, not "system" as an input message role.`)
	default:
		f.needIn(false, "messages", f.count, ".role: Input should be 'user' or 'assistant'")
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
		case "type":
			kind, _ := s.text()
			p.result = p.result || string(kind) == "tool_result"
		case "id", "tool_use_id", "role":
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
			p.remote = p.remote || string(kind) == "url" || string(kind) == "file"
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
