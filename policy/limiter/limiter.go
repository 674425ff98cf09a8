package limiter

import (
	"time"

	"ratecliff/load"
)

// Limiter is a set of token buckets for each model pool. All buckets of a set
// admit a call together or not at all.
type Limiter struct {
	cfg       Config
	published Published
	pools     map[poolKey]*pool
	byModel   map[poolKey]*pool // the same pools, by model asked
	last      poolKey           // of the last call, and its pool: runs of calls ask the same model
	lastPool  *pool
	grants    load.BySlot[grant]
	tracks    bool // calls in flight are known
}

// grant is what is kept of a call while it is in flight.
type grant struct {
	output int64 // tokens reserved
	// Where calls in flight are tracked: the pool it went to and its place there.
	pool  *pool
	place int
	// Of kept rates: by which it was lent, one bit each.
	lent uint8
}

type poolKey struct {
	name string
	key  int
}

// pool is one set of buckets and what is known of its calls.
type pool struct {
	requests, input, output bucket
	kinds                   []memory // of outputs
	flown                   []flown  // calls in flight, in no order, where they are tracked
	reserve                 pooled
	rates                   []classRate // reserved rates, most urgent class first
	// Sums of what was sent and not refused, and of outputs that ended.
	requestsSent, inputSent, outputDone int64
	boarded                             uint64 // calls tracked so far
}

// New builds a limiter with full buckets from a valid configuration (see
// [Config.Validate]). published may be nil when nothing is known of the server:
// then each model is its own pool and Share limits nothing.
func New(cfg Config, published Published) *Limiter {
	if published == nil {
		published = func(model string) (string, Limits) { return model, Limits{} }
	}
	cfg = cfg.resolve()
	o := cfg.Output
	return &Limiter{
		cfg: cfg, published: published, pools: make(map[poolKey]*pool), byModel: make(map[poolKey]*pool),
		tracks: cfg.Resync || o == Pooled || o == Survival || o == Flow,
	}
}

// Ready grants when every bucket holds what the call needs; else it names the
// bucket that is last to. A call that needs more than a bucket can hold is
// refused, for it would wait for ever.
func (l *Limiter) Ready(now time.Duration, c *load.Call) load.Permit {
	p := l.pool(c)
	theta := l.cfg.Reserve.of(c.Priority)
	input, output := c.Tokens.Metered(), l.estimate(p, c)
	if p.input.lim != nil && input > p.input.holds {
		return load.Permit{State: load.Refused, By: "limiter.itpm"}
	}
	if p.output.lim != nil && output > p.output.holds {
		return load.Permit{State: load.Refused, By: "limiter.otpm"}
	}
	// A bucket in debt admits nothing, not even what costs it nothing.
	worst, by := p.requests.wait(now, p.requests.needs(1, theta)), "limiter.rpm"
	if w := p.input.wait(now, p.input.needs(max(input, 1), theta)); w > worst {
		worst, by = w, "limiter.itpm"
	}
	if w := l.outputWait(now, p, c, output, theta); w > worst {
		worst, by = w, "limiter.otpm"
	}
	if w := p.rateWait(now, c.Priority, cost{1, input, max(output, 1)}); w > worst {
		worst, by = w, "limiter.reserve_rate"
	}
	if at := l.looks(now+min(max(worst, 0), load.Never-now), c); at > now {
		return l.until(now, at, by, c)
	}
	return load.Permit{}
}

// looks is the first instant from at on at which a waiting call looks.
func (l *Limiter) looks(at time.Duration, c *load.Call) time.Duration {
	if l.cfg.Poll <= 0 || at == load.Never {
		return at
	}
	if phase := (at - c.Ready) % l.cfg.Poll; phase > 0 {
		at += l.cfg.Poll - phase
	}
	return at
}

// until lets a call wait, as long as it will.
func (l *Limiter) until(now, at time.Duration, by string, c *load.Call) load.Permit {
	if l.cfg.Timeout > 0 {
		if now-c.Ready >= l.cfg.Timeout {
			return load.Permit{State: load.Refused, By: "limiter.timeout"}
		}
		at = min(at, c.Ready+l.cfg.Timeout)
	}
	return load.Permit{State: load.WaitUntil, At: at, By: by}
}

