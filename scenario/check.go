package scenario

import (
	"fmt"
	"slices"
	"strings"

	"ratecliff/load"
	"ratecliff/policy/retry"
	"ratecliff/scenario/yamlx"
)

// checker judges a decoded scenario and says where in the file each problem stands.
type checker struct {
	root   *yamlx.Node
	issues *yamlx.Issues
	before int          // issues there were before this tree
	badly  yamlx.Issues // what decoding already found, so that nothing is said twice
}

func (c *checker) check(s *Scenario) {
	if c.root.Get("duration") == nil {
		c.add("duration", "is missing: it says for how long arrivals are generated", "such as  duration: 60s")
	} else if s.Duration <= 0 {
		c.add("duration", "must be greater than 0", "")
	}
	if s.Drain < 0 {
		c.add("drain", "must not be negative", "")
	}
	if c.root.Get("classes") == nil {
		c.add("classes", "is missing: there is no traffic", "such as  classes: {chat: {arrivals: {process: poisson, rate: 40/min}, input: 1000, output: 200}}")
	}
	c.problems("server", s.Server.Validate())
	c.slo("slo", s.SLO)
	for i := 0; i < len(s.Classes) && !c.issues.Full(); i++ {
		c.class(s, &s.Classes[i])
	}
	for i := 0; i < len(s.Strategies) && !c.issues.Full(); i++ {
		c.strategy(&s.Strategies[i])
	}
	if len(*c.issues) == c.before {
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
		c.problems(at, class.Validate())
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
	if s.Window != nil {
		c.problems(at+".window", s.Window.Validate())
	}
	if s.Breaker != nil {
		c.problems(at+".breaker", s.Breaker.Validate())
	}
	if s.Throttle != nil {
		c.problems(at+".throttle", s.Throttle.Validate())
	}
	if s.Governor != nil {
		c.problems(at+".governor", s.Governor.Validate())
	}
	if s.Hedge != nil {
		c.problems(at+".hedge", s.Hedge.Validate())
		if s.Concurrency != nil && s.Concurrency.Max == 1 {
			c.add(at+".hedge", "never sends a copy: concurrency.max is 1, and the first holds that permit", "")
		}
	}
	c.problems(at, s.checkLibraries())
	if len(s.Retry) > load.MaxLayers {
		c.add(at+".retry", fmt.Sprintf("has %d layers, at most %d are possible", len(s.Retry), load.MaxLayers), "")
	}
	for i := range s.Retry {
		c.problems(fmt.Sprintf("%s.retry[%d]", at, i), s.Retry[i].Validate())
		name := s.Retry[i].Name
		if name != "" && slices.ContainsFunc(s.Retry[:i], func(l retry.Config) bool { return l.Name == name }) {
			c.add(fmt.Sprintf("%s.retry[%d].name", at, i), fmt.Sprintf("is %q, as an earlier layer's: reports could not tell them apart", name), "give one of them another name")
		}
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
	value, place := c.root.Find(at)
	if rest, found := strings.CutPrefix(message, `"" is not known`); found {
		message = "is missing" + strings.Replace(rest, "; one of ", ": one of ", 1)
	}
	if _, names, found := strings.Cut(message, "one of "); found && value != nil && hint == "" {
		if near := yamlx.Nearest(value.Value, strings.Split(names, ", ")); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
	}
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
