package load

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
// A Dist is data: its methods change nothing and are safe for concurrent use.
// The zero Dist stands for absence; sampled, it gives 0.
type Dist struct {
	Kind    string     `yaml:"dist"`
	Value   float64    `yaml:"value,omitempty"`
	Low     float64    `yaml:"low,omitempty"`
	High    float64    `yaml:"high,omitempty"`
	Average float64    `yaml:"mean,omitempty"`
	SD      float64    `yaml:"sd,omitempty"`
	P50     float64    `yaml:"p50,omitempty"`
	P90     float64    `yaml:"p90,omitempty"`
	Mu      float64    `yaml:"mu,omitempty"`    // mean of the natural logarithm
	Sigma   float64    `yaml:"sigma,omitempty"` // standard deviation of the natural logarithm
	Table   []Quantile `yaml:"table,omitempty"` // rising in q and value; q 0 and q 1 say the smallest and largest value
	Parts   []Part     `yaml:"parts,omitempty"`
	Min     float64    `yaml:"min,omitempty"`
	Cap     float64    `yaml:"cap,omitempty"` // 0 means none

	seconds bool // written as a duration, so it cannot count tokens
}

// Quantile says that a share Q of all values is at most Value.
type Quantile struct {
	Q     float64 `yaml:"q"` // 0 to 1
	Value float64 `yaml:"value"`
}

// Part is one component of a mixture. Weights need not sum to 1.
type Part struct {
	Weight float64 `yaml:"weight"`
	Dist   `yaml:",inline"`
}

// FixedDist is the distribution that always gives v, what a bare number in a
// scenario means.
func FixedDist(v float64) Dist { return Dist{Kind: Fixed, Value: v} }
