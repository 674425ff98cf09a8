package model

import (
	"time"

	"ratecliff/load"
	"ratecliff/ratelimit"
)

// Level is the truth about one bucket, which no header tells.
type Level struct {
	Key       int    // API key that owns the bucket; 0 where all share it
	Scope     Scope  // whose bucket it is
	Name      string // of the workspace or the key; "" for an organisation
	Pool      string // name of the pool
	Dimension load.Dimension
	Limit     ratelimit.PerMinute
	Capacity  int64         // tokens or requests
	Units     int64         // exact level in units of 1/60e9 token; negative in debt
	FullAt    time.Duration // instant at which it is full if nothing more is taken
	Spilled   uint64        // what came in while it was full and was lost, in thousandths of a token
}

// Tokens is the level in tokens (or requests), rounded to a float.
func (l *Level) Tokens() float64 { return float64(l.Units) / float64(ratelimit.Unit) }

// Levels returns the state of every bucket that exists at the instant now:
// holder by holder (the organisation, workspaces and keys by name, then keys in
// the order of their first request), pool by pool, requests, input, output. Of a
// limit that is no bucket the level is what still fits, in whole tokens. now obeys the rule of [Model.Handle].
func (m *Model) Levels(now time.Duration) []Level { return m.AppendLevels(nil, now) }

// AppendLevels appends what [Model.Levels] returns to dst.
func (m *Model) AppendLevels(dst []Level, now time.Duration) []Level {
	m.advance(now)
	for _, h := range m.holders {
		for i := range h.sets {
			h.sets[i].Advance(m.now)
			dst = h.appendSet(dst, i)
		}
	}
	return dst
}

func (h *holder) appendSet(dst []Level, pool int) []Level {
	set, limits := &h.sets[pool], &h.limits[pool]
	var said load.LimitStatuses
	set.Status(&said)
	capacities := [...]int64{limits.Burst.Requests, limits.Burst.Input, limits.Burst.Output}
	for d := load.RPM; d <= load.OTPM; d++ {
		s := said.At(d)
		if !s.Known {
			continue
		}
		l := Level{
			Key: h.key, Scope: h.scope, Name: h.name, Pool: limits.Name, Dimension: d, Limit: ratelimit.PerMinute(s.Limit),
			Capacity: capacities[d-load.RPM], Units: s.Remaining * ratelimit.Unit, FullAt: s.Reset,
		}
		if b := set.Bucket(d); b != nil {
			l.Units, l.Spilled = b.Units(), b.Spilled()
		}
		dst = append(dst, l)
	}
	return dst
}

// InFlight is how many answers are in progress at the instant now, over all
// keys. now obeys the rule of [Model.Handle].
func (m *Model) InFlight(now time.Duration) int {
	m.advance(now)
	n := 0
	for _, h := range m.holders {
		if h.scope == OfOrganization {
			n += h.inFlight
		}
	}
	return n
}
