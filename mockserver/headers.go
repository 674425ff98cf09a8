package mockserver

import (
	"net/http"
	"strconv"
	"time"

	"ratecliff/internal/wire"
	"ratecliff/load"
	"ratecliff/mockserver/model"
)

// fixedHeaders are header values that never change, shared by all answers and
// only read.
type fixedHeaders struct {
	json, stream, noCache   []string
	organization, workspace []string
	retry, dontRetry        []string
	infrastructure          http.Header // nil when not wanted
}

func newFixedHeaders(cfg Config) fixedHeaders {
	one := func(value string) []string { return []string{value} }
	f := fixedHeaders{
		json: one(wire.TypeJSON), stream: one(wire.TypeStream), noCache: one("no-cache"),
		organization: one(cfg.Organization), workspace: one(cfg.Workspace),
		retry: one("true"), dontRetry: one("false"),
	}
	if cfg.Infrastructure { // as recorded in 2025 and 2026 (claude-api facts, section 2.1)
		f.infrastructure = http.Header{
			"Server": one("cloudflare"), "Cf-Cache-Status": one("DYNAMIC"), "X-Robots-Tag": one("none"),
			"Strict-Transport-Security": one("max-age=31536000; includeSubDomains; preload"),
		}
	}
	return f
}

// network sets the headers of the network before the API, where they are wanted.
func (s *Server) network(h http.Header, x *exchange) {
	if s.fixed.infrastructure == nil {
		return
	}
	for name, values := range s.fixed.infrastructure {
		h[name] = values
	}
	h["Cf-Ray"] = []string{strconv.FormatUint(s.lot(x, ofRay), 16) + "-FRA"}
	spent := max(0, s.base.Shrink(s.instant()-x.now)) / time.Millisecond
	h["X-Envoy-Upstream-Service-Time"] = []string{strconv.FormatInt(int64(spent), 10)}
}

// headers sets what every answer of the model carries: ids, the limits it
// speaks of, and on a refusal the wait. Values share one slice and are put into
// the map under canonical names, which saves most of the cost of Header.Set.
func (s *Server) headers(h http.Header, x *exchange) {
	resp := &x.reply.Response
	h[wire.HeaderContentType] = s.fixed.json
	h[wire.HeaderOrganization], h[wire.HeaderWorkspace] = s.fixed.organization, s.offer.Load().workspace(x.key, s.fixed.workspace)
	values := make([]string, 0, wire.LimitHeaders+3)
	put := func(name, value string) {
		values = append(values, value)
		h[name] = values[len(values)-1 : len(values) : len(values)]
	}
	put(wire.HeaderRequestID, x.requestID)
	for i, value := range s.base.LimitValues(&resp.Limits, tokensOf(&x.reply)) {
		if value != "" {
			put(wire.LimitName(i), value)
		}
	}
	if x.reply.Family != model.NoFamily {
		s.family(h, &x.reply)
	}
	s.network(h, x)
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

// tokensOf is what the tokens trio says.
func tokensOf(p *model.Reply) load.LimitStatus {
	if p.Combined.Known || p.NoCombined {
		return p.Combined
	}
	return wire.Combined(&p.Response.Limits)
}

// family sets the limit headers of fast mode or of the priority tier.
func (s *Server) family(h http.Header, p *model.Reply) {
	values := s.base.LimitValues(&p.Special, load.LimitStatus{})
	for i := range wire.FamilyHeaders {
		name := wire.FastName(i)
		if p.Family == model.PriorityFamily {
			name = wire.PriorityName(i)
		}
		if value := values[i+3]; value != "" {
			h[name] = []string{value}
		}
	}
}
