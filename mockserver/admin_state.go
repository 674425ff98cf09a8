package mockserver

import (
	"ratecliff/load"
	"ratecliff/mockserver/journal"
)

// adminState is the answer of GET state.
type adminState struct {
	adminClock
	Seed     uint64       `json:"seed"`
	Compress float64      `json:"compress"`
	Open     int          `json:"open"`      // exchanges in progress
	InFlight int          `json:"in_flight"` // answers in progress, in the model's eyes
	HungUp   uint64       `json:"hung_up"`
	Retries  uint64       `json:"retries"`
	Requests []adminCount `json:"requests"`
	Tokens   load.Tokens  `json:"tokens"`
	Journal  adminLines   `json:"journal"`
	Ledger   adminLines   `json:"ledger"`
	Levels   []adminLevel `json:"levels"`
}

type adminCount struct {
	Endpoint  string           `json:"endpoint"`
	Decision  journal.Decision `json:"decision"`
	Dimension string           `json:"dimension,omitempty"`
	Status    int              `json:"status"`
	N         uint64           `json:"n"`
}

type adminLines struct {
	Lines   uint64 `json:"lines"`
	Dropped uint64 `json:"dropped"`
}

type adminLevel struct {
	Scope     string  `json:"scope,omitempty"` // "" for the organisation
	Owner     string  `json:"owner,omitempty"`
	Key       int     `json:"key"`
	Pool      string  `json:"pool"`
	Dimension string  `json:"dimension"`
	Limit     int64   `json:"limit"`
	Capacity  int64   `json:"capacity"`
	Level     float64 `json:"level"`
	FullAtNS  int64   `json:"full_at_ns"`
}

func (s *Server) state() adminState {
	st := s.Stats()
	out := adminState{
		adminClock: s.clockState(), Seed: s.cfg.Seed, Compress: s.cfg.Compress,
		Open: st.Open, InFlight: st.InFlight, HungUp: st.HungUp, Retries: st.Retries, Tokens: st.Tokens,
		Journal: adminLines{st.JournalLines, st.JournalDropped}, Ledger: adminLines{st.LedgerLines, st.LedgerDropped},
		Requests: make([]adminCount, 0, len(st.Requests)), Levels: make([]adminLevel, 0, len(st.Levels)),
	}
	for _, c := range st.Requests {
		out.Requests = append(out.Requests, adminCount(c))
	}
	for i := range st.Levels {
		l := &st.Levels[i]
		out.Levels = append(out.Levels, adminLevel{
			Scope: scopeOf(l.Scope), Owner: ownerOf(l.Scope, l.Name), Key: l.Key, Pool: l.Pool, Dimension: l.Dimension.String(), Limit: int64(l.Limit),
			Capacity: l.Capacity, Level: l.Tokens(), FullAtNS: int64(l.FullAt),
		})
	}
	return out
}
