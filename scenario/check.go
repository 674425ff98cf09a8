package scenario

import (
	"fmt"
	"math"
	"strings"

	"ratecliff/load"
	"ratecliff/mockserver/model"
	"ratecliff/policy/limiter"
	"ratecliff/scenario/yamlx"
)

// checker judges a decoded scenario and says where in the file each problem stands.
type checker struct {
	root    *yamlx.Node
	issues  *yamlx.Issues
	badly   yamlx.Issues // what decoding already found, so that nothing is said twice
	options Options
}

func (c *checker) check(s *Scenario) {
	if s.Duration <= 0 {
		c.add("duration", "must be greater than 0: it says for how long arrivals are generated", "")
	}
	if s.Drain < 0 {
		c.add("drain", "must not be negative", "")
	}
	if c.root.Get("classes") == nil {
		c.add("classes", "is missing: there is no traffic", "such as  classes: {chat: {arrivals: {process: poisson, rate: 40/min}, input: 1000, output: 200}}")
	}
	if len(s.Classes) > load.MaxClasses {
		c.add("classes", fmt.Sprintf("has %d entries, at most %d are possible", len(s.Classes), load.MaxClasses), "")
	}
	c.problems("server", s.Server.Validate())
	c.slo("slo", s.SLO)
	for i := range s.Classes {
		c.class(s, &s.Classes[i])
	}
	for i := range s.Strategies {
		c.strategy(&s.Strategies[i])
	}
	if len(*c.issues) == 0 {
		c.fits(s)
	}
}

func (c *checker) class(s *Scenario, class *Class) {
	at := "classes." + class.Name
	if class.Arrivals.Kind == "" {
		if c.root.Get("classes").Get(class.Name).Get("arrivals") == nil {
			c.add(at, "has no arrivals", "such as  arrivals: {process: poisson, rate: 40/min}")
		}
		unset := class.Class
		unset.Arrivals = load.Process{Kind: load.Burst, N: 1}
		if c.root.Get("classes").Get(class.Name).Get("arrivals") != nil {
			unset.Arrivals = class.Arrivals
		}
		c.problems(at, unset.Validate())
	} else {
		c.problems(at, class.Class.Validate())
	}
	if a := class.Arrivals; a.Kind == load.Burst && s.Duration > 0 && a.At >= s.Duration {
		c.add(at+".arrivals.at", fmt.Sprintf("is %v: nothing would arrive, the duration ends at %v", a.At, s.Duration), "")
	}
	c.slo(at+".slo", class.SLO)
}

func (c *checker) slo(at string, s SLO) {
	if s.ResponseTime < 0 {
		c.add(at+".response_time", "must not be negative", "")
	}
	if s.FirstToken < 0 {
		c.add(at+".first_token", "must not be negative", "")
	}
	if s.Share < 0 || s.Share > 1 {
		c.add(at+".share", "must be from 0 to 1", "")
	}
	if s.Share != 0 && s.IsZero() {
		c.add(at+".share", "has no meaning without response_time or first_token", "")
	}
}

func (c *checker) strategy(s *Strategy) {
	at := "strategies." + s.Name
	if !validName(s.Name) {
		c.add(at+".name", nameRule("strategy", s.Name), "")
	}
	if s.Scope != "" && s.Scope != Worker && s.Scope != Shared {
		c.add(at+".scope", "must be worker or shared", yamlx.Suggest(string(s.Scope), []string{string(Worker), string(Shared)}))
	}
	c.problems(at+".queue", s.Queue.Validate())
	c.problems(at+".route", s.Route.Validate())
	if s.Concurrency != nil {
		c.problems(at+".concurrency", s.Concurrency.Validate())
	}
	if s.Limiter != nil {
		c.problems(at+".limiter", s.Limiter.Validate())
	}
	if s.Breaker != nil {
		c.problems(at+".breaker", s.Breaker.Validate())
	}
	if len(s.Retry) > load.MaxLayers {
		c.add(at+".retry", fmt.Sprintf("has %d layers, at most %d are possible", len(s.Retry), load.MaxLayers), "")
	}
	for i := range s.Retry {
		c.problems(fmt.Sprintf("%s.retry[%d]", at, i), s.Retry[i].Validate())
	}
}

// fits checks what only server, classes and strategies together show. It needs
// parts that are valid each by itself.
func (c *checker) fits(s *Scenario) {
	pools, err := s.Server.Limits()
	if err != nil {
		c.add("server", err.Error(), "")
		return
	}
	for i := range s.Classes {
		class := &s.Classes[i]
		at := "classes." + class.Name
		pool, ok := model.PoolOf(pools, class.Model)
		if !ok {
			c.add(at+".model", fmt.Sprintf("is %q, which the server does not know", class.Model), yamlx.Suggest(class.Model, modelsOf(pools)))
			continue
		}
		if class.Oversize {
			continue
		}
		c.classFits(class, &pools[pool], s.Server.Output)
		for k := range s.Strategies {
			c.limiterFits(&s.Strategies[k], class, &pools[pool])
		}
	}
	for i := range s.Strategies {
		for k, m := range s.Strategies[i].Route.Fallback.Models {
			if _, ok := model.PoolOf(pools, m); !ok {
				c.add(fmt.Sprintf("strategies.%s.route.fallback.models[%d]", s.Strategies[i].Name, k),
					fmt.Sprintf("is %q, which the server does not know", m), yamlx.Suggest(m, modelsOf(pools)))
			}
		}
	}
}

