package model

import "time"

// PromptCache makes the service keep prompt prefixes itself, instead of believing
// that what a request says it reads is there.
type PromptCache struct {
	// TTL is how long a prefix is kept after it was last written or read; 0 believes
	// every request. 5m is the documented default (prompt caching documentation).
	TTL time.Duration `yaml:"ttl,omitempty" json:"ttl,omitempty"`
}

// maxPrefixes bounds how many prefixes are kept.
const maxPrefixes = 1 << 20

// prefix is whose prompt is kept where: that of a session (a user of a class; of
// requests without our hints, of all of them) by an organisation, for the models
// of a pool.
type prefix struct {
	organisation int32
	pool         int32
	session      uint32
}

func prefixOf(req *Request, organisation, pool int32) prefix {
	return prefix{organisation, pool, uint32(req.ID >> 32)} // see load.ArrivalID
}

// readCache makes a write of what a request would read but is not there.
func (m *Model) readCache(req *Request, pool int32) {
	t := &req.Tokens
	if m.cfg.PromptCache.TTL == 0 || t.CacheRead <= 0 {
		return
	}
	last, kept := m.kept[prefixOf(req, m.organisationOf(req.Key), pool)]
	if kept && m.now-last <= m.cfg.PromptCache.TTL {
		return
	}
	t.CacheWrite, t.CacheRead = t.CacheWrite+t.CacheRead, 0
}

// writeCache keeps the prefix of a request that was let in.
func (m *Model) writeCache(req *Request, pool int32) {
	if m.cfg.PromptCache.TTL == 0 || req.Tokens.CacheRead+req.Tokens.CacheWrite <= 0 {
		return
	}
	if len(m.kept) >= maxPrefixes {
		m.forget()
	}
	m.kept[prefixOf(req, m.organisationOf(req.Key), pool)] = m.now
}

// forget drops the prefixes that have run out, or else all.
func (m *Model) forget() {
	for p, last := range m.kept {
		if m.now-last > m.cfg.PromptCache.TTL {
			delete(m.kept, p)
		}
	}
	if len(m.kept) >= maxPrefixes {
		clear(m.kept)
	}
}

// prefixes moves what is kept.
func (c *carrier) prefixes() {
	for p, last := range c.from.kept {
		to := prefix{c.holders[p.organisation], int32(c.pools[p.pool]), p.session}
		if to.organisation >= 0 && to.pool >= 0 {
			c.to.kept[to] = max(last, c.to.kept[to])
		}
	}
}

func (f *findings) cache(c *Config) {
	if ttl := c.PromptCache.TTL; ttl < 0 || ttl > maxLatency {
		f.addf("prompt_cache.ttl", "is %v: must be between 0 (believes every request) and %v", ttl, maxLatency)
	}
}
