package mockserver

import (
	"net/http"
	"strings"

	"ratecliff/internal/wire"
	"ratecliff/mockserver/model"
)

// countTokens answers POST /v1/messages/count_tokens: an estimate without any
// caching logic, against a limit of its own.
func (s *Server) countTokens(w http.ResponseWriter, r *http.Request, x *exchange) {
	failure := s.acceptCount(r, x)
	if failure != nil {
		s.fail(w, x, failure)
		return
	}
	if !s.permitted(w, r, x) {
		return
	}
	s.answer(w, x, struct {
		InputTokens int64 `json:"input_tokens"`
	}{x.decoded.Prompt.Tokens().Prompt()})
}

func (s *Server) acceptCount(r *http.Request, x *exchange) *wire.Failure {
	if failure := s.head(r, x); failure != nil {
		return failure
	}
	if failure := x.json(r, MaxBody); failure != nil {
		return failure
	}
	d := &x.decoded
	if failure := wire.DecodeCount(x.body, d); failure != nil {
		return failure
	}
	if d.Remote {
		return invalid("Token counting does not support server tools, MCP servers, or sources by url or file")
	}
	if failure := s.checkBody(r.Header, d); failure != nil {
		return failure
	}
	x.req = model.Request{Model: d.Model, Endpoint: model.CountTokens}
	return nil
}

// json reads a body that must be JSON of at most so many bytes.
func (x *exchange) json(r *http.Request, limit int64) *wire.Failure {
	if t := r.Header.Get(wire.HeaderContentType); t != "" && !strings.HasPrefix(t, wire.TypeJSON) {
		return invalid("content-type: must be " + wire.TypeJSON)
	}
	return x.read(r, limit)
}
