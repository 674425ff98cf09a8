package fault

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"ratecliff/load"
)

// Request is what rules look at.
type Request struct {
	ID       uint64 // identity for the draw, with Attempt: equal ones draw equally
	Attempt  int    // from 1
	Print    uint64 // fingerprint of what an outside client sent; when it is not 0 it takes the place of ID and Attempt in the draw
	Key      int    // which API key
	Model    string
	Stream   bool
	Endpoint Endpoint     // "" means Messages
	Header   HeaderGetter // nil has no headers
}

// HeaderGetter looks up a header by any spelling of its name; http.Header
// satisfies it.
type HeaderGetter interface{ Get(name string) string }

// Injector draws effects. It belongs to one goroutine.
type Injector struct {
	seed   uint64
	rules  []rule
	chance *load.Chance
	seen   *prints // nil where no rule draws
}

// rule is a Rule with its counters.
type rule struct {
	Rule
	all  int64
	keys map[int]int64 // with PerKey
}

// New returns the injector of a configuration, nil where it has no rules. The
// error is a [*ConfigError] with everything that is wrong.
func New(cfg Config, seed uint64) (*Injector, error) {
	if problems := cfg.Validate(); len(problems) > 0 {
		return nil, &ConfigError{Problems: problems}
	}
	rules := slices.Clone(cfg.Rules)
	if cfg.Suite != "" {
		suite, err := LoadSuite(cfg.Suite)
		if err != nil {
			return nil, err
		}
		rules = append(rules, suite.Rules...)
	}
	if len(rules) == 0 {
		return nil, nil //nolint:nilnil // no rules, no injector: documented
	}
	in := &Injector{seed: seed, chance: load.NewChance()}
	for i := range rules {
		r := rule{Rule: rules[i]}
		if r.Name == "" {
			r.Name = "rule " + strconv.Itoa(i+1)
		}
		if r.Match.PerKey {
			r.keys = map[int]int64{}
		}
		if r.Match.Probability != nil || r.Match.Ramp > 0 {
			in.seen = &prints{}
		}
		in.rules = append(in.rules, r)
	}
	return in, nil
}

// Draw is the rule that fires for a request at an instant since the start of the
// service, nil for none. It counts the request. The rule stays the injector's
// and must not be changed.
func (in *Injector) Draw(now time.Duration, req *Request) *Rule {
	entity, sub := in.identity(req)
	var found *Rule
	for i := range in.rules {
		r := &in.rules[i]
		share := r.Match.share(now)
		if share <= 0 || !r.Match.concerns(req) || !r.turn(req.Key) {
			continue
		}
		if found == nil && (share >= 1 || in.aim(entity, sub, i).Float64() < share) {
			found = &r.Rule
		}
	}
	return found
}

// Draws says whether any rule goes by chance, so that a fingerprint
// is of use.
func (in *Injector) Draws() bool { return in != nil && in.seen != nil }

// identity is what the draw goes by. Requests with equal fingerprints cannot be
// told apart, so their order does not matter: the n-th of them draws as n.
func (in *Injector) identity(req *Request) (entity, sub uint64) {
	if req.Print == 0 || in.seen == nil {
		return req.ID, uint64(uint32(req.Attempt))
	}
	return req.Print, uint64(in.seen.count(req.Print))
}

// aim points the generator at the stream of one request and one rule, so that
// one rule more shifts no other's draws.
func (in *Injector) aim(entity, sub uint64, i int) *rand.Rand {
	return in.chance.Aim(in.seed, load.ForFaults, entity, sub|uint64(i)<<32)
}

// turn counts a request that meets the conditions and says whether it is its
// turn.
func (r *rule) turn(key int) bool {
	r.all++
	n := r.all
	if r.keys != nil {
		r.keys[key]++
		n = r.keys[key]
	}
	m := &r.Match
	return (len(m.Nth) == 0 || slices.Contains(m.Nth, n)) && (m.Every == 0 || n%m.Every == 0)
}

// share is the probability at an instant: 0 outside the span, and on the ramp a
// falling part of what it was.
func (m *Match) share(now time.Duration) float64 {
	if m.Repeat > 0 {
		now %= m.Repeat
	}
	p := 1.0
	if m.Probability != nil {
		p = *m.Probability
	}
	switch {
	case now < m.From:
		return 0
	case m.To == 0 || now < m.To:
		return p
	case now-m.To < m.Ramp:
		return p * (1 - float64(now-m.To)/float64(m.Ramp))
	}
	return 0
}

// concerns says whether everything but span, count and chance holds.
func (m *Match) concerns(req *Request) bool {
	switch {
	case len(m.Models) > 0 && !slices.ContainsFunc(m.Models, func(p string) bool { return fits(p, req.Model) }):
		return false
	case len(m.Attempts) > 0 && !slices.Contains(m.Attempts, req.Attempt):
		return false
	case m.Stream != nil && *m.Stream != req.Stream:
		return false
	case len(m.Endpoints) > 0 && !slices.Contains(m.Endpoints, orMessages(req.Endpoint)):
		return false
	}
	for i := range m.Headers {
		if !m.Headers[i].within(req.Header) {
			return false
		}
	}
	return true
}

func orMessages(e Endpoint) Endpoint {
	if e == "" {
		return Messages
	}
	return e
}

func (h *Header) within(all HeaderGetter) bool {
	if all == nil {
		return false
	}
	value := all.Get(h.Name)
	return value != "" && (h.Value == "" || fits(h.Value, value))
}

// fits says whether text is the pattern, or begins with what stands before its
// trailing *.
func fits(pattern, text string) bool {
	prefix, ok := strings.CutSuffix(pattern, "*")
	return pattern == text || ok && strings.HasPrefix(text, prefix)
}
