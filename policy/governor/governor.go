package governor

import (
	"math"
	"time"

	"ratecliff/load"
)

// Governor finds the rate to send at, model by model.
type Governor struct {
	cfg    Config
	pools  map[poolKey]*pool
	recent poolKey // of the last call, and its pool: runs of calls ask the same model
	pool   *pool
	notes  []*note // by slot
}

type poolKey struct {
	model string
	key   int
}

// pool is what is known of one model: its rate, and its mean output.
type pool struct {
	controller
	output  float64 // mean; negative until one is known
	reserve bool    // the server wants room for all of max_tokens
}

// controller is a formula at work.
type controller interface {
	// ready is from when on a call of some cost may go; [load.Never] waits for an
	// answer. It changes nothing.
	ready(now time.Duration, c cost) time.Duration
	// take sends a call, whose cost stands in n.
	take(now time.Duration, n *note)
	// done is told of the answer to it.
	done(now time.Duration, n *note, r *load.Response)
}

// dimensions are requests, input tokens and output tokens, in this order.
const dimensions = 3

// cost is what a call takes of each dimension.
type cost [dimensions]float64

// note is what is remembered of a call under way.
type note struct {
	cost cost // reserved
	sent time.Duration
	used [dimensions]bool // the rate was in use when the call went: none of it was lost
	told view             // for headers
	all  bool             // the output reserved is all of max_tokens, for the server reserves so
}

// New builds a governor from a valid configuration (see [Config.Validate]).
func New(cfg Config) *Governor {
	return &Governor{cfg: cfg.complete(), pools: make(map[poolKey]*pool)}
}

// Ready grants when the rate has room for c, and else says when it will have.
func (g *Governor) Ready(now time.Duration, c *load.Call) load.Permit {
	p := g.of(c)
	switch at := p.ready(now, p.cost(c)); {
	case at <= now:
		return load.Permit{}
	case at == load.Never:
		return load.Permit{State: load.WaitEvent, By: "governor"}
	default:
		return load.Permit{State: load.WaitUntil, At: at, By: "governor"}
	}
}

// Take sends c.
func (g *Governor) Take(now time.Duration, c *load.Call) {
	p := g.of(c)
	for int(c.Slot) >= len(g.notes) {
		g.notes = append(g.notes, &note{})
	}
	n := g.notes[c.Slot]
	*n = note{cost: p.cost(c), sent: now, all: p.reserve}
	p.take(now, n)
}

// Done learns from an answer.
func (g *Governor) Done(now time.Duration, c *load.Call, a *load.Attempt) {
	p := g.of(c)
	n, r := g.notes[c.Slot], &a.Response
	p.done(now, n, r)
	switch {
	case r.Outcome == load.OK:
		p.learn(float64(r.Usage.Output))
	case r.Outcome == load.Throttled && r.Dimension == load.OTPM && r.Limits.At(load.OTPM).Known:
		p.reserve = p.reserve || float64(r.Limits.At(load.OTPM).Remaining) > n.cost[2]+reserveSlack
	}
}

// reserveSlack is by how much a server's remaining output tokens may be rounded
// up. One that refuses a call for its output although more than the mean was left
// reserves max_tokens, as older copies of the rate limit documentation say.
const reserveSlack = 500

// The weight of the old mean and of a new value in it; ours.
const (
	oldWeight = 0.9
	newWeight = 0.1
)

// cost is what c is taken to need. What it produces is the future.
func (p *pool) cost(c *load.Call) cost {
	output := float64(c.MaxTokens)
	if p.output >= 0 && !p.reserve {
		output = min(p.output, output)
	}
	return cost{1, float64(c.Tokens.Metered()), output}
}

func (p *pool) learn(output float64) {
	if p.output < 0 {
		p.output = output
		return
	}
	p.output = oldWeight*p.output + newWeight*output
}

// of is the pool of the model c is sent to, before that is settled of the model
// it asks for.
func (g *Governor) of(c *load.Call) *pool {
	k := poolKey{}
	if g.cfg.Kind != Pause {
		k.model = c.Target.Model
		if k.model == "" {
			k.model = c.Model
		}
		if g.cfg.PerKey {
			k.key = c.Target.Key
		}
	}
	if g.pool != nil && k == g.recent {
		return g.pool
	}
	p := g.pools[k]
	if p == nil {
		p = &pool{controller: newController(&g.cfg), output: -1}
		g.pools[k] = p
	}
	g.recent, g.pool = k, p
	return p
}

func newController(cfg *Config) controller {
	switch cfg.Kind {
	case AIMD:
		return newAIMD(cfg)
	case Cubic:
		return newCubic(cfg)
	case BBR:
		return newBBR(cfg)
	case PID:
		return newPID(cfg)
	case ATB:
		return newATB(cfg)
	case Headers, HeadersAIMD:
		return newHeaders(cfg)
	default:
		return &pause{cfg: cfg}
	}
}

// blamed is the dimension a 429 is put down to: the one it names, and requests
// where it names none or one that only fewer requests help against. A spend cap
// is nobody's rate.
func blamed(r *load.Response) (d int, ok bool) {
	if r.Outcome != load.Throttled || r.Dimension == load.Spend {
		return 0, false
	}
	switch r.Dimension {
	case load.ITPM:
		return 1, true
	case load.OTPM:
		return 2, true
	}
	return 0, true
}

// longest bounds every wait: a year.
const longest = 365 * 24 * time.Hour

// after is the instant so many seconds from now, rounded up, so that the wait is
// over when it says so; what is less than a picosecond is floating point, not a
// wait.
func after(now time.Duration, seconds float64) time.Duration {
	if seconds <= 0 {
		return now
	}
	return now + time.Duration(min(math.Ceil(seconds*1e9-1e-3), float64(longest)))
}
