package compare

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"ratecliff/metrics"
	"ratecliff/mockserver/model/fault"
)

// outageShare is from which share of the requests on a time counts as an outage.
const outageShare = 0.5

// mostOutages bounds how many repetitions are told apart.
const mostOutages = 1000

// outages are the times in which the server, by its rules, fails at least half of
// the requests for a while: what recovery is measured against. Rules without an
// end, or for some requests only (by their number, try, kind or headers), are
// background; so are those for models nobody asks. The time in which a rule eases
// off belongs to the outage as long as half of the requests fail. A suite that
// does not exist has none: the scenario says so elsewhere.
func outages(cfg *fault.Config, asked []string, until time.Duration) []metrics.Outage {
	rules := slices.Clone(cfg.Rules)
	if cfg.Suite != "" {
		if suite, err := fault.LoadSuite(cfg.Suite); err == nil {
			rules = append(rules, suite.Rules...)
		}
	}
	var out []metrics.Outage
	for i := range rules {
		m := &rules[i].Match
		if !strikes(&rules[i], asked) {
			continue
		}
		for from, to := m.From, eased(m); from < until && len(out) < mostOutages; from, to = from+m.Repeat, to+m.Repeat {
			out = append(out, metrics.Outage{From: from, To: to})
			if m.Repeat <= 0 {
				break
			}
		}
	}
	return joined(out)
}

// strikes says whether a rule makes an outage for somebody.
func strikes(r *fault.Rule, asked []string) bool {
	m, e := &r.Match, &r.Effect
	switch {
	case m.To <= m.From || share(m) < outageShare:
		return false
	case len(m.Nth) > 0 || m.Every > 1 || len(m.Headers) > 0 || len(m.Attempts) > 0 || m.Stream != nil:
		return false
	case len(m.Endpoints) > 0 && !slices.Contains(m.Endpoints, fault.Messages):
		return false
	case len(m.Models) > 0 && !slices.ContainsFunc(asked, func(model string) bool { return named(m.Models, model) }):
		return false
	}
	return e.Fails(true) || e.Fails(false) || e.Stops() || e.Kind == fault.Stall
}

// named says whether a model is among names and prefixes with a trailing *.
func named(patterns []string, model string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		prefix, open := strings.CutSuffix(p, "*")
		return p == model || open && strings.HasPrefix(model, prefix)
	})
}

func share(m *fault.Match) float64 {
	if m.Probability == nil {
		return 1
	}
	return *m.Probability
}

// eased is when a rule fails fewer than half of the requests again: on the ramp
// the share falls evenly from share to nothing.
func eased(m *fault.Match) time.Duration {
	return m.To + time.Duration(float64(m.Ramp)*(1-outageShare/share(m)))
}

// joined makes one of outages that touch.
func joined(list []metrics.Outage) []metrics.Outage {
	slices.SortFunc(list, func(a, b metrics.Outage) int { return cmp.Compare(a.From, b.From) })
	var out []metrics.Outage
	for _, o := range list {
		if n := len(out); n > 0 && o.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, o.To)
		} else {
			out = append(out, o)
		}
	}
	return out
}
