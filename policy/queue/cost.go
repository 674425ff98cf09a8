package queue

import (
	"time"

	"ratecliff/load"
)

// Limits are limits per minute; 0 means not limited or not known.
type Limits struct {
	RPM, ITPM, OTPM int64
}

// Published says what the server publishes for a model.
type Published func(model string) Limits

// vector is a cost by dimension: requests, input tokens, output tokens.
type vector [3]float64

// prices says what calls cost, and learns from what they did.
type prices struct {
	cfg       CostConfig
	published Published
	models    map[string]*price
	last      string // model asked last, and its price: runs of calls ask the same
	lastPrice *price
}

// price is what is known of one model.
type price struct {
	known   bool   // some limit is
	each    vector // ns of its limit that one request or token takes; 0 where none is known
	classes []past // by class
}

// past is what a class's calls did.
type past struct {
	output  float64 // moving mean of output tokens
	service float64 // moving mean of an answer's time, ns
	seen    bool
}

// The weight of the old mean and of a new value in it; ours.
const (
	oldWeight = 0.9
	newWeight = 0.1
)

// unpriced is what a token takes where no limit is known, in ns: 1,000 a second.
const unpriced = float64(time.Millisecond)

// maxCost keeps sums of costs far from where float64 counts no more single ones.
const maxCost = float64(24 * time.Hour)

func newPrices(cfg CostConfig, published Published) *prices {
	if published == nil {
		published = func(string) Limits { return Limits{} }
	}
	return &prices{cfg: cfg, published: published, models: make(map[string]*price)}
}

func (p *prices) of(model string) *price {
	if p.lastPrice != nil && model == p.last {
		return p.lastPrice
	}
	m := p.models[model]
	if m == nil {
		m = p.open(model)
		p.models[model] = m
	}
	p.last, p.lastPrice = model, m
	return m
}

func (p *prices) open(model string) *price {
	theirs := p.published(model)
	own := [3]int64{p.cfg.RPM, p.cfg.ITPM, p.cfg.OTPM}
	m := &price{}
	for d, limit := range [3]int64{theirs.RPM, theirs.ITPM, theirs.OTPM} {
		if own[d] > 0 {
			limit = own[d]
		}
		if limit > 0 {
			m.each[d], m.known = float64(time.Minute)/float64(limit), true
		}
	}
	return m
}

// needs is what c will take of each dimension, as far as can be known.
func (p *prices) needs(c *load.Call) vector {
	return vector{1, float64(c.Tokens.Metered()), p.output(c)}
}

// weighed is what c will take of each dimension that is limited, in ns of its
// limit; with no limit known, of all three as they are.
func (p *prices) weighed(c *load.Call) vector {
	needs := p.needs(c)
	if m := p.of(c.Model); m.known {
		for d := range needs {
			needs[d] *= m.each[d]
		}
	}
	return needs
}

// output is the estimate of c's output tokens.
func (p *prices) output(c *load.Call) float64 {
	most := float64(c.MaxTokens)
	if p.cfg.Output == MaxTokens {
		return most
	}
	if h := p.of(c.Model).past(c.Class); h.seen {
		return min(h.output, most)
	}
	return most
}

// cost is what so much takes of the scarcest limit, in ns, at least 1.
func (p *prices) cost(model string, needs vector) float64 {
	m := p.of(model)
	if !m.known {
		return min(max(1, (needs[1]+needs[2])*unpriced), maxCost)
	}
	worst := 1.0
	for d, n := range needs {
		worst = max(worst, n*m.each[d])
	}
	return min(worst, maxCost)
}

// service is how long an answer to c takes once it is sent, in ns; 0 before one
// was seen.
func (p *prices) service(c *load.Call) time.Duration {
	return time.Duration(p.of(c.Model).past(c.Class).service)
}

func (m *price) past(class int) *past {
	for class >= len(m.classes) {
		m.classes = append(m.classes, past{})
	}
	return &m.classes[class]
}

// learn takes in an answer, and says what it really cost; false when that is
// not known. A refused request cost nothing.
func (p *prices) learn(c *load.Call, a *load.Attempt) (float64, bool) {
	r := &a.Response
	used := vector{1, float64(r.Usage.Metered()), float64(r.Usage.Output)}
	switch {
	case r.Outcome == load.OK:
		h, took := p.of(c.Model).past(c.Class), float64(max(a.Done-a.Started, 0))
		if !h.seen {
			*h = past{output: used[2], service: took, seen: true}
		}
		h.output = oldWeight*h.output + newWeight*used[2]
		h.service = oldWeight*h.service + newWeight*took
		return p.cost(c.Model, used), true
	case r.Status >= 400:
		return 0, true
	case r.Usage != (load.Tokens{}):
		return p.cost(c.Model, used), true
	}
	return 0, false
}
