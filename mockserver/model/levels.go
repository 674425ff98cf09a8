package model

import (
	"time"

	"ratecliff/load"
	"ratecliff/ratelimit"
)

// Level is the truth about one bucket, which no header tells.
type Level struct {
	Key       int    // API key that owns the bucket; 0 where all share it
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
// key by key (0 first, others in the order of their first request), pool by pool,
// requests, input, output. now obeys the rule of [Model.Handle].
func (m *Model) Levels(now time.Duration) []Level { return m.AppendLevels(nil, now) }

// AppendLevels appends what [Model.Levels] returns to dst.
func (m *Model) AppendLevels(dst []Level, now time.Duration) []Level {
	m.advance(now)
	for _, org := range m.orgs {
		for i := range org.sets {
			org.sets[i].Advance(m.now)
			dst = appendSet(dst, org.key, m.pools[i].Name, &org.sets[i])
		}
	}
	return dst
}

func appendSet(dst []Level, key int, pool string, set *ratelimit.Set) []Level {
	for d := load.RPM; d <= load.OTPM; d++ {
		b := set.Bucket(d)
		if b == nil {
			continue
		}
		dst = append(dst, Level{
			Key: key, Pool: pool, Dimension: d, Limit: b.Limit(),
			Capacity: b.Burst(), Units: b.Units(), FullAt: b.FullAt(),
			Spilled: b.Spilled(),
		})
	}
	return dst
}

// InFlight is how many answers are in progress at the instant now, over all
// keys. now obeys the rule of [Model.Handle].
func (m *Model) InFlight(now time.Duration) int {
	m.advance(now)
	n := 0
	for _, org := range m.orgs {
		n += org.inFlight
	}
	return n
}
