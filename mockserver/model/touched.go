package model

import "time"

// AppendLevelsOf appends the state of every bucket that a request meets, in the
// order of [Model.Levels]; nothing for a model that no pool has. now obeys the
// rule of [Model.Handle].
func (m *Model) AppendLevelsOf(dst []Level, now time.Duration, req *Request) []Level {
	m.advance(now)
	pool := m.poolOf(req.Model)
	if pool < 0 {
		return dst
	}
	org := m.orgs[m.organisationOf(req.Key)]
	set := &org.sets[pool]
	set.Advance(m.now)
	return appendSet(dst, org.key, m.pools[pool].Name, set)
}
