package mockserver

import (
	"net/http"
	"time"

	"ratecliff/internal/wire"
	"ratecliff/load"
)

// stream plays a streamed answer: headers, message_start and ping at admission,
// the first content at FirstToken, further content evenly spaced up to Done,
// and then the closing events. Content that is due together is written and
// flushed together; nothing that comes late shifts what follows.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, x *exchange) {
	h := w.Header()
	s.headers(h, x)
	h[wire.HeaderContentType], h["Cache-Control"] = s.fixed.stream, s.fixed.noCache
	w.WriteHeader(http.StatusOK)
	x.out = x.message.AppendStart(x.out[:0])
	p := player{s: s, w: w, flush: http.NewResponseController(w), r: r, x: x}
	if !p.content() || !p.until(x.reply.Done) {
		s.cancel(x)
		return
	}
	if x.reply.Response.Outcome == load.OK {
		x.out = x.message.AppendEnd(x.out)
	} else {
		failure := s.failure(x)
		x.out = wire.AppendErrorEvent(x.out, &failure)
	}
	p.deliver() // all is charged: whether it still arrives changes nothing
}

// player writes one stream.
type player struct {
	s     *Server
	w     http.ResponseWriter
	flush *http.ResponseController
	r     *http.Request
	x     *exchange
}

// content plays the content deltas; false when the client went away.
func (p *player) content() bool {
	x := p.x
	pieces, tokens := p.pieces(), x.message.Usage.Output
	span := x.reply.Done - x.reply.FirstToken
	for k := range pieces {
		if !p.until(x.reply.FirstToken + portion(span, k, pieces)) {
			return false
		}
		x.out = wire.AppendDelta(x.out, share(tokens, k+1, pieces)-share(tokens, k, pieces))
	}
	return true
}

// pieces is the number of deltas: one per WriteEvery on the wall, at most one
// per token, at least one; none in a stream that breaks off before any content.
func (p *player) pieces() int64 {
	if p.x.reply.Response.Outcome != load.OK && p.x.message.Usage.Output == 0 {
		return 0
	}
	span := p.s.base.Shrink(p.x.reply.Done - p.x.reply.FirstToken)
	return max(1, min(int64(span/p.s.cfg.WriteEvery), p.x.message.Usage.Output))
}

// share is n*k/of without overflow for the sizes of a stream.
func share(n, k, of int64) int64 { return n/of*k + n%of*k/of }

func portion(d time.Duration, k, of int64) time.Duration {
	return time.Duration(share(int64(d), k, of))
}

// until waits for an instant, first delivering what was due before it; false
// when the client went away.
func (p *player) until(at time.Duration) bool {
	if p.s.instant() < at && !p.deliver() {
		return false
	}
	return p.s.await(p.r.Context(), p.x, at)
}

// deliver writes and flushes what has gathered.
func (p *player) deliver() bool {
	if len(p.x.out) > 0 {
		_, err := p.w.Write(p.x.out)
		if p.x.out = p.x.out[:0]; err != nil {
			return false
		}
	}
	return p.flush.Flush() == nil
}
