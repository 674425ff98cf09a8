package metrics

import (
	"fmt"

	"ratecliff/load"
)

// priced puts the cost per success, withheld when a billed model has no price.
func (s *Snapshot) priced(v *values, ok int64) {
	dollars, why := s.Cost()
	if ok == 0 {
		why = noSuccess
	}
	if why != "" {
		v.put("cost_usd_per_success", Value{N: ok, Withheld: why})
		return
	}
	v.put("cost_usd_per_success", Value{V: dollars / float64(ok), N: ok})
}

// Cost is the price of all billed tokens in US dollars, or why it is not known.
func (s *Snapshot) Cost() (dollars float64, withheld string) {
	if len(s.Billed) == 0 {
		return 0, "no usage was reported"
	}
	for _, b := range s.Billed {
		p, ok := s.Config.Prices[b.Model]
		if !ok {
			return 0, fmt.Sprintf("no price for model %q", b.Model)
		}
		if b.Long {
			p = *p.Long
		}
		dollars += p.of(&b.Tokens)
	}
	return dollars, ""
}

// long says whether a request is billed at the price of long prompts.
func (p Price) long(t *load.Tokens) bool { return p.Long != nil && t.Prompt() > p.LongAbove }

// of is the price of tokens in US dollars.
func (p Price) of(t *load.Tokens) float64 {
	return (p.Input*float64(t.Input) + p.CacheWrite*float64(t.CacheWrite) +
		p.CacheRead*float64(t.CacheRead) + p.Output*float64(t.Output)) / 1e6
}
