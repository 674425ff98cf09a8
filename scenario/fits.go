package scenario

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"ratecliff/load"
	"ratecliff/mockserver/model"
	"ratecliff/policy/limiter"
	"ratecliff/scenario/yamlx"
)

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
		c.burstFits(s, class, &pools[pool])
		for k := range s.Strategies {
			c.limiterFits(&s.Strategies[k], class, &pools[pool])
			c.windowFits(&s.Strategies[k], class)
		}
	}
	for i := range s.Strategies {
		c.fallbackFits(s, &s.Strategies[i], pools)
	}
}

// fallbackFits refuses models the server does not know, and a chain that leads
// back to where it comes from: its first model asked for by a class itself, or
// any that every class asks for.
func (c *checker) fallbackFits(s *Scenario, strategy *Strategy, pools []model.PoolLimits) {
	for k, m := range strategy.Route.Fallback.Models {
		at := fmt.Sprintf("strategies.%s.route.fallback.models[%d]", strategy.Name, k)
		if _, ok := model.PoolOf(pools, m); !ok {
			c.add(at, fmt.Sprintf("is %q, which the server does not know", m), yamlx.Suggest(m, modelsOf(pools)))
			continue
		}
		asks := func(class Class) bool { return class.Model == m }
		i := slices.IndexFunc(s.Classes, asks)
		if i >= 0 && (k == 0 || !slices.ContainsFunc(s.Classes, func(class Class) bool { return !asks(class) })) {
			c.add(at, fmt.Sprintf("is %q, the model that class %s asks for: a fallback to itself", m, s.Classes[i].Name), "name another model")
		}
	}
}

func modelsOf(pools []model.PoolLimits) []string {
	var out []string
	for _, p := range pools {
		for _, m := range p.Models {
			out = append(out, strings.TrimSuffix(m, "*"))
		}
	}
	return out
}

// classFits refuses requests that can never be admitted because they cost more
// than a full bucket holds.
func (c *checker) classFits(class *Class, pool *model.PoolLimits, output model.Output) {
	at := "classes." + class.Name
	if input := largestInput(class, pool.CacheReadsCount); pool.ITPM > 0 && input > float64(pool.Burst.Input) {
		hint := fmt.Sprintf("add  cap: %d  to the distribution, or say  oversize: true  for the class", pool.Burst.Input)
		if class.Input.Kind == load.Fixed {
			hint = "if that is what you want to see, say  oversize: true  for the class"
		}
		c.tooLarge(at+".input", input, "input tokens", pool.Burst.Input, hint)
	}
	if out := largestOutput(class); pool.OTPM > 0 && output == model.Reserve && out > float64(pool.Burst.Output) {
		c.tooLarge(at+".max_tokens", out, "reserved output tokens", pool.Burst.Output, "lower max_tokens, or say  oversize: true  for the class")
	}
}

func (c *checker) tooLarge(at string, size float64, what string, holds int64, hint string) {
	c.add(at, fmt.Sprintf("allows requests %s (%s), but the server's bucket holds %d: they could never be admitted", upTo(size), what, holds), hint)
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

// windowFits refuses a client-side window smaller than a request that counts
// its own tokens.
func (c *checker) windowFits(s *Strategy, class *Class) {
	w := s.Window
	if w == nil || w.Tokens == 0 || w.Estimate > 0 {
		return
	}
	if size := largestInput(class, false) + largestOutput(class); size > float64(w.Tokens) {
		c.add("strategies."+s.Name+".window", fmt.Sprintf("holds %d tokens, but class %s has requests %s: they would never be sent", w.Tokens, class.Name, upTo(size)),
			"raise tokens, set an estimate, or say  oversize: true  for the class")
	}
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
	if size := largestInput(class, false); exceeds(size, input) {
		c.add(at, fmt.Sprintf("holds %d input tokens, but class %s has requests %s: they would never be sent", input, class.Name, upTo(size)),
			"raise burst_window or share, or say  oversize: true  for the class")
	}
	if size := largestOutput(class); exceeds(size, output) {
		c.add(at, fmt.Sprintf("holds %d output tokens, but class %s has requests %s: they would never be sent", output, class.Name, upTo(size)),
			"give the class a max_tokens, raise burst_window or share, or reserve less with  output: mean")
	}
}

// exceeds says whether a size is above what a bucket holds; [math.MaxInt64] holds
// everything, even what has no bound.
func exceeds(size float64, holds int64) bool {
	return holds != math.MaxInt64 && size > float64(holds)
}