func modelsOf(pools []model.PoolLimits) []string {
	var out []string
	for _, p := range pools {
		out = append(out, p.Models...)
	}
	return out
}

// classFits refuses requests that can never be admitted because they cost more
// than a full bucket holds.
func (c *checker) classFits(class *Class, pool *model.PoolLimits, output model.Output) {
	at := "classes." + class.Name
	if input := largestInput(class, pool.CacheReadsCount); pool.ITPM > 0 && input > float64(pool.Burst.Input) {
		c.tooLarge(at+".input", input, "input tokens", pool.Burst.Input)
	}
	if out := largestOutput(class); pool.OTPM > 0 && output == model.Reserve && out > float64(pool.Burst.Output) {
		c.tooLarge(at+".max_tokens", out, "reserved output tokens", pool.Burst.Output)
	}
}

func (c *checker) tooLarge(at string, size float64, what string, holds int64) {
	c.add(at, fmt.Sprintf("allows requests %s (%s), but the server's bucket holds %d: they could never be admitted", upTo(size), what, holds),
		fmt.Sprintf("add  cap: %d  to the distribution, or say  oversize: true  for the class", holds))
}

func upTo(size float64) string {
	if math.IsInf(size, 1) {
		return "without an upper bound"
	}
	return fmt.Sprintf("of up to %.0f", size)
}

// largestInput is the most metered input one request of the class can have; 0
// when a trace says it.
func largestInput(class *Class, readsCount bool) float64 {
	size := class.Input.Max() + class.CacheWrite.Max()
	if readsCount {
		size += class.CacheRead.Max()
	}
	a := &class.Arrivals
	if a.Kind == load.Sessions && (a.Growth == "" || a.Growth == load.GrowthResend) {
		size += float64(a.Context)
	}
	return size
}

// largestOutput is the max_tokens the server reserves for a request.
func largestOutput(class *Class) float64 {
	if class.MaxTokens > 0 {
		return float64(class.MaxTokens)
	}
	return class.Output.Max()
}

// limiterFits refuses a client-side limiter whose bucket is smaller than a request.
func (c *checker) limiterFits(s *Strategy, class *Class, pool *model.PoolLimits) {
	l := s.Limiter
	if l == nil {
		return
	}
	at := "strategies." + s.Name + ".limiter"
	if l.Share > 0 && l.RPM+l.ITPM+l.OTPM == 0 && pool.RPM+pool.ITPM+pool.OTPM == 0 {
		c.add(at+".share", "is a share of nothing: the server has no limits", "set rpm, itpm or otpm")
		return
	}
	input, output := l.MaxRequest(limiter.Limits{RPM: int64(pool.RPM), ITPM: int64(pool.ITPM), OTPM: int64(pool.OTPM)})
	if size := largestInput(class, false); size > float64(input) {
		c.add(at, fmt.Sprintf("holds %d input tokens, but class %s has requests %s: they would never be sent", input, class.Name, upTo(size)),
			"raise burst_window or share, or say  oversize: true  for the class")
	}
	if size := largestOutput(class); size > float64(output) {
		c.add(at, fmt.Sprintf("holds %d output tokens, but class %s has requests %s: they would never be sent", output, class.Name, upTo(size)),
			"give the class a max_tokens, raise burst_window or share, or reserve less with  output: mean")
	}
}

// problems adds what a part said about itself, below the path of the part.
func (c *checker) problems(at string, list []load.Problem) {
	for _, p := range load.Under(at, list) {
		c.add(p.Path, p.Message, "")
	}
}

// add notes a problem at a path unless decoding has already spoken of it.
func (c *checker) add(at, message, hint string) {
	for i := range c.badly {
		if said(&c.badly[i], at) {
			return
		}
	}
	_, place := c.root.Find(at)
	sep := ": "
	if first, _, _ := strings.Cut(message, " "); startsSentence(first) {
		sep = " "
	}
	c.issues.Add(place, at, at+sep+message, hint)
}

// startsSentence says whether a message reads on from the path before it.
func startsSentence(word string) bool {
	switch word {
	case "is", "must", "has", "have", "holds", "needs", "cannot", "makes", "contradicts", "allows", "belongs", "does", "may":
		return true
	}
	return false
}

// said says whether an issue is about the path, something inside it, what it is
// inside of, or is a misspelling of its last step.
func said(i *Issue, at string) bool {
	if i.Path == "" {
		return false
	}
	if i.Path == at || strings.HasPrefix(at, i.Path+".") || strings.HasPrefix(i.Path, at+".") ||
		strings.HasPrefix(at, i.Path+"[") || strings.HasPrefix(i.Path, at+"[") {
		return true
	}
	cut := strings.LastIndexByte(at, '.') + 1
	return strings.HasPrefix(i.Path, at[:cut]) && strings.Contains(i.Hint, fmt.Sprintf("%q", at[cut:]))
}
