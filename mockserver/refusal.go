package mockserver

import (
	"ratecliff/internal/wire"
	"ratecliff/load"
	"ratecliff/mockserver/model"
)

// refusal words the reply's refusal by its cause.
func (s *Server) refusal(x *exchange) string {
	p := &x.reply
	if p.Bare {
		return "Error"
	}
	r := wire.Refusal{
		Dimension: p.Response.Dimension, Limit: p.Limit, Next: p.Next,
		Organization: s.cfg.Organization, Model: x.req.Model,
		Workspace: p.Scope == model.OfWorkspace, Until: nextMonth(s.base.Wall(x.now)),
	}
	switch p.Cause {
	case model.DailyTokens:
		r.Cause = wire.DailyTokens
	case model.SpendCap:
		r.Dimension = load.Spend
	case model.SpendLimit:
		r.Cause = wire.OwnSpend
	case model.BatchQueue:
		r.Cause = wire.BatchQueue
	case model.BatchSize:
		r.Cause = wire.BatchSize
	case model.ByDimension:
	}
	return string(r.AppendMessage(x.out[:0]))
}
