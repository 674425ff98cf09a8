package model

import (
	"math"
	"strings"
	"time"

	"ratecliff/load"
)

// picoPerUSD is the unit money is counted in: exact, since prices are multiples
// of 1e-6 USD per million tokens, and the sum of any order is the same.
const picoPerUSD = 1e12

// purse is what a holder has spent, in units of 1e-12 USD. Limits of 0 are none.
type purse struct{ spent, cap, limit int64 }

func pico(usd float64) int64 { return int64(math.Round(min(usd, maxSpend) * picoPerUSD)) }

// prices remembers what models cost.
type prices struct {
	table  PriceTable
	byName map[string]Price
}

func (m *Model) addPrices() {
	needed := m.cfg.Spend.Cap > 0 || m.cfg.Spend.Limit > 0
	for _, w := range m.cfg.Workspaces {
		needed = needed || w.SpendLimit > 0
	}
	for _, k := range m.cfg.KeyLimits {
		needed = needed || k.SpendLimit > 0
	}
	if needed {
		m.prices = &prices{table: Prices(), byName: map[string]Price{}}
	}
}

// of is the price of a model; nothing for one that no list prices.
func (p *prices) of(model string) Price {
	price, known := p.byName[model]
	if !known {
		price, _ = p.table.Lookup(model)
		if len(p.byName) < maxNames {
			p.byName[strings.Clone(model)] = price
		}
	}
	return price
}

// perToken is a price in USD per million tokens as 1e-12 USD per token.
func perToken(price float64) int64 { return int64(math.Round(price * (picoPerUSD / 1e6))) }

// fastFactor is what fast mode multiplies prices by (fast mode documentation).
const fastFactor = 2

// payInput charges what the prompt costs, and notes the price of output. Money is
// spent on the true size of a prompt, not on the estimate.
func (m *Model) payInput(req *Request, s *slot) {
	p := m.prices.of(req.Model)
	if p.Long != nil && req.Tokens.Prompt() > p.LongAbove {
		p = *p.Long
	}
	t := req.Tokens
	cost := max(t.Input, 0)*perToken(p.Input) + max(t.CacheWrite, 0)*perToken(p.CacheWrite) + max(t.CacheRead, 0)*perToken(p.CacheRead)
	s.price = perToken(p.Output)
	if s.n > 1 && s.refs[1].part&special != 0 && s.refs[1].part&weighed == 0 {
		cost, s.price = fastFactor*cost, fastFactor*s.price
	}
	m.pay(s, cost)
}

// pay adds a cost to what every holder of an answer has spent.
func (m *Model) pay(s *slot, cost int64) {
	for _, r := range s.all() {
		if r.part&counted != 0 {
			p := &m.holders[r.holder].money
			p.spent += min(cost, math.MaxInt64-p.spent)
		}
	}
}

// broke is the answer to whoever has spent all they may: the zero Response when
// they have not.
func (m *Model) broke(r ref, reply *Reply) load.Response {
	switch p := &m.holders[r.holder].money; {
	case p.limit > 0 && p.spent >= p.limit:
		m.owned(r, reply)
		reply.Cause = SpendLimit
		return load.Response{Outcome: load.Failed, Status: 400, Dimension: load.Spend, ErrorType: "invalid_request_error"}
	case p.cap > 0 && p.spent >= p.cap:
		reply.Cause = SpendCap
		refused := throttled(load.Spend)
		refused.ErrorCode, refused.Advice = "enforced_spend_limit_reached", load.NoAdvice
		if retry := m.cfg.Spend.ShouldRetry; retry != nil {
			refused.Advice = load.DoNotRetry
			if *retry {
				refused.Advice = load.DoRetry
			}
		}
		return refused
	}
	return load.Response{}
}

// Spent is what the organisation of a key has spent until now, in USD; 0 where
// nothing limits it. now obeys the rule of [Model.Handle].
func (m *Model) Spent(now time.Duration, key int) float64 {
	m.advance(now)
	return float64(m.holders[m.organisationOf(key)].money.spent) / picoPerUSD
}
