package model

import (
	"fmt"
	"time"

	"ratecliff/load"
	"ratecliff/ratelimit"
)

// TokenLimits are limits on tokens alone.
type TokenLimits struct {
	// ITPM limits input tokens per minute; 0 is no limit.
	ITPM ratelimit.PerMinute `yaml:"itpm,omitempty" json:"itpm,omitempty"`

	// OTPM limits output tokens per minute; 0 is no limit.
	OTPM ratelimit.PerMinute `yaml:"otpm,omitempty" json:"otpm,omitempty"`
}

// LongContext holds the token limits of requests with long prompts.
type LongContext struct {
	TokenLimits `yaml:",inline"`

	// Above is the longest prompt, cached or not, that still counts in the ordinary
	// pool, in tokens; 0 means 200000.
	Above int64 `yaml:"above,omitempty" json:"above,omitempty"`
}

// DefaultLongAbove is where long context begins (documentation of 2025, beta
// context-1m-2025-08-07).
const DefaultLongAbove = 200_000

// CountLimits limits the counting of tokens.
type CountLimits struct {
	// RPM limits requests per minute; 0 is no limit.
	RPM ratelimit.PerMinute `yaml:"rpm,omitempty" json:"rpm,omitempty"`
}

// Validate reports everything wrong with the limits; paths are relative to them.
func (c CountLimits) Validate() []load.Problem {
	var f findings
	f.limit("rpm", c.RPM)
	return f
}

// BatchLimits limits the batch endpoints.
type BatchLimits struct {
	// RPM limits HTTP requests to all batch endpoints per minute; 0 is no limit.
	RPM ratelimit.PerMinute `yaml:"rpm,omitempty" json:"rpm,omitempty"`

	// Queued is how many batched requests may wait to be processed; 0 is no limit.
	Queued int64 `yaml:"queued,omitempty" json:"queued,omitempty"`

	// PerBatch is how many requests one batch may hold; 0 is no limit.
	PerBatch int64 `yaml:"per_batch,omitempty" json:"per_batch,omitempty"`
}

// Validate reports everything wrong with the limits; paths are relative to them.
func (b BatchLimits) Validate() []load.Problem {
	var f findings
	f.limit("rpm", b.RPM)
	f.atLeast("queued", float64(b.Queued), 0)
	f.atLeast("per_batch", float64(b.PerBatch), 0)
	return f
}

// Estimate says how wrong the estimate of a request's input is by which it is
// admitted. The difference is charged or given back when its answer starts.
type Estimate struct {
	// Bias is the mean of the relative error: 0.1 guesses a tenth too much.
	Bias float64 `yaml:"bias,omitempty" json:"bias,omitempty"`

	// Error is the half width of the relative error, drawn evenly for each attempt:
	// 0.2 guesses between 20 % too little and 20 % too much, beside the bias.
	Error float64 `yaml:"error,omitempty" json:"error,omitempty"`
}

// Noise is a share of the refill that other tenants of a shared pool take. It
// never takes more than the refill.
type Noise struct {
	// Share is the mean share of the refill, 0 to 1.
	Share float64 `yaml:"share,omitempty" json:"share,omitempty"`

	// Spread is how far the share of a period may lie from the mean, as a share of
	// the mean; 0 means that it is always the mean, 1 that it lies evenly between 0
	// and twice the mean.
	Spread float64 `yaml:"spread,omitempty" json:"spread,omitempty"`

	// Every is the length of a period; 0 means 1s.
	Every time.Duration `yaml:"every,omitempty" json:"every,omitempty"`

	// From is when the others begin to take, since the start of the service, at the
	// next beginning of a period.
	From time.Duration `yaml:"from,omitempty" json:"from,omitempty"`

	// To is when they stop; 0 means never.
	To time.Duration `yaml:"to,omitempty" json:"to,omitempty"`
}

// share is the mean share in the period that begins at an instant.
func (n *Noise) share(at time.Duration) float64 {
	if at < n.From || n.To > 0 && at >= n.To {
		return 0
	}
	return n.Share
}

// Acceleration limits the input tokens of a sliding minute to an allowance that
// grows with use. At every minute boundary (whole minutes since the start) the
// allowance rises by the step if half of it was used in that minute or a request
// was refused for it, and sinks by the step otherwise, but never below the
// start. The message of a refusal is documented; the rule behind it is assumed
// from the two recorded steps (58,276 to 68,276 and 25,000 to 95,000).
type Acceleration struct {
	// Start is the allowance of an idle pool in input tokens per minute; 0 means no
	// acceleration limit.
	Start ratelimit.PerMinute `yaml:"start,omitempty" json:"start,omitempty"`

	// Step is how much the allowance rises at a minute boundary; 0 means 10000
	// (recorded 2026-03-23).
	Step ratelimit.PerMinute `yaml:"step,omitempty" json:"step,omitempty"`
}

// DefaultStep is the recorded step of the acceleration limit.
const DefaultStep ratelimit.PerMinute = 10_000

