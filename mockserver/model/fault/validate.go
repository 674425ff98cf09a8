package fault

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ratecliff/load"
)

// Bounds of a configuration.
const (
	maxRules = 1000
	maxSpan  = 366 * 24 * time.Hour
	maxCount = 1 << 40
	maxText  = 1 << 20 // bytes of one text
)

// ConfigError holds everything wrong with a configuration.
type ConfigError struct{ Problems []load.Problem }

// Error lists all problems, separated by semicolons.
func (e *ConfigError) Error() string {
	texts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		texts[i] = p.String()
	}
	return strings.Join(texts, "; ")
}

// findings collects problems under a path.
type findings struct {
	at   string
	list []load.Problem
}

func (f *findings) addf(path, format string, args ...any) {
	f.list = append(f.list, load.Problem{Path: f.at + path, Message: fmt.Sprintf(format, args...)})
}

// Validate reports everything wrong with the configuration at once and changes
// nothing; paths are relative to it.
func (c Config) Validate() []load.Problem {
	var f findings
	if c.Suite != "" {
		if _, err := LoadSuite(c.Suite); err != nil {
			f.addf("suite", "%v", err)
		}
	}
	return append(f.list, load.Under("rules", validateRules(c.Rules))...)
}

func validateRules(rules []Rule) []load.Problem {
	var f findings
	if len(rules) > maxRules {
		f.addf("", "has %d entries, at most %d are possible", len(rules), maxRules)
		return f.list
	}
	for i := range rules {
		f.at = fmt.Sprintf("[%d].", i)
		if len(rules[i].Name) > 200 {
			f.addf("name", "is longer than 200 bytes")
		}
		f.at = fmt.Sprintf("[%d].match.", i)
		f.match(&rules[i].Match)
		f.at = fmt.Sprintf("[%d].effect.", i)
		f.effect(&rules[i].Effect)
	}
	return f.list
}

func (f *findings) match(m *Match) {
	for i, n := range m.Nth {
		if n < 1 {
			f.addf(fmt.Sprintf("nth[%d]", i), "is %d: requests are counted from 1", n)
		}
	}
	for i, n := range m.Attempts {
		if n < 1 {
			f.addf(fmt.Sprintf("attempts[%d]", i), "is %d: attempts are counted from 1", n)
		}
	}
	if m.Every < 0 {
		f.addf("every", "is %d: cannot be negative (0 means any)", m.Every)
	}
	if p := m.Probability; p != nil && !(*p >= 0 && *p <= 1) {
		f.addf("probability", "is %v: must be a share between 0 and 1", *p)
	}
	for i, e := range m.Endpoints {
		if !slices.Contains([]Endpoint{Messages, CountTokens, Batches, Models}, e) {
			f.addf(fmt.Sprintf("endpoints[%d]", i), "is %q: must be %s, %s, %s or %s", e, Messages, CountTokens, Batches, Models)
		}
	}
	for i, p := range m.Models {
		if p == "" || strings.Contains(strings.TrimSuffix(p, "*"), "*") {
			f.addf(fmt.Sprintf("models[%d]", i), "is %q: must be a name, or a prefix with a trailing *", p)
		}
	}
	for i, h := range m.Headers {
		if !isToken(h.Name) {
			f.addf(fmt.Sprintf("headers[%d].name", i), "is %q, which cannot be the name of a header", h.Name)
		}
	}
	f.span(m)
}

func (f *findings) span(m *Match) {
	f.duration("from", m.From)
	f.duration("to", m.To)
	f.duration("ramp", m.Ramp)
	f.duration("repeat", m.Repeat)
	switch {
	case m.To != 0 && m.To <= m.From:
		f.addf("to", "is %v: must be later than from (%v), or absent for never", m.To, m.From)
	case m.Ramp > 0 && m.To == 0:
		f.addf("ramp", "needs a to, after which it begins")
	case m.Repeat > 0 && (m.To == 0 || m.To > m.Repeat-min(m.Ramp, m.Repeat)):
		f.addf("repeat", "is %v: the span with its ramp must end within it", m.Repeat)
	}
}

func (f *findings) duration(path string, d time.Duration) {
	if d < 0 || d > maxSpan {
		f.addf(path, "is %v: must be between 0 and %v", d, maxSpan)
	}
}

