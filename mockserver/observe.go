package mockserver

import (
	"net/http"
	"strings"

	"ratecliff/load"
	"ratecliff/mockserver/journal"
	"ratecliff/mockserver/model"
)

// observe begins an exchange and returns the writer to answer with.
func (s *Server) observe(w http.ResponseWriter, r *http.Request, x *exchange, seq uint64) http.ResponseWriter {
	x.key = ""
	x.noted.begin(r, seq, s.instant())
	x.meter = meter{ResponseWriter: w, clock: s}
	s.stats.begin()
	return &x.meter
}

// observed ends it.
func (s *Server) observed(x *exchange) {
	x.noted.hungUp = x.noted.hungUp || x.noted.r.Context().Err() != nil
	done := s.instant()
	if s.evidence != nil {
		s.evidence.ended(s, x, done)
	}
	s.stats.end(x, done-x.noted.at)
	x.noted.r, x.meter = nil, meter{}
}

// endpointOf names what a path belongs to, out of a few.
func endpointOf(path string) string {
	switch {
	case path == "/v1/messages":
		return "messages"
	case path == "/v1/messages/count_tokens":
		return "count_tokens"
	case path == "/v1/messages/batches", strings.HasPrefix(path, "/v1/messages/batches/"):
		return "batches"
	case path == "/v1/models", strings.HasPrefix(path, "/v1/models/"):
		return "models"
	case strings.HasPrefix(path, "/v1/organizations/"):
		return "rate_limits"
	default:
		return "other"
	}
}

// link finds out whether a request that was understood repeats an earlier one.
func (s *Server) link(x *exchange) {
	if s.evidence != nil && x.noted.r != nil {
		s.evidence.arrived(x)
	}
}

// decide lets the model decide, with evidence; the caller holds mu.
func (s *Server) decide(x *exchange) {
	n := &x.noted
	n.decided, n.changes = true, s.changes
	if s.owners != nil && !x.keyed {
		if workspace, named := s.owners[x.key]; named {
			x.req.KeyID, n.workspace = x.key, workspace
		}
	}
	e := s.evidence
	if e == nil {
		s.model.Handle(x.now, &x.req, &x.reply)
		n.event = eventOf(&x.reply)
		return
	}
	e.book.Handle(s.model, x.now, n.seq, &x.req, &x.reply)
	n.event = eventOf(&x.reply)
	if f := &x.reply.Fault; f.Effect != nil {
		n.fault = string(f.Effect.Kind) + ": " + f.Rule
	}
	n.before = append(n.before[:0], e.book.before...)
	n.after = append(n.after[:0], e.book.after...)
	if x.reply.Response.Outcome != load.OK {
		e.links.mark(n.place, n.seq, true) // before the client can know
	}
}

// ownersOf maps every API key that the configuration names to its workspace;
// "" is the default one. Other keys go by their number.
func ownersOf(cfg *model.Config) map[string]string {
	if len(cfg.Workspaces)+len(cfg.KeyLimits) == 0 {
		return nil
	}
	owners := map[string]string{}
	for key := range cfg.KeyLimits {
		owners[key] = ""
	}
	for name, w := range cfg.Workspaces {
		for _, key := range w.Keys {
			owners[key] = name
		}
	}
	return owners
}

// abandon tells the model that the client went away; the caller holds mu.
func (s *Server) abandon(x *exchange) {
	n := &x.noted
	n.hungUp = true
	if n.changes != s.changes {
		return // the model that knew this answer is gone
	}
	now := s.tick()
	if s.evidence == nil {
		s.model.Cancel(now, x.reply.Handle)
		return
	}
	s.evidence.book.Cancel(s.model, now, n.seq, &x.req, &x.reply)
}

// enterAll enters the state of every bucket; the caller holds mu, or nobody else
// knows the server yet.
func (s *Server) enterAll(event journal.Event) {
	if s.evidence != nil {
		s.evidence.book.All(s.model, s.tick(), event)
	}
}
