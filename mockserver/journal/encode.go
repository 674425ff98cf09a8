package journal

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// Append appends the exchange as one line with its newline. It allocates nothing
// when dst is large enough.
func (x *Exchange) Append(dst []byte) []byte {
	l := line{append(dst, '{')}
	l.number("v", int64(x.V))
	l.unsigned("seq", x.Seq)
	l.number("at_ns", int64(x.At))
	l.some("decided_ns", int64(x.Decided))
	l.number("done_ns", int64(x.Done))
	l.date("date", x.Date)
	l.text("request_id", x.RequestID)
	l.filled("key", x.Key)
	l.filled("workspace", x.Workspace)
	l.filled("agent", x.Agent)
	l.filled("version", x.Version)
	l.asked(x)
	l.filled("dimension", x.Dimension)
	l.filled("cause", x.Cause)
	l.filled("scope", x.Scope)
	l.filled("owner", x.Owner)
	l.some("limit", x.Limit)
	l.flag("impossible", x.Impossible)
	l.levels(x.Levels)
	l.answered(x)
	return l.end()
}

// asked is what the client wanted.
func (l *line) asked(x *Exchange) {
	l.text("method", x.Method)
	l.text("endpoint", x.Endpoint)
	l.filled("model", x.Model)
	l.flag("stream", x.Stream)
	l.number("body_bytes", x.BodyBytes)
	l.name("tokens")
	l.b = append(l.b, '{')
	l.number("input", x.Tokens.Input)
	l.number("cache_write", x.Tokens.CacheWrite)
	l.number("cache_read", x.Tokens.CacheRead)
	l.number("output", x.Tokens.Output)
	l.b = append(l.b, '}')
	l.some("max_tokens", x.MaxTokens)
	l.text("decision", string(x.Decision))
}

// answered is what the client got.
func (l *line) answered(x *Exchange) {
	l.number("status", int64(x.Status))
	l.filled("error_type", x.ErrorType)
	l.filled("error_code", x.ErrorCode)
	l.filled("fault", x.Fault)
	l.headers(x.Headers)
	l.number("bytes", x.Bytes)
	l.flag("hung_up", x.HungUp)
	if x.RetryCount != nil {
		l.number("retry_count", int64(*x.RetryCount))
	}
	l.filled("nonce", x.Nonce)
	if x.Retries != 0 {
		l.unsigned("retries", x.Retries)
	}
	l.filled("linked_by", string(x.LinkedBy))
}

func (l *line) levels(levels []Level) {
	if len(levels) == 0 {
		return
	}
	l.open("levels")
	for i := range levels {
		v := &levels[i]
		l.item()
		l.filled("scope", v.Scope)
		l.filled("owner", v.Owner)
		l.text("pool", v.Pool)
		l.text("dimension", v.Dimension)
		l.number("capacity", v.Capacity)
		l.float("before", v.Before)
		l.float("after", v.After)
		l.b = append(l.b, '}')
	}
	l.b = append(l.b, ']')
}

func (l *line) headers(headers []Header) {
	if len(headers) == 0 {
		return
	}
	l.open("headers")
	for i := range headers {
		l.item()
		l.text("name", headers[i].Name)
		l.text("value", headers[i].Value)
		l.b = append(l.b, '}')
	}
	l.b = append(l.b, ']')
}

// Append appends the entry as one line with its newline. It allocates nothing
// when dst is large enough.
func (e *Entry) Append(dst []byte) []byte {
	l := line{append(dst, '{')}
	l.number("v", int64(e.V))
	l.unsigned("n", e.N)
	l.number("at_ns", int64(e.At))
	l.text("event", string(e.Event))
	if e.Seq != 0 {
		l.unsigned("seq", e.Seq)
	}
	l.filled("dimension", e.Dimension)
	l.filled("scope", e.Scope)
	l.open("balances")
	for i := range e.Balances {
		b := &e.Balances[i]
		l.item()
		l.filled("scope", b.Scope)
		l.filled("owner", b.Owner)
		l.some("key", int64(b.Key))
		l.text("pool", b.Pool)
		l.text("dimension", b.Dimension)
		l.number("limit", b.Limit)
		l.number("capacity", b.Capacity)
		l.number("before", b.Before)
		l.number("after", b.After)
		l.number("full_at_ns", int64(b.FullAt))
		l.b = append(l.b, '}')
	}
	l.b = append(l.b, ']')
	return l.end()
}

// line is a JSON object in the making.
type line struct{ b []byte }

func (l *line) end() []byte { return append(l.b, '}', '\n') }

func (l *line) comma() {
	if c := l.b[len(l.b)-1]; c != '{' && c != '[' {
		l.b = append(l.b, ',')
	}
}

// name begins a member; names need no escaping.
func (l *line) name(name string) {
	l.comma()
	l.b = append(l.b, '"')
	l.b = append(l.b, name...)
	l.b = append(l.b, '"', ':')
}

func (l *line) open(name string) {
	l.name(name)
	l.b = append(l.b, '[')
}

func (l *line) item() {
	l.comma()
	l.b = append(l.b, '{')
}

func (l *line) number(name string, n int64) {
	l.name(name)
	l.b = strconv.AppendInt(l.b, n, 10)
}

func (l *line) some(name string, n int64) {
	if n != 0 {
		l.number(name, n)
	}
}

func (l *line) unsigned(name string, n uint64) {
	l.name(name)
	l.b = strconv.AppendUint(l.b, n, 10)
}

// float writes the shortest text that reads back as the same number.
func (l *line) float(name string, f float64) {
	l.name(name)
	l.b = strconv.AppendFloat(l.b, f, 'f', -1, 64)
}

func (l *line) flag(name string, set bool) {
	if set {
		l.name(name)
		l.b = append(l.b, "true"...)
	}
}

func (l *line) date(name string, at time.Time) {
	l.name(name)
	l.b = append(l.b, '"')
	l.b = at.UTC().AppendFormat(l.b, time.RFC3339Nano)
	l.b = append(l.b, '"')
}

func (l *line) filled(name, text string) {
	if text != "" {
		l.text(name, text)
	}
}

// text writes a string. What is not UTF-8 becomes U+FFFD.
func (l *line) text(name, text string) {
	l.name(name)
	l.b = append(l.b, '"')
	if plain(text) {
		l.b = append(l.b, text...)
	} else {
		l.escaped(text)
	}
	l.b = append(l.b, '"')
}

// plain says whether a text needs no escapes.
func plain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func (l *line) escaped(text string) {
	const hex = "0123456789abcdef"
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			l.b = append(l.b, '\\', byte(r))
		case r < ' ' || r == 0x7f:
			l.b = append(l.b, '\\', 'u', '0', '0', hex[r>>4], hex[r&0xf])
		case r < utf8.RuneSelf:
			l.b = append(l.b, byte(r))
		default:
			l.b = utf8.AppendRune(l.b, r)
		}
	}
}