// Spend limits what may be spent in a run, in USD at the embedded prices. Once
// reached, a limit does not clear. A model without a known price costs nothing.
type Spend struct {
	// Cap is the organisation's tier cap: beyond it a 429 with the error code
	// enforced_spend_limit_reached and without retry-after; 0 is no cap.
	Cap float64 `yaml:"cap,omitempty" json:"cap,omitempty"`

	// Limit is the organisation's own spend limit: beyond it a 400; 0 is no limit.
	Limit float64 `yaml:"limit,omitempty" json:"limit,omitempty"`

	// ShouldRetry is the x-should-retry of a 429 at the cap; absent means that none
	// is sent (it is not documented to be).
	ShouldRetry *bool `yaml:"should_retry,omitempty" json:"should_retry,omitempty"`
}

func (f *findings) atLeast(path string, v, least float64) {
	if !(v >= least) {
		f.addf(path, "is %v: must be at least %v", v, least)
	}
}

func (f *findings) between(path string, v, least, most float64) {
	if !(v >= least && v <= most) {
		f.addf(path, "is %v: must be between %v and %v", v, least, most)
	}
}

// special checks the limits beside the ordinary ones.
func (f *findings) special(c *Config) {
	f.between("estimate.bias", c.Estimate.Bias, -1, 10)
	f.between("estimate.error", c.Estimate.Error, 0, 1)
	f.between("noise.share", c.Noise.Share, 0, 1)
	f.between("noise.spread", c.Noise.Spread, 0, 1)
	if c.Noise.From < 0 {
		f.addf("noise.from", "is %v: cannot be negative", c.Noise.From)
	}
	if c.Noise.To < 0 || c.Noise.To > 0 && c.Noise.To <= c.Noise.From {
		f.addf("noise.to", "is %v: must be 0 (never) or after from", c.Noise.To)
	}
	if c.Noise.Share == 0 && (c.Noise.From != 0 || c.Noise.To != 0) {
		f.addf("noise.share", "is required: from and to alone take nothing")
	}
	if e := c.Noise.Every; e != 0 && (e < minNoise || e > maxWindow) {
		f.addf("noise.every", "is %v: must be 0 (1s) or between %v and %v", e, minNoise, maxWindow)
	}
	f.limit("acceleration.start", c.Acceleration.Start)
	f.limit("acceleration.step", c.Acceleration.Step)
	f.between("tokens_per_day", float64(c.TokensPerDay), 0, maxPerDay)
	f.between("spend.cap", c.Spend.Cap, 0, maxSpend)
	f.between("spend.limit", c.Spend.Limit, 0, maxSpend)
	*f = append(*f, load.Under("count_tokens", c.CountTokens.Validate())...)
	*f = append(*f, load.Under("batches", c.Batches.Validate())...)
}

const (
	minNoise  = 10 * time.Millisecond
	maxPerDay = 1e15 // tokens
	maxSpend  = 5e6  // USD; kept exactly in units of 1e-12 USD
)

func validateSpecial(f *findings, at string, p *Pool) {
	token := func(path string, t *TokenLimits) {
		f.limit(path+".itpm", t.ITPM)
		f.limit(path+".otpm", t.OTPM)
	}
	if p.LongContext != nil {
		token(at+"long_context", &p.LongContext.TokenLimits)
		f.atLeast(at+"long_context.above", float64(p.LongContext.Above), 0)
	}
	if p.Fast != nil {
		token(at+"fast", p.Fast)
	}
	if p.Priority != nil {
		token(at+"priority", p.Priority)
	}
}

// scopes checks workspaces and keys.
func (f *findings) scopes(c *Config) {
	owner := map[string]string{}
	for _, name := range sorted(c.Workspaces) {
		w := c.Workspaces[name]
		at := "workspaces." + name
		f.scope(at, &w.ScopeLimits)
		if name == "" {
			f.addf("workspaces", "has a workspace without a name")
		}
		for i, key := range w.Keys {
			if other, taken := owner[key]; taken {
				f.addf(fmt.Sprintf("%s.keys[%d]", at, i), "is %q, which workspace %s has already", key, other)
			}
			owner[key] = name
		}
	}
	for _, name := range sorted(c.KeyLimits) {
		k := c.KeyLimits[name]
		f.scope("key_limits."+name, &k)
	}
	if c.KeysShareBucket != nil && !*c.KeysShareBucket && len(c.Workspaces)+len(c.KeyLimits) > 0 {
		f.addf("keys_share_bucket", "cannot be false beside workspaces or key_limits: keys that share nothing share no organisation")
	}
}

func (f *findings) scope(at string, l *ScopeLimits) {
	f.limit(at+".rpm", l.RPM)
	f.limit(at+".itpm", l.ITPM)
	f.limit(at+".otpm", l.OTPM)
	if l.Concurrency < 0 {
		f.addf(at+".concurrency", "is %d: cannot be negative (0 means no cap)", l.Concurrency)
	}
	f.between(at+".spend_limit", l.SpendLimit, 0, maxSpend)
}
