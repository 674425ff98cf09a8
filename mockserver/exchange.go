package mockserver

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"ratecliff/internal/wire"
	"ratecliff/load"
	"ratecliff/mockserver/model"
)

// keepBuffer is the largest buffer kept for the next request.
const keepBuffer = 1 << 20

// exchange is the state of one request, reused.
type exchange struct {
	body, out []byte
	decoded   wire.Decoded
	key       string // API key
	hinted    bool   // identity and tokens come from hints
	keyed     bool   // so does the key
	hintKey   int
	now       time.Duration // instant of admission
	req       model.Request
	reply     model.Reply
	serial    uint64 // number of the request, for what is drawn for it
	requestID string
	message   wire.Message
	call      int64 // output tokens of an answer that calls a tool; 0 when it calls none
	writer    wire.EventWriter
	timer     *time.Timer
	struck    bool // a fault has ended the answer
	noted     noted
	meter     meter
}

func (x *exchange) begin(seed, serial uint64) {
	x.body, x.out = x.body[:0], x.out[:0]
	x.hinted, x.keyed, x.serial, x.call, x.struck = false, false, serial, 0, false
	x.message = wire.Message{Content: wire.Content{Input: x.message.Content.Input[:0]}}
	x.requestID = identity("req_011C", 20, seed, serial)
	x.message.ID = "msg_01" + x.requestID[len("req_011C"):] + "Rc"
}

func (s *Server) release(x *exchange) {
	if cap(x.body) > keepBuffer {
		x.body = nil
	}
	if cap(x.out) > keepBuffer {
		x.out = nil
	}
	s.exchanges.Put(x)
}

// forIDs is the purpose of the random streams behind request ids.
const forIDs load.Purpose = 1 << 32

// identity makes an id of n base-62 digits that is the same in every run with
// the same seed.
func identity(prefix string, n int, seed, serial uint64) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	var src load.Source
	src.Aim(seed, forIDs, serial, 0)
	var buf [64]byte
	b := append(buf[:0], prefix...)
	for bits := uint64(0); n > 0; n-- {
		if bits == 0 {
			bits = src.Uint64() >> 4
		}
		b = append(b, digits[bits%62])
		bits /= 62
	}
	return string(b)
}

// accept checks and decodes the request; nil means it can be put before the
// model.
func (s *Server) accept(r *http.Request, x *exchange) *wire.Failure {
	if failure := s.head(r, x); failure != nil {
		return failure
	}
	if failure := x.json(r, MaxBody); failure != nil {
		return failure
	}
	if failure := wire.DecodeRequest(x.body, &x.decoded); failure != nil {
		return failure
	}
	if failure := s.checkBody(r.Header, &x.decoded); failure != nil {
		return failure
	}
	x.req = model.Request{
		Model: x.decoded.Model, Tokens: x.decoded.Prompt.Tokens(),
		MaxTokens: x.decoded.MaxTokens, Stream: x.decoded.Stream,
		StandardOnly: x.decoded.Tier == "standard_only", Fast: s.fast(&x.decoded),
	}
	if s.cfg.TrustHints {
		if failure := x.hints(r.Header); failure != nil {
			return failure
		}
	}
	s.compose(x)
	return nil
}

func invalid(message string) *wire.Failure {
	return &wire.Failure{Status: http.StatusBadRequest, Type: wire.InvalidRequest, Message: message}
}

// authenticate takes the key from either of the two header styles.
func (x *exchange) authenticate(r *http.Request) *wire.Failure {
	const bearer = "Bearer "
	x.key = r.Header.Get(wire.HeaderAPIKey)
	if auth := r.Header.Get(wire.HeaderAuth); x.key == "" && strings.HasPrefix(auth, bearer) {
		x.key = strings.TrimSpace(auth[len(bearer):])
	}
	if x.key == "" {
		return &wire.Failure{
			Status: http.StatusUnauthorized, Type: wire.AuthenticationError,
			Message: "x-api-key header is required",
		}
	}
	return nil
}

// read takes in a body of at most so many bytes. One that does not come whole at
// once has to come within bodyTimeout.
func (x *exchange) read(r *http.Request, limit int64) *wire.Failure {
	patient := true
	defer func() {
		if !patient {
			x.deadline(time.Time{})
		}
	}()
	if r.ContentLength > limit {
		return tooLarge()
	}
	if n := int(min(r.ContentLength, keepBuffer)); n >= cap(x.body) {
		x.body = make([]byte, 0, n+1) // one more, so that the end is seen without growing
	}
	for {
		if len(x.body) == cap(x.body) {
			x.body = append(x.body, 0)[:len(x.body)]
		}
		n, err := r.Body.Read(x.body[len(x.body):cap(x.body)])
		x.body = x.body[:len(x.body)+n]
		switch {
		case int64(len(x.body)) > limit:
			return tooLarge()
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return &wire.Failure{Status: http.StatusRequestTimeout, Type: wire.TimeoutError, Message: "The request body did not arrive in time"}
		case err != nil:
			return invalid("The request body could not be read")
		case patient:
			patient = false
			x.deadline(time.Now().Add(bodyTimeout))
		}
	}
}

// bodyTimeout is how long on the wall a client may take to send a body.
const bodyTimeout = time.Minute

// deadline sets when reading from the client gives up, where its connection
// can; the zero time is never.
func (x *exchange) deadline(at time.Time) {
	_ = http.NewResponseController(&x.meter).SetReadDeadline(at) // without one, reading takes as long as it takes
}

func tooLarge() *wire.Failure {
	return &wire.Failure{
		Status: http.StatusRequestEntityTooLarge, Type: wire.RequestTooLarge,
		Message: "Request exceeds the maximum size",
	}
}

// hints lets the headers of our own client replace what was estimated.
func (x *exchange) hints(h http.Header) *wire.Failure {
	if value := first(h, wire.HeaderHintTokens); value != "" {
		tokens, ok := wire.ParseTokensHint(value)
		id, err := strconv.ParseUint(first(h, wire.HeaderHintID), 10, 64)
		attempt, err2 := strconv.ParseUint(first(h, wire.HeaderHintAttempt), 10, 31)
		if !ok || err != nil || err2 != nil {
			return invalid("ratecliff-tokens, ratecliff-id, ratecliff-attempt: not understood")
		}
		x.hinted = true
		x.req.Tokens, x.req.ID, x.req.Attempt = tokens, id, int(attempt)
	}
	if value := first(h, wire.HeaderHintKey); value != "" {
		key, err := strconv.ParseUint(value, 10, 31)
		if err != nil || key >= maxKeys {
			return invalid("ratecliff-key: not understood")
		}
		x.keyed, x.hintKey = true, int(key)
	}
	return nil
}

func first(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}