func (f *findings) effect(e *Effect) {
	f.duration("for", e.For)
	f.duration("delay", e.Delay)
	f.number("after", e.After)
	f.number("count", e.Count)
	switch e.Kind {
	case Slow:
		if e.For == 0 {
			f.addf("for", "is missing: by how much the body is slower")
		}
	case Error, StreamError:
		f.failure(e)
	case Pass, Reset, ResetBody, Truncate, Stall, BadChunk, Garbage, Duplicate, Reorder:
	case "":
		f.addf("kind", "is missing")
	default:
		f.addf("kind", "is %q%s", e.Kind, suggest(string(e.Kind), kinds()))
	}
	switch e.Charge {
	case "", ChargeNothing, ChargeRequest, ChargeAll:
	default:
		f.addf("charge", "is %q: must be %s, %s or %s", e.Charge, ChargeNothing, ChargeRequest, ChargeAll)
	}
	if e.Charge != "" && e.Charge != ChargeAll && e.Kind != Error && e.Kind != StreamError {
		f.addf("charge", "is %q: only an error can be cheaper than %s", e.Charge, ChargeAll)
	}
	f.headers(e)
}

func kinds() []string {
	return []string{
		string(Pass), string(Error), string(StreamError), string(Reset), string(ResetBody), string(Truncate),
		string(Stall), string(Slow), string(BadChunk), string(Garbage), string(Duplicate), string(Reorder),
	}
}

func (f *findings) number(path string, n int64) {
	if n < 0 || n > maxCount {
		f.addf(path, "is %d: must be between 0 and %d", n, int64(maxCount))
	}
}

func (f *findings) failure(e *Effect) {
	switch s := e.Status; {
	case s == 0 && e.Kind == Error:
		f.addf("status", "is missing")
	case s != 0 && (s < 200 || s > 599):
		f.addf("status", "is %d: must be between 200 and 599", s)
	}
	var d load.Dimension
	if e.Limit != "" && (d.UnmarshalText([]byte(e.Limit)) != nil || d == load.NoDimension) {
		f.addf("limit", "is %q: must be rpm, itpm, otpm, concurrency, acceleration or spend", e.Limit)
	}
	for path, text := range map[string]string{"type": e.Type, "error_code": e.ErrorCode} {
		if len(text) > 128 {
			f.addf(path, "is longer than 128 bytes")
		}
	}
	if len(e.Message)+len(e.Body) > maxText {
		f.addf("message", "is with the body longer than %d bytes", maxText)
	}
	if e.Body != "" && succeeds(e.Body) && e.Status == 200 {
		f.addf("body", "is a message: that is no error")
	}
}

func (f *findings) headers(e *Effect) {
	for path, text := range map[string]string{"retry_after": e.RetryAfter, "retry_after_ms": e.RetryAfterMS} {
		if !isValue(text) {
			f.addf(path, "is %q, which cannot be the value of a header", text)
		}
	}
	for i, h := range e.Headers {
		at := fmt.Sprintf("headers[%d].", i)
		if !isToken(h.Name) {
			f.addf(at+"name", "is %q, which cannot be the name of a header", h.Name)
		}
		if !isValue(h.Value) {
			f.addf(at+"value", "is %q, which cannot be the value of a header", h.Value)
		}
		switch strings.ToLower(h.Name) {
		case "content-length", "transfer-encoding", "connection", "trailer", "upgrade":
			f.addf(at+"name", "is %q: the framing of the answer is the server's; see the kinds truncate, bad-chunk and reset-body", h.Name)
		case "retry-after", "retry-after-ms":
			f.addf(at+"name", "is %q: use retry_after or retry_after_ms", h.Name)
		}
	}
}

// isToken says whether text can be a header's name (RFC 9110, section 5.6.2).
func isToken(text string) bool {
	for _, c := range []byte(text) {
		alnum := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !alnum && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return text != "" && len(text) <= 256
}

// isValue says whether text can be a header's value: no control characters, no
// blanks around it.
func isValue(text string) bool {
	for _, c := range []byte(text) {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return len(text) <= 8192 && strings.TrimSpace(text) == text
}