// Take charges the request, its input and the estimate of its output.
func (l *Limiter) Take(now time.Duration, c *load.Call) {
	p, b := l.pool(c), l.grant(c)
	output := l.estimate(p, c)
	p.requests.charge(now, 1)
	p.input.charge(now, c.Tokens.Metered())
	p.output.charge(now, output)
	b.output = output
	if len(p.rates) > 0 {
		b.lent = p.rateTake(now, c.Priority, cost{1, c.Tokens.Metered(), output})
	}
	if l.tracks {
		l.board(now, p, c, b)
	}
}

// Done settles what was charged with what the attempt used. A refused request
// used no tokens. A broken answer is charged what is known of its usage; with
// nothing known the charge stays. This is ours.
func (l *Limiter) Done(now time.Duration, c *load.Call, a *load.Attempt) {
	p, r, b := l.pool(c), &a.Response, l.grant(c)
	var f flown
	if l.tracks {
		p = b.pool
		f = l.leave(now, b)
	}
	input := c.Tokens.Metered()
	charged, used := cost{1, input, b.output}, cost{1, input, b.output}
	switch {
	case r.Outcome == load.OK:
		used = cost{1, r.Usage.Metered(), r.Usage.Output}
		l.learn(p, c, a)
	case r.Status >= 400:
		used = cost{1, 0, 0}
		if l.cfg.RefundRefused {
			used.requests = 0
		}
		if l.cfg.Resync {
			p.forget(&f, charged, used)
		}
	case r.Usage != (load.Tokens{}):
		used = cost{1, r.Usage.Metered(), r.Usage.Output}
	default: // its part of a pooled reserve may be more than it can have used
		used.output = min(used.output, c.MaxTokens)
	}
	p.settle(now, charged, used)
	if len(p.rates) > 0 {
		p.rateSettle(now, c.Priority, b.lent, charged, used)
	}
	p.outputDone += used.output
	if l.cfg.Resync {
		l.resync(now, p, a, &f)
	}
}

// cost is what a call takes of each bucket.
type cost struct{ requests, input, output int64 }

// settle replaces a charge by what was used.
func (p *pool) settle(now time.Duration, charged, used cost) {
	p.requests.settle(now, charged.requests, used.requests)
	p.input.settle(now, charged.input, used.input)
	p.output.settle(now, charged.output, used.output)
}

// Level is what the buckets of a model and key hold at an instant, negative in
// debt; 0 where there is no limit.
func (l *Limiter) Level(now time.Duration, model string, key int) (requests, input, output float64) {
	p := l.poolOf(poolKey{model, l.keyOf(key)})
	one := func(b *bucket) float64 {
		if b.lim == nil {
			return 0
		}
		return b.level(now)
	}
	return one(&p.requests), one(&p.input), one(&p.output)
}

// pool is the set of buckets c draws from: of the model it is sent to, before
// that is settled of the model it asks for.
func (l *Limiter) pool(c *load.Call) *pool {
	model := c.Target.Model
	if model == "" {
		model = c.Model
	}
	return l.poolOf(poolKey{model, l.keyOf(c.Target.Key)})
}

func (l *Limiter) keyOf(key int) int {
	if !l.cfg.PerKey {
		return 0
	}
	return key
}

func (l *Limiter) poolOf(k poolKey) *pool {
	if l.lastPool != nil && k == l.last {
		return l.lastPool
	}
	p := l.byModel[k]
	if p == nil {
		p = l.open(k)
		l.byModel[k] = p
	}
	l.last, l.lastPool = k, p
	return p
}

// open finds or makes the pool of a model not met before.
func (l *Limiter) open(k poolKey) *pool {
	name, limits := l.published(k.name)
	k.name = name
	if p := l.pools[k]; p != nil {
		return p
	}
	s := l.cfg.sizes(limits)
	p := &pool{requests: newBucket(s.requests), input: newBucket(s.input), output: newBucket(s.output)}
	p.rates = l.cfg.ReserveRate.rates(s)
	l.pools[k] = p
	return p
}

// grant is where what is kept of c stands.
func (l *Limiter) grant(c *load.Call) *grant { return l.grants.At(c) }
