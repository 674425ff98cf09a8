package load

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
)

// checker collects problems.
type checker struct{ problems []Problem }

func (c *checker) add(path, format string, args ...any) {
	c.problems = append(c.problems, Problem{path, fmt.Sprintf(format, args...)})
}

func (c *checker) under(path string, problems []Problem) {
	c.problems = append(c.problems, Under(path, problems)...)
}

// number wants a finite number of at least low, or more than low.
func (c *checker) number(path string, v, low float64, open bool) {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		c.add(path, "must be a finite number")
	case open && v <= low:
		c.add(path, "must be greater than %v, is %v", low, v)
	case v < low:
		c.add(path, "must be at least %v, is %v", low, v)
	}
}

func (c *checker) positive(path string, v float64)    { c.number(path, v, 0, true) }
func (c *checker) notNegative(path string, v float64) { c.number(path, v, 0, false) }

// span wants a duration that is not negative, or more than 0 when required.
func (c *checker) span(path string, d time.Duration, required bool) {
	if required && d <= 0 {
		c.add(path, "must be greater than 0, is %v", d)
	} else if d < 0 {
		c.add(path, "must not be negative, is %v", d)
	}
}

func (c *checker) oneOf(path, v string, allowed ...string) {
	if !slices.Contains(allowed, v) {
		c.add(path, "%q is not known; one of %s", v, strings.Join(allowed, ", "))
	}
}

// onlyFields complains about every field of the struct v that is set although
// kind does not use it. The first field, the kind itself, is always allowed.
func (c *checker) onlyFields(v reflect.Value, kind, allowed string) {
	names := strings.Fields(allowed)
	for i := 1; i < v.NumField(); i++ {
		tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if tag != "" && !v.Field(i).IsZero() && !slices.Contains(names, tag) {
			c.add(tag, "has no meaning for %s, which takes %s", kind, strings.Join(names, ", "))
		}
	}
}

func distFields(kind string) (fields string, known bool) {
	switch kind {
	case Fixed:
		return "value", true
	case Uniform:
		return "low high min cap", true
	case Normal:
		return "mean sd min cap", true
	case LogNormal:
		return "p50 p90 mu sigma min cap", true
	case Exponential:
		return "mean min cap", true
	case Quantiles:
		return "table min cap", true
	case Mixture:
		return "parts min cap", true
	}
	return "", false
}

// Validate reports everything wrong with the distribution; paths are relative to
// it, such as "p90" or "parts[1].mean". The zero Dist is a problem here: where a
// distribution may be absent, the owner does not ask.
func (d Dist) Validate() []Problem {
	var c checker
	fields, known := distFields(d.Kind)
	if !known {
		c.oneOf("dist", d.Kind, Fixed, Uniform, Normal, LogNormal, Exponential, Quantiles, Mixture)
		return c.problems
	}
	c.onlyFields(reflect.ValueOf(d), d.Kind, fields)
	d.checkKind(&c)
	c.notNegative("min", d.Min)
	c.notNegative("cap", d.Cap)
	if d.Cap > 0 && d.Cap < d.Min {
		c.add("cap", "must not be below min")
	}
	return c.problems
}

func (d *Dist) checkKind(c *checker) {
	switch d.Kind {
	case Fixed:
		c.notNegative("value", d.Value)
	case Uniform:
		c.notNegative("low", d.Low)
		c.number("high", d.High, d.Low, false)
	case Normal:
		c.notNegative("mean", d.Average)
		c.notNegative("sd", d.SD)
	case LogNormal:
		d.checkLogNormal(c)
	case Exponential:
		c.positive("mean", d.Average)
	case Quantiles:
		d.checkTable(c)
	case Mixture:
		d.checkParts(c)
	}
}

func (d *Dist) checkLogNormal(c *checker) {
	if d.P50 == 0 && d.P90 == 0 {
		c.number("mu", d.Mu, -100, false)
		c.positive("sigma", d.Sigma)
		if d.Mu > 100 || d.Sigma > 100 {
			c.add("mu", "mu and sigma describe the natural logarithm; values above 100 overflow")
		}
		return
	}
	if d.Mu != 0 || d.Sigma != 0 {
		c.add("mu", "give p50 and p90, or mu and sigma, not both")
	}
	c.positive("p50", d.P50)
	c.number("p90", d.P90, d.P50, false)
}

func (d *Dist) checkTable(c *checker) {
	if len(d.Table) == 0 {
		c.add("table", "needs at least one row of q and value")
	}
	for i, row := range d.Table {
		path := fmt.Sprintf("table[%d]", i)
		if !(row.Q >= 0 && row.Q <= 1) {
			c.add(path+".q", "must be between 0 and 1, is %v", row.Q)
		}
		c.notNegative(path+".value", row.Value)
		if i > 0 && row.Q <= d.Table[i-1].Q {
			c.add(path+".q", "must be greater than the q before it")
		}
		if i > 0 && row.Value < d.Table[i-1].Value {
			c.add(path+".value", "must not be less than the value before it")
		}
	}
}

func (d *Dist) checkParts(c *checker) {
	if len(d.Parts) == 0 {
		c.add("parts", "needs at least one part")
	}
	for i, p := range d.Parts {
		path := fmt.Sprintf("parts[%d]", i)
		c.positive(path+".weight", p.Weight)
		c.under(path, p.Dist.Validate())
	}
}

func (d *Dist) isZero() bool { return reflect.ValueOf(*d).IsZero() }

// validateTokens is Validate for a distribution of whole things, not of time.
func (d *Dist) validateTokens() []Problem {
	problems := d.Validate()
	if d.seconds {
		problems = append(problems, Problem{"", fmt.Sprintf("is a duration (%v s) where a count is wanted", d.Value)})
	}
	return problems
}
