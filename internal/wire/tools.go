package wire

// Tool is one tool that a request offers.
type Tool struct {
	Name   string
	Schema []byte // input_schema, a part of the body; nil for tools that the service itself runs
}

// maxToolName is the longest name of a tool.
const maxToolName = 128

// readTools reads the tools array, which is valid JSON.
func (d *Decoded) readTools(raw []byte, f *found) {
	s := &scanner{b: raw}
	if s.peek() != '[' {
		f.need(s.peek() == 'n', "tools: Input should be a valid list")
		return
	}
	for m := s.array(); m.next(s); {
		i := len(d.Tools)
		if s.peek() != '{' {
			f.needIn(false, "tools", i, ": Input should be an object")
			s.skip()
			continue
		}
		tool, custom := readTool(s)
		d.Remote = d.Remote || !custom
		f.needIn(!custom || tool.Name != "", "tools", i, ".custom.name: Field required")
		f.needIn(!custom || tool.Name == "" || nameOK(tool.Name), "tools", i, ".custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'")
		f.needIn(!custom || tool.Schema != nil, "tools", i, ".custom.input_schema: Field required")
		d.Tools = append(d.Tools, tool)
	}
}

// readTool reads one tool. Tools of another type than custom are defined, and
// many of them run, by the service.
func readTool(s *scanner) (t Tool, custom bool) {
	custom = true
	for m := s.object(); m.next(s); {
		switch string(m.key) {
		case "name":
			name, _ := s.text()
			t.Name = string(name)
		case "type":
			kind, ok := s.text()
			custom = !ok || string(kind) == "custom"
		case "input_schema":
			from := s.i
			object := s.peek() == '{'
			s.skip()
			if object {
				t.Schema = s.b[from:s.i]
			}
		default:
			s.skip()
		}
	}
	if !custom {
		t.Schema = nil
	}
	return t, custom
}

func nameOK(name string) bool {
	for i := range len(name) {
		if !wordByte(name[i]) {
			return false
		}
	}
	return name != "" && len(name) <= maxToolName
}

// wordByte says whether c may stand in a name: a letter, a digit, _ or -.
func wordByte(c byte) bool {
	return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c == '-'
}

// readChoice reads tool_choice.
func (d *Decoded) readChoice(raw []byte) {
	s := &scanner{b: raw}
	if s.peek() != '{' {
		return
	}
	for m := s.object(); m.next(s); {
		switch string(m.key) {
		case "type":
			kind, _ := s.text()
			d.Choice = intern(kind)
		case "name":
			name, _ := s.text()
			d.Forced = string(name)
		default:
			s.skip()
		}
	}
}

// readThinking reads the thinking parameter.
func (d *Decoded) readThinking(raw []byte) {
	s := &scanner{b: raw}
	if s.peek() != '{' {
		return
	}
	for m := s.object(); m.next(s); {
		switch string(m.key) {
		case "type":
			kind, _ := s.text()
			d.Thinking = intern(kind)
		case "budget_tokens":
			d.Budget, _ = s.integer()
		default:
			s.skip()
		}
	}
}

// readStop reads the first of stop_sequences.
func (d *Decoded) readStop(raw []byte) {
	s := &scanner{b: raw}
	if s.peek() != '[' {
		return
	}
	for m := s.array(); m.next(s); {
		text, _ := s.text()
		if d.Stop == "" {
			d.Stop = string(text)
		}
	}
}

func (d *Decoded) checkTools(f *found) {
	switch d.Choice {
	case "", "auto", "none":
		return
	case "any", "tool":
	default:
		f.need(false, "tool_choice: Input tag '"+d.Choice+"' found using 'type' does not match any of the expected tags: 'auto', 'any', 'tool', 'none'")
		return
	}
	f.need(len(d.Tools) > 0, "tool_choice: may only be specified while providing tools")
	if d.Choice == "tool" && len(d.Tools) > 0 {
		f.need(d.Offers(d.Forced), "tool_choice: Tool '"+d.Forced+"' not found in provided tools")
	}
	f.need(d.Thinking != "enabled", "Thinking may not be enabled when tool_choice forces tool use.")
}

// Offers says whether the request has a tool of that name.
func (d *Decoded) Offers(name string) bool {
	for i := range d.Tools {
		if d.Tools[i].Name == name {
			return true
		}
	}
	return false
}

// minBudget is the least thinking.budget_tokens.
const minBudget = 1024

func (d *Decoded) checkThinking(f *found) {
	switch d.Thinking {
	case "", "disabled", "adaptive":
	case "enabled":
		f.need(d.Budget >= minBudget, "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
		f.need(d.MaxTokens == 0 || d.MaxTokens > d.Budget, "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size")
	default:
		f.need(false, "thinking: Input tag '"+d.Thinking+"' found using 'type' does not match any of the expected tags: 'adaptive', 'disabled', 'enabled'")
	}
}
