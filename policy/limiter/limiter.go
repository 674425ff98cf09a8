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
	reserved  []int64 // by slot: output tokens reserved
}

type poolKey struct {
	name string
	key  int
}

// pool is one set of buckets and what is known of its calls.
type pool struct {
	requests, input, output bucket
	mean                    float64 // of output tokens; negative until a first one is known
}

// New builds a limiter with full buckets from a valid configuration (see
// [Config.Validate]). published may be nil when nothing is known of the server:
// then each model is its own pool and Share limits nothing.
func New(cfg Config, published Published) *Limiter {
	if published == nil {
		published = func(model string) (string, Limits) { return model, Limits{} }
	}
	return &Limiter{cfg: cfg, published: published, pools: make(map[poolKey]*pool), byModel: make(map[poolKey]*pool)}
}

// Ready grants when every bucket holds what the call needs; else it names the
// bucket that is last to. A call that needs more than a bucket can hold is
// refused, for it would wait for ever.
func (l *Limiter) Ready(now time.Duration, c *load.Call) load.Permit {
	p := l.pool(c)
	input, output := c.Tokens.Metered(), l.estimate(p, c)
	if p.input.lim != nil && input > p.input.holds {
		return load.Permit{State: load.Refused, By: "limiter.itpm"}
	}
	if p.output.lim != nil && output > p.output.holds {
		return load.Permit{State: load.Refused, By: "limiter.otpm"}
	}
	// A bucket in debt admits nothing, not even what costs it nothing.
	worst, by := p.requests.wait(now, 1), "limiter.rpm"
	if w := p.input.wait(now, max(input, 1)); w > worst {
		worst, by = w, "limiter.itpm"
	}
	if w := p.output.wait(now, max(output, 1)); w > worst {
		worst, by = w, "limiter.otpm"
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
	p := l.pool(c)
	output := l.estimate(p, c)
	p.requests.charge(now, 1)
	p.input.charge(now, c.Tokens.Metered())
	p.output.charge(now, output)
	*l.reservation(c) = output
}

// Done settles what was charged with what the attempt used. A refused request
// used no tokens. A broken answer is charged what is known of its usage; with
// nothing known the charge stays (strategies.md §A9).
func (l *Limiter) Done(now time.Duration, c *load.Call, a *load.Attempt) {
	p, r := l.pool(c), &a.Response
	input, output := c.Tokens.Metered(), *l.reservation(c)
	switch {
	case r.Outcome == load.OK:
		p.input.settle(now, input, r.Usage.Metered())
		p.output.settle(now, output, r.Usage.Output)
		l.learn(p, c, r.Usage.Output)
	case r.Status >= 400:
		p.input.refund(now, input)
		p.output.refund(now, output)
		if l.cfg.RefundRefused {
			p.requests.refund(now, 1)
		}
	case r.Usage != (load.Tokens{}):
		p.input.settle(now, input, r.Usage.Metered())
		p.output.settle(now, output, r.Usage.Output)
	}
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

// The weight of the old mean and of a new output in it (strategies.md §A9).
const (
	oldWeight = 0.9
	newWeight = 0.1
)

// estimate is what is reserved for the output of c. A mean is a guess: it must
// not keep out for ever what may well fit, so it is cut to the bucket.
func (l *Limiter) estimate(p *pool, c *load.Call) int64 {
	switch {
	case p.output.lim == nil || l.cfg.Output == NoOutput:
		return 0
	case l.cfg.Output != Mean:
		return c.MaxTokens
	}
	mean := p.mean
	if mean < 0 {
		mean = l.start(c)
	}
	return min(int64(mean+0.5), c.MaxTokens, p.output.holds)
}

// start is the mean before anything is known.
func (l *Limiter) start(c *load.Call) float64 {
	if l.cfg.MeanStart > 0 {
		return float64(l.cfg.MeanStart)
	}
	return float64(c.MaxTokens)
}

// learn moves the mean towards an output.
func (l *Limiter) learn(p *pool, c *load.Call, output int64) {
	if l.cfg.Output != Mean {
		return
	}
	if p.mean < 0 {
		p.mean = l.start(c)
	}
	p.mean = oldWeight*p.mean + newWeight*float64(output)
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
	p := &pool{requests: newBucket(s.requests), input: newBucket(s.input), output: newBucket(s.output), mean: -1}
	l.pools[k] = p
	return p
}

// reservation is where the output reserved for c is kept.
func (l *Limiter) reservation(c *load.Call) *int64 {
	for int(c.Slot) >= len(l.reserved) {
		l.reserved = append(l.reserved, 0)
	}
	return &l.reserved[c.Slot]
}
