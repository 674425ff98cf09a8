package mockserver

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ratecliff/internal/wire"
	"ratecliff/mockserver/model/fault"
)

// errStruck ends the work on an answer that a fault has ended.
var errStruck = errors.New("mockserver: a fault has ended the answer") //nolint:gochecknoglobals // a sentinel

// freePings is how many pings at the beginning of a stream count as events.
const freePings = 3

// spoiler is a writer that lets an answer go wrong: streams event by event,
// others as a whole. One exchange uses it.
type spoiler struct {
	s      *Server
	w      http.ResponseWriter
	flush  *http.ResponseController
	r      *http.Request
	x      *exchange
	effect *fault.Effect
	at     time.Duration // instant at which it strikes
	done   time.Duration // instant of the last byte
	status int
	stream bool
	over   bool  // it has struck and the answer goes on
	seen   int64 // events
	rest   []byte
	held   []byte
	out    []byte
}

func newSpoiler(s *Server, w http.ResponseWriter, r *http.Request, x *exchange, e *fault.Effect) *spoiler {
	return &spoiler{s: s, w: w, flush: http.NewResponseController(w), r: r, x: x, effect: e}
}

// Header is the header to be sent.
func (p *spoiler) Header() http.Header { return p.w.Header() }

// WriteHeader sends the head of a stream; that of another answer waits for the
// body.
func (p *spoiler) WriteHeader(status int) {
	if p.status != 0 {
		return
	}
	p.status, p.stream = status, wire.IsStream(p.w.Header())
	p.s.faultHeaders(p.w.Header(), p.effect)
	if p.stream {
		p.w.WriteHeader(status)
	}
}

// FlushError sends what was written.
func (p *spoiler) FlushError() error {
	if p.x.struck {
		return errStruck
	}
	if !p.stream {
		return nil // a body goes out as the effect wants it
	}
	return p.flush.Flush()
}

// Write takes in part of a stream, or a body.
func (p *spoiler) Write(b []byte) (int, error) {
	if p.x.struck {
		return 0, errStruck
	}
	p.WriteHeader(http.StatusOK)
	if !p.stream {
		return len(b), p.body(b)
	}
	return len(b), p.events(b)
}

// strikes says whether the effect ends or holds up an answer at one place.
func strikes(k fault.Kind) bool {
	switch k {
	case fault.StreamError, fault.ResetBody, fault.Truncate, fault.BadChunk, fault.Stall:
		return true
	case fault.Pass, fault.Error, fault.Reset, fault.Slow, fault.Garbage, fault.Duplicate, fault.Reorder:
	}
	return false
}

// events passes on the complete events.
func (p *spoiler) events(b []byte) error {
	p.rest = append(p.rest, b...)
	p.out = p.out[:0]
	from := 0
	for {
		n := bytes.Index(p.rest[from:], []byte("\n\n"))
		if n < 0 {
			break
		}
		if err := p.event(p.rest[from : from+n+2]); err != nil {
			return err
		}
		from += n + 2
	}
	p.rest = append(p.rest[:0], p.rest[from:]...)
	return p.deliver()
}

func (p *spoiler) deliver() error {
	if len(p.out) == 0 {
		return nil
	}
	_, err := p.w.Write(p.out)
	p.out = p.out[:0]
	return err
}

// event passes on one event, or lets the effect have it.
func (p *spoiler) event(ev []byte) error {
	name := eventName(ev)
	if name == "ping" && p.seen >= freePings {
		p.out = append(p.out, ev...)
		return nil
	}
	after := p.effect.After
	if strikes(p.effect.Kind) && !p.over && (p.seen == after || name == "message_stop") {
		if err := p.strike(); err != nil {
			return err
		}
	}
	p.seen++
	switch k := p.effect.Kind; {
	case k == fault.Garbage && (p.seen > after || name == "message_delta"):
		p.out = append(appendGarbled(append(append(p.out, "event: "...), name...)), "\n\n"...)
	case k == fault.Duplicate && p.seen > after && p.seen-after <= p.effect.Doubles():
		p.out = append(append(p.out, ev...), ev...)
	case p.held != nil:
		p.out = append(append(p.out, ev...), p.held...)
		p.held = nil
	case k == fault.Reorder && p.seen == after+1 && name != "message_delta" && name != "message_stop":
		p.held = bytes.Clone(ev)
	default:
		p.out = append(p.out, ev...)
	}
	return nil
}

