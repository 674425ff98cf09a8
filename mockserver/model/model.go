package model

import (
	"strings"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver/model/fault"
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
	pools   []PoolLimits     // of messages
	all     []PoolLimits     // those and the special ones behind them
	sides   []side           // by pool; nil when no pool has special ones
	count   int32            // pool of token counting
	batch   int32            // pool of the batch endpoints
	holders []*holder        // the first organisation belongs to key 0, or to all
	keys    map[int]int32    // API key to organisation, where keys share nothing
	tenants *tenants         // nil where there are no workspaces and no key limits
	guarded bool             // something else than the per-minute limits can refuse
	queued  int64            // batched requests that wait
	names   map[string]int32 // model name to pool, -1 for none
	name    string           // last name asked for
	pool    int32            // its pool
	prices  *prices          // nil where money plays no part
	noise   noise
	kept    map[prefix]time.Duration // prompt prefixes, when last used
	chance  *load.Chance
	now     time.Duration
	agenda  events
	slots   []slot
	free    []int32
	faults  *fault.Injector // nil where nothing goes wrong
	effect  *fault.Effect   // of the request under decision
	rule    string          // which asks for it
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
		names: map[string]int32{}, kept: map[prefix]time.Duration{}, pool: -1, chance: load.NewChance(),
	}
	if err := m.setUp(); err != nil {
		return nil, err
	}
	if err := m.SetFaults(cfg.Faults); err != nil {
		return nil, err
	}
	return m, nil
}

// setUp makes what the configuration asks for.
func (m *Model) setUp() error {
	if err := m.addSpecialPools(); err != nil {
		return err
	}
	m.addPrices()
	m.addOrganisation(0)
	m.settleTenants()
	m.guarded = m.cfg.Concurrency > 0 || m.cfg.Acceleration.Start > 0 || m.cfg.TokensPerDay > 0 || m.prices != nil
	for _, h := range m.holders {
		m.guarded = m.guarded || h.most > 0
	}
	for _, l := range m.cfg.KeyLimits {
		m.guarded = m.guarded || l.Concurrency > 0
	}
	return nil
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
// Resets are exact instants: the wire cuts them to seconds. With a prompt cache,
// what req would read from it and is not there becomes a write in req itself.
func (m *Model) Handle(now time.Duration, req *Request, reply *Reply) {
	m.advance(now)
	*reply = Reply{}
	if req.Endpoint != Messages {
		m.handleSide(req, reply)
		return
	}
	if m.faults != nil && m.strike(req, reply) {
		return
	}
	pool := m.poolOf(req.Model)
	if pool < 0 {
		m.fail(req, reply, load.Response{Outcome: load.Failed, Status: 404, ErrorType: "not_found_error"})
		return
	}
	m.readCache(req, pool)
	var c chain
	m.chainOf(req, pool, &c, reply)
	asked := cost{Cost: m.costOf(req, pool)}
	if m.guarded && !m.guard(req, pool, &c, &asked, reply) {
		return
	}
	m.commit(req, pool, &c, &asked, reply)
	var v verdict
	m.take(&c, &asked, &v, reply)
	if !v.Allowed {
		m.refuse(req, &c, &asked, &v, reply)
		return
	}
	if m.effect != nil && m.failAdmitted(req, &c, &asked, reply) {
		return
	}
	m.writeCache(req, pool)
	m.admit(req, pool, &c, &asked, reply)
}

// costOf is what a request asks for at admission.
func (m *Model) costOf(req *Request, pool int32) ratelimit.Cost {
	c := ratelimit.Cost{Requests: 1, Input: m.estimated(req, m.input(req, pool))}
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

// input is how many input tokens of a request count.
func (m *Model) input(req *Request, pool int32) int64 {
	n := max(req.Tokens.Metered(), 0)
	if m.pools[pool].CacheReadsCount {
		n += max(req.Tokens.CacheRead, 0)
	}
	return n
}

// estimated is the input as it is guessed at admission.
func (m *Model) estimated(req *Request, input int64) int64 {
	e := &m.cfg.Estimate
	if e.Bias == 0 && e.Error == 0 {
		return input
	}
	factor := 1 + e.Bias
	if e.Error > 0 {
		factor += e.Error * (2*m.aim(req, ofEstimate).Float64() - 1)
	}
	return int64(max(float64(input)*factor, 0) + 0.5)
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
		i = m.addOrganisation(key)
		m.keys[key] = i
	}
	return i
}
