package governor

import (
	"time"

	"ratecliff/load"
)

// bucket lets through what a rate that may change allows. What costs more than
// it holds goes when it is full and leaves it in debt. The zero value is no
// bound at all.
type bucket struct {
	rate  float64 // units per second; 0 is no bound
	holds float64
	level float64
	at    time.Duration
}

// now is the level at an instant, and how much refill has been lost by then.
func (b *bucket) now(now time.Duration) (level, lost float64) {
	level = b.level + b.rate*(now-b.at).Seconds()
	if level > b.holds {
		return b.holds, level - b.holds
	}
	return level, 0
}

// advance brings the level up to date and returns the refill that was lost.
func (b *bucket) advance(now time.Duration) (lost float64) {
	b.level, lost = b.now(now)
	b.at = now
	return lost
}

// hair is the share of a cost that may be missing: floating point, not a lack.
const hair = 1e-9

// wait is how many seconds until c may go.
func (b *bucket) wait(now time.Duration, c float64) float64 {
	if b.rate <= 0 {
		return 0
	}
	need := min(c, b.holds)
	level, _ := b.now(now)
	if level >= need-need*hair {
		return 0
	}
	return (need - level) / b.rate
}

// set changes the rate from now on.
func (b *bucket) set(now time.Duration, rate float64) {
	b.advance(now)
	b.rate = rate
}

// paced are buckets by dimension, and the mean cost of a call in each. Requests
// have a rate from the start; tokens get one when a 429 first names them.
type paced struct {
	cfg    *Config
	bucket [dimensions]bucket
	mean   cost
}

func newPaced(cfg *Config) paced {
	p := paced{cfg: cfg}
	p.bucket[0] = bucket{rate: float64(cfg.Start), holds: cfg.Burst, level: cfg.Burst}
	return p
}

func (p *paced) ready(now time.Duration, c cost) time.Duration {
	longest := 0.0
	for d := range p.bucket {
		longest = max(longest, p.bucket[d].wait(now, c[d]))
	}
	return after(now, longest)
}

// take charges every bucket, and notes which rates were in use: of which less
// than half a call's worth was lost since the last one. Only a rate in use may
// grow (as in RFC 7661 for congestion windows).
func (p *paced) take(now time.Duration, n *note) {
	for d := range p.bucket {
		if p.mean[d] == 0 {
			p.mean[d] = n.cost[d]
		}
		p.mean[d] = oldWeight*p.mean[d] + newWeight*n.cost[d]
		b := &p.bucket[d]
		if b.rate <= 0 {
			continue
		}
		if d > 0 {
			b.holds = max(p.cfg.Burst*p.mean[d], 1)
		}
		n.used[d] = b.advance(now) < n.cost[d]/2
		b.level -= n.cost[d]
	}
}

// settle puts right what a success really cost.
func (p *paced) settle(n *note, r *load.Response) {
	if r.Outcome == load.OK {
		p.bucket[1].level += n.cost[1] - float64(r.Usage.Metered())
		p.bucket[2].level += n.cost[2] - float64(r.Usage.Output)
	}
}

// open gives a dimension without a bound one, with an empty bucket.
func (p *paced) open(now time.Duration, d int, rate float64) {
	p.bucket[d] = bucket{rate: rate, holds: max(p.cfg.Burst*p.mean[d], 1), at: now}
}

// bounded keeps a rate of dimension d between the lowest and the highest.
func (p *paced) bounded(d int, rate float64) float64 {
	unit := p.unit(d)
	return min(max(rate, float64(p.cfg.Min)*unit), float64(p.cfg.Max)*unit)
}

// unit is what a mean call costs: rates of tokens are rates of calls times it.
func (p *paced) unit(d int) float64 {
	if d == 0 {
		return 1
	}
	return max(p.mean[d], 1)
}
