package limiter

import (
	"math"
	"time"

	"ratecliff/load"
)

// ReserveRateConfig keeps a part h of every rate for calls more urgent than a
// class. The class, and what is less urgent, has buckets of its own at (1 − h)·r,
// which hold 2·B, and passes those of all as well. All 0 keeps nothing.
//
// This reserves where the bucket holds a second's worth or a single request, and
// [ReserveConfig] has no effect (borrowing as in link sharing,
// Floyd and Jacobson 1995, in the simplest form).
type ReserveRateConfig struct {
	// High is h of high and less urgent calls, from 0 and below 1.
	High float64 `yaml:"high"`
	// Medium is h of medium and less urgent calls, from 0 and below 1.
	Medium float64 `yaml:"medium"`
	// Low is h of low calls, from 0 and below 1.
	Low float64 `yaml:"low"`
	// Lend lets calls whose own buckets are empty go all the same while more urgent
	// ones use less than h·r: what these use and what is lent is drawn from a bucket
	// of h·r, and only when it is full is something lent. False wastes what is kept
	// and not used.
	Lend bool `yaml:"lend"`
	// Window is how much time's worth of the kept rate that bucket holds: how long
	// urgent calls must have been silent, after more of them than h·r, before
	// anything is lent. At most 24h. 0 means 10 s.
	Window time.Duration `yaml:"window"`
}

const lendAfter = 10 * time.Second // ours

func (r *ReserveRateConfig) any() bool { return r.High > 0 || r.Medium > 0 || r.Low > 0 }

// classRate is the kept rate of one class.
type classRate struct {
	class load.Priority // this one and less urgent ones are held
	own   [3]bucket     // at (1 − h)·r, by dimension
	kept  [3]bucket     // at h·r; full when unused for long
	lends bool
}

// rates builds the buckets of all classes that have a rate kept from them.
func (r *ReserveRateConfig) rates(s sizes) []classRate {
	window := r.Window
	if window == 0 {
		window = lendAfter
	}
	var out []classRate
	for _, k := range []struct {
		class load.Priority
		h     float64
	}{{load.High, r.High}, {load.Medium, r.Medium}, {load.Low, r.Low}} {
		if k.h <= 0 {
			continue
		}
		c := classRate{class: k.class, lends: r.Lend}
		for d, of := range [3]size{s.requests, s.input, s.output} {
			if !of.limited() {
				continue
			}
			kept := k.h * of.perMinute
			c.own[d] = newBucket(size{perMinute: (1 - k.h) * of.perMinute, holds: 2 * of.holds})
			c.kept[d] = newBucket(size{perMinute: kept, holds: int64(min(max(math.Floor(kept*window.Minutes()+1e-6), 1), maxHolds))})
		}
		out = append(out, c)
	}
	return out
}

// of is the cost in a dimension.
func (c *cost) of(d int) int64 { return [3]int64{c.requests, c.input, c.output}[d] }

// ownWait is how long until the class's own buckets hold the cost.
func (r *classRate) ownWait(now time.Duration, c *cost) time.Duration {
	wait := time.Duration(0)
	for d := range r.own {
		wait = max(wait, r.own[d].wait(now, max(c.of(d), 1)))
	}
	return wait
}

// lendWait is how long until the kept rate is lent, if nobody uses it.
func (r *classRate) lendWait(now time.Duration) time.Duration {
	if !r.lends {
		return load.Never
	}
	wait := time.Duration(0)
	for d := range r.kept {
		wait = max(wait, r.kept[d].wait(now, r.kept[d].holds))
	}
	return wait
}

// rateWait is how long kept rates let a call wait.
func (p *pool) rateWait(now time.Duration, class load.Priority, c cost) time.Duration {
	wait := time.Duration(0)
	for i := range p.rates {
		if r := &p.rates[i]; class >= r.class {
			wait = max(wait, min(r.ownWait(now, &c), r.lendWait(now)))
		}
	}
	return wait
}

// rateTake charges a call that goes, and says by bits which rates lent.
func (p *pool) rateTake(now time.Duration, class load.Priority, c cost) (lent uint8) {
	for i := range p.rates {
		r := &p.rates[i]
		account := &r.own
		if class < r.class {
			r.use(now, &c)
			continue
		}
		if r.ownWait(now, &c) > 0 {
			account = &r.kept
			lent |= 1 << i
		}
		for d := range account {
			account[d].charge(now, c.of(d))
		}
	}
	return lent
}

// use charges the kept rate with what a more urgent call takes, not into debt.
func (r *classRate) use(now time.Duration, c *cost) {
	for d := range r.kept {
		if b := &r.kept[d]; b.lim != nil {
			b.charge(now, min(c.of(d), int64(max(b.level(now), 0))))
		}
	}
}

// rateSettle replaces charges by what was used. What a more urgent call took of a
// kept rate stays as it was: it only puts lending off.
func (p *pool) rateSettle(now time.Duration, class load.Priority, lent uint8, charged, used cost) {
	for i := range p.rates {
		r := &p.rates[i]
		if class < r.class {
			continue
		}
		account := &r.own
		if lent&(1<<i) != 0 {
			account = &r.kept
		}
		for d := range account {
			account[d].settle(now, charged.of(d), used.of(d))
		}
	}
}