func eventName(ev []byte) string {
	line, _, _ := bytes.Cut(ev, []byte{'\n'})
	return strings.TrimPrefix(string(line), "event: ")
}

// appendGarbled appends a data line that is not JSON.
func appendGarbled(dst []byte) []byte { return append(dst, "\ndata: {\"type\":\"\x00\x1b,]}"...) }

// strike lets the effect happen. The error says that it was the end.
func (p *spoiler) strike() error {
	if err := p.deliver(); err != nil {
		return err
	}
	if err := p.flush.Flush(); err != nil {
		return err
	}
	if !p.wait(p.at) {
		return errStruck
	}
	switch p.effect.Kind {
	case fault.Stall:
		return p.stall()
	case fault.StreamError:
		failure := p.s.faultFailure(p.x, p.effect)
		p.out = wire.AppendErrorEvent(p.out[:0], &failure)
		_ = p.deliver() // whether it still arrives changes nothing
	case fault.ResetBody:
		p.x.struck = true
		breakOff(p.w)
	case fault.BadChunk:
		p.x.struck = true
		breakChunk(p.w)
	case fault.Pass, fault.Error, fault.Reset, fault.Truncate, fault.Slow, fault.Garbage, fault.Duplicate, fault.Reorder:
	}
	p.x.struck = true
	return errStruck
}

// stall stands still; the error says that the connection broke or the client
// went away.
func (p *spoiler) stall() error {
	p.over = true
	if p.effect.For > 0 {
		if !p.wait(p.at + p.effect.For) {
			return errStruck
		}
		return nil
	}
	if p.wait(p.at + fault.StallLimit) {
		p.x.struck = true
		breakOff(p.w)
	}
	return errStruck
}

// wait sleeps until an instant of the service; false when the client went away.
func (p *spoiler) wait(until time.Duration) bool {
	return p.s.await(p.r.Context(), p.x, until)
}

// body sends a body that is written in one piece.
func (p *spoiler) body(b []byte) error {
	half := b[:len(b)/2]
	switch p.effect.Kind {
	case fault.Truncate:
		p.x.struck = true
		return p.whole(half)
	case fault.Garbage:
		return p.whole(appendGarbled(bytes.Clone(half)))
	case fault.BadChunk:
		p.Header().Del("Content-Length")
		return p.broken(half)
	case fault.ResetBody, fault.Stall:
		return p.broken(half, b[len(half):]...)
	case fault.Slow:
		return p.slowly(b)
	case fault.Pass, fault.Error, fault.StreamError, fault.Reset, fault.Duplicate, fault.Reorder:
	}
	return p.whole(b)
}

func (p *spoiler) whole(b []byte) error {
	if p.Header().Get("Content-Length") != "" {
		p.Header().Set("Content-Length", strconv.Itoa(len(b)))
	}
	p.w.WriteHeader(p.status)
	_, err := p.w.Write(b)
	return err
}

// broken sends the first part, lets the effect happen, and sends the rest if
// that was not the end.
func (p *spoiler) broken(first []byte, rest ...byte) error {
	p.w.WriteHeader(p.status)
	p.out = append(p.out[:0], first...)
	if err := p.strike(); err != nil {
		return err
	}
	_, err := p.w.Write(rest)
	return err
}

// slowly sends a body in pieces, the last at its end.
func (p *spoiler) slowly(b []byte) error {
	p.w.WriteHeader(p.status)
	span := p.done - p.at
	n := max(1, min(int64(p.s.base.Shrink(span)/p.s.cfg.WriteEvery), int64(len(b))))
	size := int64(len(b))
	for k := range n {
		if err := p.flush.Flush(); err != nil {
			return err
		}
		if !p.wait(p.at + portion(span, k+1, n)) {
			return errStruck
		}
		if _, err := p.w.Write(b[share(size, k, n):share(size, k+1, n)]); err != nil {
			return err
		}
	}
	return nil
}

// breakOff resets the connection. Where the writer has none to give away, the
// handler ends as [http.ErrAbortHandler] asks.
func breakOff(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if l, ok := conn.(interface{ SetLinger(seconds int) error }); ok {
		_ = l.SetLinger(0) // then closing sends a reset
	}
	_ = conn.Close() // there is nobody to tell
}

// breakChunk sends a chunk that is longer than it says, and closes.
func breakChunk(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second)) // of the wall: nobody may be reading
	_, _ = conn.Write([]byte("1\r\n\nX\r\n"))
	_ = conn.Close()
}
