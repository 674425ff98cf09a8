package wire

import (
	"strconv"
	"unicode/utf8"
)

// Decoded is what the mock needs of a request body. Its slices point into the
// body.
type Decoded struct {
	Model     string
	MaxTokens int64
	Stream    bool
	Sampling  string // first of temperature, top_p, top_k that was given, "" for none
	Prompt    Prompt

	Tools    []Tool
	Choice   string // tool_choice.type: "auto", "any", "tool", "none", or "" when absent
	Forced   string // tool_choice.name
	Answered bool   // the last message carries the result of a tool
	Thinking string // thinking.type: "enabled", "adaptive", "disabled", or "" when absent
	Budget   int64  // thinking.budget_tokens
	Stop     string // the first of stop_sequences
	Tier     string // service_tier
	Speed    string // speed
	Remote   bool   // server tools, MCP servers, or sources by address or file
}

// Prompt counts the text of a request by kind of input; see [Prompt.Tokens].
type Prompt struct {
	written, read int64 // tokens of settled segments
	open          int64 // bytes since the last breakpoint
	reads         bool  // the open segment began with readMark
	result        bool  // the last message holds a tool_result
	remote        bool  // some source is an address or a file
}

// found remembers which required fields were there.
type found struct {
	model, maxTokens, messages bool
	count                      int // messages
	problem                    string
}

// DecodeRequest reads the body of POST /v1/messages into d and returns nil, or
// the 400 that the API would answer: bad JSON, a missing or wrong model,
// max_tokens, messages, tools, tool_choice or thinking. Unknown fields are
// passed over. Sizes are estimated over all text in tools, system and messages,
// in the order in which the API caches them; images and other base64 data do not
// count.
func DecodeRequest(body []byte, d *Decoded) *Failure { return decode(body, d, true) }

// DecodeCount reads the body of POST /v1/messages/count_tokens: the same, but
// max_tokens may be absent.
func DecodeCount(body []byte, d *Decoded) *Failure { return decode(body, d, false) }

func decode(body []byte, d *Decoded, bounded bool) *Failure {
	*d = Decoded{}
	var f found
	var late lateParts
	s := scanner{b: body}
	if s.peek() != '{' {
		return invalid("The request body is not valid JSON: an object is required")
	}
	for m := s.object(); m.next(&s); {
		if !d.field(&s, m.key, &f) {
			late.keep(&s, m.key)
		}
	}
	if !s.end() {
		return invalid("The request body is not valid JSON")
	}
	if !utf8.Valid(body) {
		return invalid("The request body is not valid JSON: it is not UTF-8")
	}
	late.count(d, &f)
	f.maxTokens = f.maxTokens || !bounded
	return f.check(d)
}

// field consumes a scalar field; false leaves the value for lateParts.
func (d *Decoded) field(s *scanner, key []byte, f *found) bool {
	switch string(key) {
	case "model":
		model, ok := s.text()
		d.Model, f.model = string(model), true
		f.need(ok, "model: Input should be a valid string")
	case "max_tokens":
		n, ok := s.integer()
		d.MaxTokens, f.maxTokens = n, true
		f.need(ok, "max_tokens: Input should be a valid integer")
		f.need(!ok || n >= 1, "max_tokens: Input should be greater than or equal to 1")
	case "stream":
		d.Stream = s.flag()
	case "temperature", "top_p", "top_k":
		if s.peek() != 'n' && d.Sampling == "" {
			d.Sampling = string(key)
		}
		s.skip()
	case "service_tier":
		tier, ok := s.text()
		d.Tier = intern(tier)
		f.need(!ok || d.Tier == "auto" || d.Tier == "standard_only", "service_tier: Input should be 'auto' or 'standard_only'")
	case "speed":
		speed, ok := s.text()
		d.Speed = intern(speed)
		f.need(!ok || d.Speed == "standard" || d.Speed == "fast", "speed: Input should be 'standard' or 'fast'")
	default:
		return false
	}
	return true
}

func (f *found) need(ok bool, problem string) {
	if !ok && f.problem == "" {
		f.problem = problem
	}
}

// needIn is need for a member of a list, so that no text is built in vain.
func (f *found) needIn(ok bool, list string, i int, problem string) {
	if !ok && f.problem == "" {
		f.problem = list + "." + strconv.Itoa(i) + problem
	}
}

func (f *found) check(d *Decoded) *Failure {
	f.need(f.model, "model: Field required")
	f.need(d.Model != "", "model: String should have at least 1 character")
	f.need(f.maxTokens, "max_tokens: Field required")
	f.need(f.messages, "messages: Field required")
	f.need(f.count > 0, "messages: at least one message is required")
	d.checkTools(f)
	d.checkThinking(f)
	if f.problem == "" {
		return nil
	}
	return invalid(f.problem)
}

func invalid(message string) *Failure {
	return &Failure{Status: 400, Type: InvalidRequest, Message: message}
}
