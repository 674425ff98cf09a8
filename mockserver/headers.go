package mockserver

import (
	"net/http"

	"ratecliff/internal/wire"
	"ratecliff/load"
)

// fixedHeaders are header values that never change, shared by all answers and
// only read.
type fixedHeaders struct {
	json, stream, noCache   []string
	organization, workspace []string
	retry, dontRetry        []string
}

func newFixedHeaders(cfg Config) fixedHeaders {
	one := func(value string) []string { return []string{value} }
	return fixedHeaders{
		json: one(wire.TypeJSON), stream: one(wire.TypeStream), noCache: one("no-cache"),
		organization: one(cfg.Organization), workspace: one(cfg.Workspace),
		retry: one("true"), dontRetry: one("false"),
	}
}

// headers sets what every answer of the model carries: ids, the limits it
// speaks of, and on a refusal the wait. Values share one slice and are put into
// the map under canonical names, which saves most of the cost of Header.Set.
func (s *Server) headers(h http.Header, x *exchange) {
	resp := &x.reply.Response
	h[wire.HeaderContentType] = s.fixed.json
	h[wire.HeaderOrganization], h[wire.HeaderWorkspace] = s.fixed.organization, s.fixed.workspace
	values := make([]string, 0, wire.LimitHeaders+3)
	put := func(name, value string) {
		values = append(values, value)
		h[name] = values[len(values)-1 : len(values) : len(values)]
	}
	put(wire.HeaderRequestID, x.requestID)
	for i, value := range s.base.LimitValues(&resp.Limits) {
		if value != "" {
			put(wire.LimitName(i), value)
		}
	}
	if resp.HasRetryAfter {
		var buf [32]byte
		put(wire.HeaderRetryAfter, string(s.base.AppendRetryAfter(buf[:0], resp.RetryAfter)))
		if s.base.Compressed() {
			put(wire.HeaderRetryAfterMS, string(s.base.AppendRetryAfterMS(buf[:0], resp.RetryAfter)))
		}
	}
	switch resp.Advice {
	case load.DoRetry:
		h[wire.HeaderShouldRetry] = s.fixed.retry
	case load.DoNotRetry:
		h[wire.HeaderShouldRetry] = s.fixed.dontRetry
	case load.NoAdvice:
	}
}
