package mockserver

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"ratecliff/internal/wire"
	"ratecliff/load"
	"ratecliff/mockserver/model"
)

// play carries out the reply's timeline on an absolute schedule.
func (s *Server) play(w http.ResponseWriter, r *http.Request, x *exchange) {
	if x.reply.Fault.Effect != nil {
		s.playFault(w, r, x)
		return
	}
	ok := x.reply.Response.Outcome == load.OK
	s.conclude(x)
	if x.req.Stream && (ok || x.reply.Response.Status == http.StatusOK) {
		s.stream(w, r, x)
		return
	}
	if !s.await(r.Context(), x, x.reply.Done) {
		s.cancel(x)
		return
	}
	if ok {
		s.headers(w.Header(), x)
		x.out = wire.AppendMessage(x.out[:0], &x.message)
		s.send(w, http.StatusOK, x.out)
		return
	}
	s.refuse(w, x)
}

// await sleeps until an instant of the service; false when the client went
// away first.
func (s *Server) await(ctx context.Context, x *exchange, until time.Duration) bool {
	if s.steps != nil {
		return s.steps.await(ctx, until)
	}
	wait := s.base.Wall(until).Sub(s.cfg.Now())
	if wait <= 0 {
		return ctx.Err() == nil
	}
	if x.timer == nil {
		x.timer = time.NewTimer(wait)
	} else {
		x.timer.Reset(wait)
	}
	select {
	case <-x.timer.C:
		return true
	case <-ctx.Done():
		x.timer.Stop()
		return false
	}
}

// refuse answers with the error that the model decided on.
func (s *Server) refuse(w http.ResponseWriter, x *exchange) {
	s.headers(w.Header(), x)
	failure := s.failure(x)
	x.out = wire.AppendFailure(x.out[:0], &failure)
	s.send(w, failure.Status, x.out)
}

// failure words the reply's error.
func (s *Server) failure(x *exchange) wire.Failure {
	resp := &x.reply.Response
	f := wire.Failure{Status: resp.Status, Type: resp.ErrorType, Code: resp.ErrorCode, RequestID: x.requestID}
	if f.Status < 200 || f.Status > 999 {
		f.Status = http.StatusInternalServerError
	}
	switch {
	case resp.Outcome == load.Throttled, x.reply.Cause != model.ByDimension:
		f.Message = s.refusal(x)
	case resp.Outcome == load.Overloaded:
		f.Message = "Overloaded"
	case f.Type == wire.NotFoundError:
		f.Message = "model: " + x.req.Model
	case f.Type == wire.TimeoutError:
		f.Message = "Request timed out"
	default:
		f.Message = "Internal server error"
	}
	return f
}

// nextMonth is when a monthly spend cap lifts: 00:00 UTC on the first.
func nextMonth(date time.Time) time.Time {
	year, month, _ := date.UTC().Date()
	return time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC)
}

// fail answers at once with an error of the skin itself, without limit headers.
func (s *Server) fail(w http.ResponseWriter, x *exchange, f *wire.Failure) {
	h := w.Header()
	x.noted.errorType, x.noted.errorCode = f.Type, f.Code
	h[wire.HeaderContentType] = s.fixed.json
	if f.Type == wire.RequestTooLarge {
		h["Connection"] = []string{"close"} // the rest of the body is not read
	} else {
		f.RequestID = x.requestID
		h[wire.HeaderRequestID] = []string{x.requestID}
	}
	x.out = wire.AppendFailure(x.out[:0], f)
	s.send(w, f.Status, x.out)
}

// send writes an answer in one piece.
func (s *Server) send(w http.ResponseWriter, status int, body []byte) {
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, _ = w.Write(body) // everything is charged by now; a client that went away changes nothing
}
