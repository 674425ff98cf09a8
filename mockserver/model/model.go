package model

import (
	"strings"
	"time"

	"ratecliff/load"
	"ratecliff/ratelimit"
)

// maxNames bounds how many model names are remembered, so that a client that
// invents names costs time, not memory.
const maxNames = 4096

// Model is the service: buckets, answers in progress and the draw of their
// lengths in time. It belongs to one goroutine.
type Model struct {
	cfg     Config // with defaults
	promise time.Duration
	seed    uint64
	pools   []PoolLimits
	orgs    []*organisation  // the first belongs to key 0, or to all
	keys    map[int]int32    // API key to organisation, where keys share nothing
	names   map[string]int32 // model name to pool, -1 for none
	name    string           // last name asked for
	pool    int32            // its pool
	chance  *load.Chance
	now     time.Duration
	agenda  events
	slots   []slot
	free    []int32
}

// organisation is what shares limits: one set of buckets per pool.
type organisation struct {
	key      int // the API key that owns it; 0 where all share it
	sets     []ratelimit.Set
	inFlight int
}

// New builds the service. Everything wrong with the configuration is reported
// at once as a [*ConfigError]. seed decides the latencies, together with each
// request's identity.
func New(cfg Config, seed uint64) (*Model, error) {
	if problems := cfg.Validate(); len(problems) > 0 {
		return nil, &ConfigError{Problems: problems}
	}
	limits, err := cfg.Limits()
	if err != nil {
		return nil, err
	}
	cfg = cfg.WithDefaults()
	kind, fixed, err := cfg.RetryAfter.parse()
	if err != nil {
		return nil, err
	}
	cfg.RetryAfter = kind
	cfg.Latency = cfg.Latency.quick()
	m := &Model{
		cfg: cfg, promise: fixed, seed: seed, pools: limits, keys: map[int]int32{},
		names: map[string]int32{}, pool: -1, chance: load.NewChance(),
	}
	m.orgs = append(m.orgs, m.newOrganisation(0))
	return m, nil
}

// Pools is what the service enforces, in the order of the configuration. The
// caller must not change it.
func (m *Model) Pools() []PoolLimits { return m.pools }

// Handle answers one request: it decides at now, charges, and writes the answer
// with its timeline into reply. now must not be less than in an earlier call; a
// lesser one is taken as the latest seen. It does not allocate, except when it
// meets more requests in flight, keys or model names than ever before.
//
// An answer's Limits are those right after the decision, for streams and plain
// answers alike. (Recorded plain answers show the token limits of completion
// instead; what others will have taken until then is not known at admission.)
// Resets are exact instants: the wire cuts them to seconds.
func (m *Model) Handle(now time.Duration, req *Request, reply *Reply) {
	m.advance(now)
	*reply = Reply{}
	pool := m.poolOf(req.Model)
	if pool < 0 {
		m.fail(req, reply, load.Response{Outcome: load.Failed, Status: 404, ErrorType: "not_found_error"})
		return
	}
	index := m.organisationOf(req.Key)
	org := m.orgs[index]
	cost := m.costOf(req, pool)
	set := &org.sets[pool]
	if m.cfg.Concurrency > 0 && org.inFlight >= m.cfg.Concurrency {
		m.refuseConnection(req, set, pool, reply)
		return
	}
	decision := set.Take(m.now, cost)
	if !decision.Allowed {
		m.refuse(req, set, &refusal{pool, cost, decision}, reply)
		return
	}
	m.limits(pool, &decision.Status, &reply.Response.Limits)
	m.admit(req, place{org: index, pool: pool, reserved: cost.Output}, reply)
}

// costOf is what a request asks for at admission.
func (m *Model) costOf(req *Request, pool int32) ratelimit.Cost {
	c := ratelimit.Cost{Requests: 1, Input: max(req.Tokens.Metered(), 0)}
	if m.pools[pool].CacheReadsCount {
		c.Input += max(req.Tokens.CacheRead, 0)
	}
	if m.cfg.Output == Reserve {
		c.Output = max(req.MaxTokens, 0)
		if c.Output == 0 {
			c.Output = produced(req)
		}
		return c
	}
	c.SomeOutput = true
	return c
}

// produced is how much output a request will get: what it wants, cut to
// max_tokens where that is given.
func produced(req *Request) int64 {
	n := max(req.Tokens.Output, 0)
	if req.MaxTokens > 0 {
		n = min(n, req.MaxTokens)
	}
	return n
}

func (m *Model) poolOf(model string) int32 {
	if model == m.name && m.pool >= 0 {
		return m.pool
	}
	pool, known := m.names[model]
	if !known {
		pool = -1
		if i, ok := PoolOf(m.pools, model); ok {
			pool = int32(i)
		}
		model = strings.Clone(model)
		if len(m.names) < maxNames {
			m.names[model] = pool
		}
	}
	if pool >= 0 {
		m.name, m.pool = model, pool
	}
	return pool
}

// organisationOf is the index of the organisation an API key belongs to. A key
// seen for the first time, where keys share nothing, gets its own buckets, filled to the start level.
func (m *Model) organisationOf(key int) int32 {
	if *m.cfg.KeysShareBucket || key == 0 {
		return 0
	}
	i, known := m.keys[key]
	if !known {
		i = int32(len(m.orgs))
		m.keys[key] = i
		m.orgs = append(m.orgs, m.newOrganisation(key))
	}
	return i
}

func (m *Model) newOrganisation(key int) *organisation {
	org := &organisation{key: key, sets: make([]ratelimit.Set, len(m.pools))}
	for i, p := range m.pools {
		limits := ratelimit.Limits{RPM: p.RPM, ITPM: p.ITPM, OTPM: p.OTPM, Burst: p.Burst}
		org.sets[i] = ratelimit.NewSet(limits, *m.cfg.StartLevel)
		org.sets[i].Advance(m.now)
	}
	return org
}
