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
	x.writer.Reset(&x.message, s.cfg.Seed, x.identity())
	x.out = x.writer.Start(x.out[:0])
	p := player{s: s, w: w, flush: http.NewResponseController(w), r: r, x: x, ping: x.now + s.cfg.PingEvery}
	if !p.content() || !p.until(x.reply.Done) {
		s.cancel(x)
		return
	}
	if x.reply.Response.Outcome == load.OK {
		x.out = x.writer.End(x.out)
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
	ping  time.Duration // instant of the next ping
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
		x.out = x.writer.To(x.out, share(tokens, k+1, pieces))
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

// until waits for an instant, first delivering what was due before it, and
// pings that fall due meanwhile; false when the client went away.
func (p *player) until(at time.Duration) bool {
	now := p.s.instant()
	if now >= at {
		return p.r.Context().Err() == nil
	}
	if p.ping < now { // missed while there was no waiting
		p.ping = now + p.s.cfg.PingEvery
	}
	for {
		next := min(at, p.ping)
		if !p.deliver() || !p.s.await(p.r.Context(), p.x, next) {
			return false
		}
		if next == at {
			return true
		}
		p.x.out = wire.AppendPing(p.x.out)
		p.ping += p.s.cfg.PingEvery
	}
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
