package limiter

import "ratecliff/load"

// The weight of the old mean and of a new output in it; ours.
const (
	oldWeight = 0.9
	newWeight = 0.1
)

// defaultQuantile is c_under/(c_under + c_over) where too little is four times as
// dear as too much, which is ours, as is defaultZ.
const (
	defaultQuantile = 0.8
	defaultZ        = 2
)

// estimate is what is reserved in the output bucket for c. All but max_tokens are
// guesses: they must not keep out for ever what may well fit, so they are cut to
// the bucket.
func (l *Limiter) estimate(p *pool, c *load.Call) int64 {
	if p.output.lim == nil {
		return 0
	}
	switch l.cfg.Output {
	case NoOutput, Survival, Flow: // these charge what has come
		return 0
	case Mean:
		m := p.kind(l.kindOf(c))
		mean := m.moving
		if !m.started {
			mean = l.start(c)
		}
		return min(int64(mean+0.5), c.MaxTokens, p.output.holds)
	case Quantile:
		return min(l.quantile(p.kind(l.kindOf(c)), c), c.MaxTokens, p.output.holds)
	case Pooled:
		return p.more(l.one(p.kind(l.kindOf(c)), c), l.cfg.Z)
	}
	return c.MaxTokens
}

// start is the estimate before anything is known.
func (l *Limiter) start(c *load.Call) float64 {
	if l.cfg.MeanStart > 0 {
		return float64(l.cfg.MeanStart)
	}
	return float64(c.MaxTokens)
}

func (l *Limiter) quantile(m *memory, c *load.Call) int64 {
	if len(m.last) == 0 {
		return int64(l.start(c))
	}
	return m.quantile(l.cfg.Quantile)
}

// one is what a call adds to the sum of those in flight.
func (l *Limiter) one(m *memory, c *load.Call) share {
	s := share{mean: min(l.start(c), float64(c.MaxTokens)), most: float64(c.MaxTokens)}
	if len(m.last) > 0 {
		// What lies between 0 and max_tokens deviates by half of that at most.
		s.mean, s.variance = min(m.mean, s.most), min(m.variance, s.most*s.most/4)
	}
	return s
}

// learn takes in what an answer used.
func (l *Limiter) learn(p *pool, c *load.Call, a *load.Attempt) {
	output := a.Response.Usage.Output
	switch l.cfg.Output {
	case Mean:
		m := p.kind(l.kindOf(c))
		if !m.started {
			m.moving, m.started = l.start(c), true
		}
		m.moving = oldWeight*m.moving + newWeight*float64(output)
	case Quantile, Pooled:
		p.kind(l.kindOf(c)).add(output)
	case Survival, Flow:
		m := p.kind(l.kindOf(c))
		m.add(output)
		m.pace(a)
	}
}

// kindOf is the place of the memory of calls like c.
func (l *Limiter) kindOf(c *load.Call) int {
	if l.cfg.LearnBy == ByPool {
		return 0
	}
	return c.Class
}

// kind is the memory at a place.
func (p *pool) kind(i int) *memory {
	for i >= len(p.kinds) {
		p.kinds = append(p.kinds, memory{})
	}
	return &p.kinds[i]
}
