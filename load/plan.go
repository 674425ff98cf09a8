package load

import (
	"fmt"
	"time"
)

// MaxClasses and MaxUsers follow from the widths of [ArrivalID].
const (
	MaxClasses = 1 << 12
	MaxUsers   = 1 << 20
)

// Plan is what a run is asked to serve: classes of traffic over a span of time.
// A plan is read-only once built; any number of streams may be taken from it,
// also concurrently.
type Plan struct {
	Seed     uint64        // every stream of chance derives from it; 0 is a seed like any other
	Duration time.Duration // arrivals due at or after it are not generated; must be positive
	Classes  []Class       // at least one; names differ
}

// Class is one kind of traffic. Its chance depends on the plan's seed and on its
// name only, so adding, removing or reordering other classes changes nothing.
type Class struct {
	Name       string // unique in the plan, not empty
	Tenant     string // "" when tenants do not matter
	Model      string // model asked for; a trace that names models overrides it
	Priority   Priority
	Workers    int // client processes that share the class; 0 means 1. See [Stream] for how arrivals are dealt
	Arrivals   Process
	Input      Dist          // uncached input, tokens; the zero Dist is 0, or the trace's own figure
	CacheWrite Dist          // input written to the cache, tokens; zero Dist as for Input
	CacheRead  Dist          // input read from the cache, tokens; zero Dist as for Input
	Output     Dist          // tokens the server will produce, at least 1; zero Dist as for Input
	MaxTokens  int64         // the request's max_tokens, output is cut to it; 0 means exactly the drawn output
	Stream     bool          // asks for server-sent events
	Deadline   time.Duration // how long after its due instant an answer is of use; 0 means for ever
}

// Validate reports everything wrong with the plan, with paths such as
// "classes[0].arrivals.rate". It does not know traces: [Plan.Stream] reports
// missing ones.
func (p *Plan) Validate() []Problem {
	var out []Problem
	if p.Duration <= 0 {
		out = append(out, Problem{"duration", "must be greater than 0"})
	}
	if len(p.Classes) == 0 {
		out = append(out, Problem{"classes", "at least one class is needed"})
	}
	if len(p.Classes) > MaxClasses {
		out = append(out, Problem{"classes", fmt.Sprintf("%d classes, at most %d are possible", len(p.Classes), MaxClasses)})
	}
	seen := make(map[string]int, len(p.Classes))
	for i := range p.Classes {
		c := &p.Classes[i]
		path := fmt.Sprintf("classes[%d]", i)
		if first, dup := seen[c.Name]; dup {
			out = append(out, Problem{path + ".name", fmt.Sprintf("%q is already the name of classes[%d]", c.Name, first)})
		} else {
			seen[c.Name] = i
		}
		out = append(out, Under(path, c.Validate())...)
	}
	return out
}

// Validate reports everything wrong with the class itself, with paths relative
// to it, such as "arrivals.rate" or "output.p90".
func (c *Class) Validate() []Problem {
	var out []Problem
	if c.Name == "" {
		out = append(out, Problem{"name", "must not be empty"})
	}
	if c.Workers < 0 {
		out = append(out, Problem{"workers", "must not be negative"})
	}
	if c.MaxTokens < 0 {
		out = append(out, Problem{"max_tokens", "must not be negative"})
	}
	if c.Deadline < 0 {
		out = append(out, Problem{"deadline", "must not be negative"})
	}
	out = append(out, Under("arrivals", c.Arrivals.Validate())...)
	for _, d := range c.lengths() {
		if d.dist.Kind == "" && d.dist.isZero() {
			continue
		}
		out = append(out, Under(d.path, d.dist.validateTokens())...)
	}
	return out
}

type namedDist struct {
	path string
	dist *Dist
}

func (c *Class) lengths() [4]namedDist {
	return [4]namedDist{{"input", &c.Input}, {"cache_write", &c.CacheWrite}, {"cache_read", &c.CacheRead}, {"output", &c.Output}}
}
