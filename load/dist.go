package load

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"time"
)

// Kinds of distribution, the value of a scenario's `dist:` key, beside [Fixed]
// and [Exponential].
const (
	Uniform   = "uniform"
	Normal    = "normal"
	LogNormal = "lognormal"
	Quantiles = "quantiles"
	Mixture   = "mixture"
)

// Dist is a distribution of a quantity that is never negative: token counts, or
// seconds. Kind selects it, and each kind uses some of the fields; a field the
// kind does not use must stay zero.
//
//	fixed        always value                                  [value]
//	uniform      low to high                                   [low high]
//	normal       mean and standard deviation                   [mean sd]
//	lognormal    by median and 90th percentile, or by the
//	             mean and deviation of the logarithm           [p50 p90 | mu sigma]
//	exponential  mean                                          [mean]
//	quantiles    a table, linear in between                    [table]
//	mixture      one of several, by weight                     [parts]
//
// All but fixed take min and cap. What is drawn below min or above cap is set to
// min or cap (clamped, not drawn again), so a cap collects mass as a context
// limit does. Min 0, the default, cuts off negative values.
//
// A Dist is data: its methods change nothing (but those that read it)
// and are safe for concurrent use. The zero Dist stands for absence; sampled, it gives 0.
type Dist struct {
	Kind    string     `yaml:"dist"`            // which distribution; the other fields depend on it
	Value   float64    `yaml:"value,omitempty"` // fixed: the value
	Low     float64    `yaml:"low,omitempty"`   // uniform: the least value
	High    float64    `yaml:"high,omitempty"`  // uniform: the largest value
	Average float64    `yaml:"mean,omitempty"`  // normal, exponential: the mean, before min and cap apply
	SD      float64    `yaml:"sd,omitempty"`    // normal: standard deviation
	P50     float64    `yaml:"p50,omitempty"`   // lognormal: median
	P90     float64    `yaml:"p90,omitempty"`   // lognormal: 90th percentile, at least p50
	Mu      float64    `yaml:"mu,omitempty"`    // mean of the natural logarithm
	Sigma   float64    `yaml:"sigma,omitempty"` // standard deviation of the natural logarithm
	Table   []Quantile `yaml:"table,omitempty"` // rising in q; below the first q its value holds, above the last q the last value
	Parts   []Part     `yaml:"parts,omitempty"` // mixture: the distributions with their weights
	Min     float64    `yaml:"min,omitempty"`   // what is drawn below is set to it
	Cap     float64    `yaml:"cap,omitempty"`   // what is drawn above is set to it; 0 means none

	seconds bool // written as a duration, so it cannot count tokens
}

// Quantile says that a share Q of all values is at most Value.
type Quantile struct {
	Q     float64 `yaml:"q"`     // 0 to 1
	Value float64 `yaml:"value"` // at most this
}

// Part is one component of a mixture, a [Dist] with a weight beside its fields.
// Weights need not sum to 1. (The distribution is not embedded, as the methods
// that read it would then read the part and lose the weight.)
type Part struct {
	Weight float64 `yaml:"weight"` // relative to the sum of all weights
	Dist   Dist    `yaml:",inline"`
}

// FixedDist is the distribution that always gives v, what a bare number in a
// scenario means.
func FixedDist(v float64) Dist { return Dist{Kind: Fixed, Value: v} }

// UnmarshalText reads a bare number as that fixed value, and a duration such as
// "5s" as a fixed number of seconds, which is refused where tokens are wanted.
func (d *Dist) UnmarshalText(text []byte) error {
	if v, err := strconv.ParseFloat(string(text), 64); err == nil {
		*d = FixedDist(v)
		return nil
	}
	span, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("distribution %q: want a number, a duration, or a mapping with dist", text)
	}
	*d = FixedDist(span.Seconds())
	d.seconds = true
	return nil
}

// UnmarshalYAML reads a mapping, or what UnmarshalText reads. It has the form
// that YAML libraries call without this package importing one; they would refuse
// a mapping for a type that only reads text.
func (d *Dist) UnmarshalYAML(construct func(any) error) error {
	var text string
	if construct(&text) == nil {
		return d.UnmarshalText([]byte(text))
	}
	type fields Dist
	return construct((*fields)(d))
}

// Sample draws a value: not rounded, at least 0 and within min and cap. It
// allocates nothing and is determined by the state of rng. The number of draws
// it takes from rng depends on the kind.
func (d *Dist) Sample(rng *rand.Rand) float64 {
	if d.Kind == Fixed {
		return d.Value
	}
	v := math.Max(d.raw(rng), d.Min)
	if d.Cap > 0 && v > d.Cap {
		return d.Cap
	}
	return v
}

func (d *Dist) raw(rng *rand.Rand) float64 {
	switch d.Kind {
	case Uniform:
		return d.Low + (d.High-d.Low)*rng.Float64()
	case Normal:
		return d.Average + d.SD*rng.NormFloat64()
	case LogNormal:
		mu, sigma := d.logarithm()
		return math.Exp(mu + sigma*rng.NormFloat64())
	case Exponential:
		return d.Average * rng.ExpFloat64()
	case Quantiles:
		return interpolate(d.Table, rng.Float64())
	case Mixture:
		return d.part(rng.Float64()).Sample(rng)
	}
	return 0
}

// z90 is the 90th percentile of the standard normal distribution.
const z90 = 1.2815515655446004

// logarithm gives the mean and deviation of the logarithm. By percentiles:
// mu = ln p50, sigma = ln(p90/p50) / z90.
func (d *Dist) logarithm() (mu, sigma float64) {
	if d.P50 > 0 {
		return math.Log(d.P50), math.Log(d.P90/d.P50) / z90
	}
	return d.Mu, d.Sigma
}

// resolved returns a copy whose log-normals are given by mu and sigma, which
// spares two logarithms a sample.
func (d Dist) resolved() Dist {
	if d.Kind == LogNormal {
		d.Mu, d.Sigma = d.logarithm()
		d.P50, d.P90 = 0, 0
	}
	parts := make([]Part, len(d.Parts))
	for i, p := range d.Parts {
		parts[i] = Part{p.Weight, p.Dist.resolved()}
	}
	d.Parts = parts
	return d
}

// interpolate inverts the distribution function the table describes: linear
// between two rows, constant outside of the table.
func interpolate(table []Quantile, u float64) float64 {
	lo, hi := 0, len(table)-1
	if u <= table[lo].Q {
		return table[lo].Value
	}
	if u >= table[hi].Q {
		return table[hi].Value
	}
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; table[mid].Q <= u {
			lo = mid
		} else {
			hi = mid
		}
	}
	a, b := table[lo], table[hi]
	return a.Value + (b.Value-a.Value)*(u-a.Q)/(b.Q-a.Q)
}

func (d *Dist) weight() float64 {
	sum := 0.0
	for i := range d.Parts {
		sum += d.Parts[i].Weight
	}
	return sum
}

// part picks the component that holds the share u of the weight.
func (d *Dist) part(u float64) *Dist {
	u *= d.weight()
	for i := range d.Parts {
		if u -= d.Parts[i].Weight; u < 0 {
			return &d.Parts[i].Dist
		}
	}
	return &d.Parts[len(d.Parts)-1].Dist
}
