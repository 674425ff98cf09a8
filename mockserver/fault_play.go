package mockserver

import (
	"math"
	"math/bits"
	"net/http"
	"strconv"

	"ratecliff/internal/wire"
	"ratecliff/load"
	"ratecliff/mockserver/model"
	"ratecliff/mockserver/model/fault"
)

// playFault plays a reply with a fault: an error in place of the answer, or the
// answer through a writer that spoils it. The reply is left as the client saw it.
func (s *Server) playFault(w http.ResponseWriter, r *http.Request, x *exchange) {
	seen := x.reply
	defer func() { x.reply = seen }()
	f := &seen.Fault
	if f.Effect.Fails(x.req.Stream) {
		if !s.await(r.Context(), x, seen.Done) {
			s.cancel(x)
			return
		}
		s.sendFault(w, x)
		return
	}
	if f.Effect.Kind == fault.Reset {
		if !s.await(r.Context(), x, f.At) {
			s.cancel(x)
			return
		}
		breakOff(w)
		return
	}
	if f.Effect.Delay > 0 && !s.await(r.Context(), x, x.now+f.Effect.Delay) {
		s.cancel(x)
		return
	}
	x.reply.Fault.Effect = nil
	x.reply.FirstToken, x.reply.Done = f.FirstToken, f.Done
	resp := &x.reply.Response
	*resp = load.Response{Outcome: load.OK, Status: http.StatusOK, Limits: resp.Limits, Usage: x.req.Tokens}
	resp.Usage.Output = f.Output
	if !x.req.Stream {
		x.reply.Done = f.FirstToken // from then on it is the writer's
	}
	sw := newSpoiler(s, w, r, x, f.Effect)
	sw.at, sw.done = f.At, f.Done
	s.play(sw, r, x)
}

// sendFault answers with the error of the reply's fault. Its instant has come.
func (s *Server) sendFault(w http.ResponseWriter, x *exchange) {
	e := x.reply.Fault.Effect
	resp := x.reply.Response
	x.reply.Response.HasRetryAfter = false // it has a form of its own
	s.headers(w.Header(), x)
	x.reply.Response = resp
	s.faultHeaders(w.Header(), e)
	status := e.StatusCode()
	if e.Body != "" {
		x.out = append(x.out[:0], e.Body...)
	} else {
		failure := s.faultFailure(x, e)
		x.out = wire.AppendFailure(x.out[:0], &failure)
	}
	if status == http.StatusNoContent || status == http.StatusNotModified {
		w.WriteHeader(status)
		return
	}
	s.send(w, status, x.out)
}

// faultFailure words the error of an effect.
func (s *Server) faultFailure(x *exchange, e *fault.Effect) wire.Failure {
	f := wire.Failure{
		Status: e.StatusCode(), Type: e.ErrorType(), Message: e.Sentence(), Code: e.ErrorCode, RequestID: x.requestID,
	}
	if f.Message == "" {
		refusal := wire.Refusal{
			Dimension: e.Dimension(), Limit: x.reply.Limit, Organization: s.cfg.Organization, Model: x.req.Model,
			Until: nextMonth(s.base.Wall(s.instant())),
		}
		f.Message = string(refusal.AppendMessage(nil))
	}
	return f
}

// faultHeaders sets the headers of an effect.
func (s *Server) faultHeaders(h http.Header, e *fault.Effect) {
	if e.RetryAfter != "" {
		h[wire.HeaderRetryAfter] = []string{s.retryAfter(h, e)}
	}
	ms, ok := e.Milliseconds()
	switch wait, waits := e.Wait(); {
	case ok:
		h[wire.HeaderRetryAfterMS] = []string{strconv.FormatFloat(s.shrink(ms), 'f', -1, 64)}
	case e.RetryAfterMS != "":
		h[wire.HeaderRetryAfterMS] = []string{e.RetryAfterMS}
	case waits && s.base.Compressed():
		h[wire.HeaderRetryAfterMS] = []string{strconv.FormatFloat(s.shrink(wait.Seconds()*1000), 'f', -1, 64)}
	}
	for i := range e.Headers {
		h.Set(e.Headers[i].Name, e.Headers[i].Value)
	}
}

// retryAfter is the value of retry-after in the form that the effect gives. A
// date comes with the answer's own date, so that it is so far off to the second.
func (s *Server) retryAfter(h http.Header, e *fault.Effect) string {
	if off, ok := e.Date(); ok {
		now := s.base.Wall(s.instant()).UTC()
		h[wire.HeaderDate] = []string{now.Format(http.TimeFormat)}
		return now.Add(s.base.Shrink(off)).Format(http.TimeFormat)
	}
	seconds, whole, ok := e.Seconds()
	switch {
	case !ok || !s.base.Compressed():
		return e.RetryAfter
	case whole:
		return strconv.FormatFloat(math.Ceil(s.shrink(seconds)), 'f', -1, 64)
	}
	return strconv.FormatFloat(s.shrink(seconds), 'f', -1, 64)
}

// shrink turns a span of the service into one of the wall.
func (s *Server) shrink(span float64) float64 {
	if s.base.Compressed() {
		return span / s.base.Compress
	}
	return span
}

// faultOther draws what goes wrong with a request to an endpoint beside messages
// and returns the writer to answer with; nil when all is said.
func (s *Server) faultOther(w http.ResponseWriter, r *http.Request, x *exchange) http.ResponseWriter {
	if x.authenticate(r) != nil {
		return w // the endpoint will say so
	}
	x.req = model.Request{Header: r.Header, Retries: retries(r.Header), Print: hash(x.print(), r.URL.Path)}
	if !s.drawOther(x, fault.Endpoint(endpointOf(r.URL.Path))) {
		return w
	}
	f := &x.reply.Fault
	if wait := x.now + f.Effect.Delay; !s.await(r.Context(), x, max(wait, x.reply.Done)) {
		return nil
	}
	switch {
	case f.Effect.Fails(false):
		s.sendFault(w, x)
		return nil
	case f.Effect.Kind == fault.Reset:
		breakOff(w)
		return nil
	}
	sw := newSpoiler(s, w, r, x, f.Effect)
	sw.at, sw.done = x.now+f.Effect.Delay, x.now+f.Effect.Delay+f.Effect.For
	return sw
}

func (s *Server) drawOther(x *exchange, endpoint fault.Endpoint) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	x.req.Attempt, x.req.Key = 1, s.keyIndex(x.key)
	x.now = s.tick()
	return s.model.Disturb(x.now, endpoint, &x.req, &x.reply)
}

// retries is how many tries a client says went before.
func retries(h http.Header) int {
	n, err := strconv.ParseUint(first(h, headerRetryCount), 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}

// printed is how much of a body's beginning and of its end go into its
// fingerprint.
const printed = 4 << 10

// print is a fingerprint of a request by key and body, never 0. It is the same
// in every process and no part of it can be read back.
func (x *exchange) print() uint64 {
	h := hash(uint64(len(x.body))+1, x.key)
	head := x.body[:min(len(x.body), printed)]
	tail := x.body[max(len(head), len(x.body)-printed):]
	return max(hash(hash(h, head), tail), 1)
}

// hash folds products, eight bytes at a time, as wyhash does (Wang Yi, 2019).
func hash[T string | []byte](h uint64, text T) uint64 {
	for i := 0; i < len(text); i += 8 {
		var word uint64
		for j := i; j < min(i+8, len(text)); j++ {
			word = word<<8 | uint64(text[j])
		}
		hi, lo := bits.Mul64(h^word^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
		h = hi ^ lo ^ uint64(i)
	}
	return h
}
