package wire

import (
	"bytes"
	"errors"
	"io"
)

// MaxEvent is the most bytes of one line, and of the data of one event, that a
// Parser takes, as in the official Go SDK: 32 MiB.
const MaxEvent = 32 << 20

// ErrEventTooLarge reports an event beyond [MaxEvent]. The stream cannot be
// read on.
var ErrEventTooLarge = errors.New("wire: event larger than 32 MiB")

// Event is one server-sent event. Its bytes are valid until the next call of
// the Parser that returned it.
type Event struct {
	Name []byte // "message" when the stream gave none
	Data []byte // data lines joined by LF
}

// Parser reads server-sent events by the rules of the HTML standard, section
// 9.2.6: lines end in LF, CR or CRLF; a byte order mark at the start is
// dropped; comments and unknown fields are passed over; an event without data
// is not delivered; one that the end of the stream cuts off is lost. How the
// bytes are cut into chunks never changes the events.
//
// Use Feed and Next, or Read alone. The zero value is ready; the buffers are
// reused, so a Parser does not allocate once they have grown. Not safe for
// concurrent use.
type Parser struct {
	buf     []byte
	start   int // first byte not consumed
	scanned int // bytes from start known to hold no line end
	begun   bool
	skipLF  bool // the last line ended in CR; a LF that follows belongs to it
	name    []byte
	data    []byte
	lines   bool // a data line was seen
	done    bool // name and data were handed out
	max     int  // 0 means MaxEvent
}

// Reset makes the parser ready for another stream and keeps its buffers.
func (p *Parser) Reset() {
	*p = Parser{buf: p.buf[:0], name: p.name[:0], data: p.data[:0], max: p.max}
}

// Feed adds bytes of the stream. The chunk is copied.
func (p *Parser) Feed(chunk []byte) {
	p.compact()
	p.buf = append(p.buf, chunk...)
}

func (p *Parser) compact() {
	if p.start > 0 {
		p.buf = p.buf[:copy(p.buf, p.buf[p.start:])]
		p.start = 0
	}
}

// Next returns the next complete event of what was fed; ok is false when more
// bytes are needed. The only error is [ErrEventTooLarge].
func (p *Parser) Next() (ev Event, ok bool, err error) {
	if p.done {
		p.name, p.data, p.lines, p.done = p.name[:0], p.data[:0], false, false
	}
	for {
		line, found, err := p.line()
		if err != nil || !found {
			return Event{}, false, err
		}
		if len(line) > 0 {
			if err := p.field(line); err != nil {
				return Event{}, false, err
			}
			continue
		}
		if !p.lines {
			p.name = p.name[:0]
			continue
		}
		p.done = true
		return p.event(), true, nil
	}
}

func (p *Parser) event() Event {
	if len(p.name) == 0 {
		p.name = append(p.name, "message"...)
	}
	return Event{Name: p.name, Data: p.data}
}

// Read returns the next event of a stream, reading from r as needed; the same r
// must be passed every time. At the end it returns io.EOF; any other error is
// r's, or [ErrEventTooLarge].
func (p *Parser) Read(r io.Reader) (Event, error) {
	for empty := 0; ; {
		ev, ok, err := p.Next()
		if err != nil || ok {
			return ev, err
		}
		n, err := p.fill(r)
		if n > 0 {
			empty = 0
			continue // deliver what came before the error; r repeats it
		}
		if err != nil {
			return Event{}, err
		}
		if empty++; empty == 100 {
			return Event{}, io.ErrNoProgress
		}
	}
}

func (p *Parser) fill(r io.Reader) (int, error) {
	p.compact()
	if len(p.buf) == cap(p.buf) {
		grown := make([]byte, len(p.buf), max(2048, 2*cap(p.buf)))
		copy(grown, p.buf)
		p.buf = grown
	}
	n, err := r.Read(p.buf[len(p.buf):cap(p.buf)])
	p.buf = p.buf[:len(p.buf)+n]
	return n, err
}

func (p *Parser) limit() int {
	if p.max > 0 {
		return p.max
	}
	return MaxEvent
}

// line takes the next complete line, without its end, out of the buffer.
func (p *Parser) line() (line []byte, ok bool, err error) {
	if !p.begin() {
		return nil, false, nil
	}
	if p.skipLF && p.start < len(p.buf) {
		p.skipLF = false
		if p.buf[p.start] == '\n' {
			p.start++
		}
	}
	rest := p.buf[p.start:]
	i := lineEnd(rest, p.scanned)
	if i < 0 {
		p.scanned = len(rest)
		i = len(rest)
	} else {
		p.scanned = 0
		p.skipLF = rest[i] == '\r'
		p.start += i + 1
		ok = true
	}
	if i > p.limit() {
		return nil, false, ErrEventTooLarge
	}
	return rest[:i], ok, nil
}

// lineEnd is the index of the first CR or LF at or after from, or -1.
func lineEnd(b []byte, from int) int {
	lf := bytes.IndexByte(b[from:], '\n')
	if lf >= 0 {
		b = b[:from+lf]
	}
	if cr := bytes.IndexByte(b[from:], '\r'); cr >= 0 {
		return from + cr
	}
	if lf >= 0 {
		return from + lf
	}
	return -1
}

// begin drops a byte order mark; false while it cannot be told from text.
func (p *Parser) begin() bool {
	const mark = "\xef\xbb\xbf"
	if p.begun {
		return true
	}
	n := min(len(mark), len(p.buf))
	switch {
	case string(p.buf[:n]) != mark[:n]:
	case n < len(mark):
		return false
	default:
		p.start = n
	}
	p.begun = true
	return true
}

// field takes in one line that is not empty.
func (p *Parser) field(line []byte) error {
	name, value, _ := bytes.Cut(line, []byte{':'})
	if len(value) > 0 && value[0] == ' ' {
		value = value[1:]
	}
	switch string(name) {
	case "event":
		p.name = append(p.name[:0], value...)
	case "data":
		if p.lines {
			p.data = append(p.data, '\n')
		}
		p.lines = true
		if len(p.data)+len(value) > p.limit() {
			return ErrEventTooLarge
		}
		p.data = append(p.data, value...)
	}
	return nil
}

// AppendEvent appends one event. Line ends within data make several data
// lines; name must hold none.
func AppendEvent(dst []byte, name string, data []byte) []byte {
	dst = append(append(dst, "event: "...), name...)
	for {
		i := lineEnd(data, 0)
		dst = append(dst, "\ndata: "...)
		if i < 0 {
			return append(append(dst, data...), "\n\n"...)
		}
		dst = append(dst, data[:i]...)
		if data[i] == '\r' && i+1 < len(data) && data[i+1] == '\n' {
			i++
		}
		data = data[i+1:]
	}
}
