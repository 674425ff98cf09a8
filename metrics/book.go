package metrics

import (
	"time"

	"ratecliff/load"
)

// refuse books the prompt of a refused attempt.
func (r *Recorder) refuse(c *load.Call) {
	r.refused.Input += c.Tokens.Input
	r.refused.CacheWrite += c.Tokens.CacheWrite
	r.refused.CacheRead += c.Tokens.CacheRead
}

// bill books what an attempt was let through for.
func (r *Recorder) bill(a *load.Attempt, c *load.Call) {
	model := modelOf(a, &c.Arrival)
	pool := r.index.of(a.Target.Key, model)
	cost := r.cost(pool, &a.Response.Usage)
	p := &r.pools[pool]
	p.Served.add(&cost)
	p.MaxOutput = max(p.MaxOutput, cost[2])
	if a.Response.Usage == (load.Tokens{}) {
		return
	}
	long := r.twoPrices && r.cfg.Prices[model].long(&a.Response.Usage)
	for i := range r.billed {
		if b := &r.billed[i]; b.Model == model && b.Long == long {
			b.Tokens = b.Tokens.Add(a.Response.Usage)
			return
		}
	}
	r.billed = append(r.billed, ModelTokens{model, long, a.Response.Usage})
}

func (r *Recorder) cost(pool int, t *load.Tokens) Costs {
	if pool < len(r.cfg.Limits) {
		return r.cfg.Limits[pool].charge(t)
	}
	return Costs{1, t.Metered(), t.Output}
}

// succeed books what only successes have.
func (r *Recorder) succeed(c *classRecord, res *load.Result) {
	last := &res.Last
	usage := last.Response.Usage
	if usage == (load.Tokens{}) {
		usage = res.Arrival.Tokens
	}
	c.Tokens = c.Tokens.Add(usage)
	inTime := res.Finished <= res.Arrival.Expires()
	if last.Target.Degraded {
		c.Degraded++
	} else if inTime {
		c.Useful++
	}
	if inTime && res.Arrival.Deadline > 0 {
		c.InTime++
	}
	r.sizes.add(&res.Arrival, true)
	if goal := r.cfg.objective(res.Arrival.Class); goal != (Objective{}) && goal.met(res) {
		c.Met++
	}
	r.herd.lastSuccess = max(r.herd.lastSuccess, res.Finished)
	if !last.Target.Degraded {
		r.book(res, &usage)
	}
	if r.cfg.Intervals {
		r.intervals.record(&r.line, res)
	}
}

// book notes a success by the model wanted in the pool it drew on, for the
// optimum.
func (r *Recorder) book(res *load.Result, usage *load.Tokens) {
	last, due := &res.Last, res.Arrival.Due
	r.herd.lastWanted = max(r.herd.lastWanted, res.Finished)
	pool := r.index.of(last.Target.Key, modelOf(last, &res.Arrival))
	cost := r.cost(pool, usage)
	r.line.serve(pool, due, &cost)
	p, service := &r.pools[pool], last.Done-last.Started
	if p.Succeeded == 0 || service < p.MinService {
		p.MinService = service
	}
	p.LastIdeal = max(p.LastIdeal, due+service)
	p.Succeeded++
	p.Waits = addSaturated(p.Waits, max(0, last.Started-due).Microseconds())
	p.Dues = addSaturated(p.Dues, max(0, due+time.Microsecond-1).Microseconds())
}

// askedOf is the model the next attempt of a call asks.
func askedOf(c *load.Call) string {
	if c.Target.Model != "" {
		return c.Target.Model
	}
	return c.Model
}

// modelOf is the model an attempt asked.
func modelOf(a *load.Attempt, of *load.Arrival) string {
	if a.Target.Model != "" {
		return a.Target.Model
	}
	return of.Model
}
