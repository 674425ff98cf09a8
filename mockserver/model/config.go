package model

import (
	"time"

	"ratecliff/load"
	"ratecliff/mockserver/model/fault"
	"ratecliff/ratelimit"
)

// Output says how the output of a request counts against OTPM.
type Output string

// The output policies. The empty Output is AsProduced.
const (
	// AsProduced counts tokens while they are produced, evenly from the first
	// token to the last; a request is admitted while the level is above 0 and
	// max_tokens plays no part (rate limit documentation, 2026).
	AsProduced Output = "as-produced"

	// Reserve charges max_tokens at admission and settles at the end
	// (documentation until about the end of 2025; on the wire until March 2025).
	Reserve Output = "reserve"

	// Postpaid admits while the level is above 0 and charges at the end, as
	// several gateways do.
	Postpaid Output = "postpaid"
)

// RetryAfter says what a refusal promises: "fits", "full", "omit" or a fixed
// duration such as "10s". The empty RetryAfter is "fits". What is promised is
// rounded up to whole seconds, at least 1.
type RetryAfter string

// The promises of a refusal that are not a fixed duration.
const (
	Fits RetryAfter = "fits" // until this request fits (recorded 2025-06-02: 16 s, with 63 s to full)
	Full RetryAfter = "full" // until the refusing bucket is full
	Omit RetryAfter = "omit" // no header, as before July 2024
)

// Config describes a service. The zero Config has no limits and the default
// latencies. Limits come from exactly one place: inline (RPM, ITPM, OTPM make
// one pool for every model), a named Profile, or Pools. Beside a Profile or
// Pools, a non-zero RPM, ITPM or OTPM replaces that limit in every pool.
type Config struct {
	// Profile names an embedded limit profile; see [Profiles].
	Profile string `yaml:"profile,omitempty" json:"profile,omitempty"`

	// Pools are limits of the user's own, such as those of a decoded profile.
	Pools []Pool `yaml:"pools,omitempty" json:"pools,omitempty"`

	// RPM limits requests per minute; 0 is no limit.
	RPM ratelimit.PerMinute `yaml:"rpm,omitempty" json:"rpm,omitempty"`

	// ITPM limits input tokens per minute; 0 is no limit.
	ITPM ratelimit.PerMinute `yaml:"itpm,omitempty" json:"itpm,omitempty"`

	// OTPM limits output tokens per minute; 0 is no limit.
	OTPM ratelimit.PerMinute `yaml:"otpm,omitempty" json:"otpm,omitempty"`

	// Burst is how many requests the RPM bucket holds; 0 means BurstWindow's
	// worth. It is not published; 60 RPM may act as one request per second.
	Burst int64 `yaml:"burst,omitempty" json:"burst,omitempty"`

	// BurstWindow is how much time's worth of its limit every bucket holds;
	// 0 means 60s, which fits the recorded resets of token buckets.
	BurstWindow time.Duration `yaml:"burst_window,omitempty" json:"burst_window,omitempty"`

	// StartLevel is the share of every bucket that is full at the start, 0 to 1;
	// absent means 1.
	StartLevel *float64 `yaml:"start_level,omitempty" json:"start_level,omitempty"`

	// KeysShareBucket says whether all API keys belong to one organisation and
	// share its buckets; absent means true. False gives each key its own set.
	KeysShareBucket *bool `yaml:"keys_share_bucket,omitempty" json:"keys_share_bucket,omitempty"`

	// Concurrency is the most requests in flight per organisation; 0 is no cap.
	// Beyond it a 429 without retry-after names the dimension concurrency
	// (undocumented, reported 2024-05 to 2026-03).
	Concurrency int `yaml:"concurrency,omitempty" json:"concurrency,omitempty"`

	// RetryAfter is what a 429 promises; empty means fits.
	RetryAfter RetryAfter `yaml:"retry_after,omitempty" json:"retry_after,omitempty"`

	// RetryAfterMin is the least that a 429 promises; 0 means 1s.
	RetryAfterMin time.Duration `yaml:"retry_after_min,omitempty" json:"retry_after_min,omitempty"`

	// RefusalsCharged makes every refusal cost one RPM unit, down to a debt of one
	// whole bucket and no further, so that a client that hammers cannot dig
	// itself in for more than two bucket fills. Whether the real service does this
	// is not documented; the recorded 429 speaks against it.
	RefusalsCharged bool `yaml:"refusals_charged,omitempty" json:"refusals_charged,omitempty"`

	// Refusals says what a refused request costs; empty means off, or request
	// where refusals_charged is set.
	Refusals Refusals `yaml:"refusals,omitempty" json:"refusals,omitempty"`

	// Output is how output counts against OTPM; empty means as-produced with token
	// buckets, and postpaid with every other algorithm.
	Output Output `yaml:"otpm_policy,omitempty" json:"otpm_policy,omitempty"`

	// Algorithm says how limits are kept; empty means token-bucket, as documented.
	Algorithm ratelimit.Algorithm `yaml:"algorithm,omitempty" json:"algorithm,omitempty"`

	// WindowPhase is the instant at which a fixed window begins; 0 is the start of
	// the run.
	WindowPhase time.Duration `yaml:"window_phase,omitempty" json:"window_phase,omitempty"`

	// BurstWindows are burst windows for single dimensions; 0 means burst_window.
	BurstWindows Windows `yaml:"burst_windows,omitempty" json:"burst_windows,omitzero"`

	// StartLevels are start levels for single dimensions; absent means start_level.
	StartLevels Shares `yaml:"start_levels,omitempty" json:"start_levels,omitzero"`

	// Workspaces have limits of their own below the organisation's, by name.
	Workspaces map[string]Workspace `yaml:"workspaces,omitempty" json:"workspaces,omitempty"`

	// KeyLimits are limits of single API keys, by key or by its index ("0" is the
	// first); "*" is for every other key, each on its own.
	KeyLimits map[string]ScopeLimits `yaml:"key_limits,omitempty" json:"key_limits,omitempty"`

	// Estimate is how wrong the input estimate at admission is; absent means exact.
	Estimate Estimate `yaml:"estimate,omitempty" json:"estimate,omitzero"`

	// Noise is what other tenants take; absent means nothing.
	Noise Noise `yaml:"noise,omitempty" json:"noise,omitzero"`

	// Acceleration limits how fast usage may grow; absent means it may.
	Acceleration Acceleration `yaml:"acceleration,omitempty" json:"acceleration,omitzero"`

	// TokensPerDay limits input and output of a day per pool (to the end of 2024);
	// 0 is no limit. Beyond it a 429 names no dimension.
	TokensPerDay int64 `yaml:"tokens_per_day,omitempty" json:"tokens_per_day,omitempty"`

	// Spend limits what may be spent at the embedded prices; absent means nothing
	// does.
	Spend Spend `yaml:"spend,omitempty" json:"spend,omitzero"`

	// PromptCache is how long prompt prefixes are kept; absent means that what a
	// request says it reads is read.
	PromptCache PromptCache `yaml:"prompt_cache,omitempty" json:"prompt_cache,omitzero"`

	// CountTokens limits token counting on its own; absent means what the profile
	// says, or no limit.
	CountTokens CountLimits `yaml:"count_tokens,omitempty" json:"count_tokens,omitzero"`

	// Batches limits the batch endpoints on their own; absent means what the
	// profile says, or no limit.
	Batches BatchLimits `yaml:"batches,omitempty" json:"batches,omitzero"`

	// Headers says which limit headers answers carry: current, 2024, no-requests,
	// no-input, bare-429, over-80 or none; empty means current.
	Headers HeaderProfile `yaml:"headers,omitempty" json:"headers,omitempty"`

	// Latency is how long answers take.
	Latency Latency `yaml:"latency,omitempty" json:"latency,omitzero"`

	// Faults is what goes wrong; absent means nothing does.
	Faults fault.Config `yaml:"faults,omitempty" json:"faults,omitzero"`

	// Pace is the time between two content events of a stream, of the service; 0
	// means [DefaultPace]. It places faults within streams and is set by whoever
	// plays them.
	Pace time.Duration `yaml:"-" json:"-"`
}

// Latency describes how long answers take. All distributions are in seconds (a
// scenario may write a duration) except the speed. An absent distribution takes
// the default, which is assumed, not measured.
type Latency struct {
	// TTFT is the time from admission to the first content token, in seconds.
	// Default: lognormal, p50 0.8 s, p90 1.6 s, at most 60 s (assumed).
	TTFT load.Dist `yaml:"ttft,omitempty" json:"ttft,omitzero"`

	// TokensPerSecond is the speed of one answer after the first token; a draw is
	// held between 0.1 and 1e6. Default: normal, mean 80, sd 15, at least 20
	// (assumed).
	TokensPerSecond load.Dist `yaml:"tokens_per_second,omitempty" json:"tokens_per_second,omitzero"`

	// Refusal is the time until an error is answered, in seconds. Default: fixed
	// 0.05 s (assumed).
	Refusal load.Dist `yaml:"refusal,omitempty" json:"refusal,omitzero"`
}

// Defaults of a Config, applied in one step by [Config.WithDefaults].
const (
	DefaultBurstWindow = time.Minute

	minSpeed   = 0.1            // tokens per second
	maxSpeed   = 1e6            // tokens per second; keeps the outflow of 1e10 answers in an int64
	maxLatency = 24 * time.Hour // a longer draw is cut

	maxProduction = 1000 * maxLatency
	maxWindow     = 60 * time.Minute // a longer burst window is a mistake
)

// WithDefaults returns the configuration with every absent field that has a
// default filled in.
func (c Config) WithDefaults() Config {
	if c.BurstWindow == 0 {
		c.BurstWindow = DefaultBurstWindow
	}
	if c.StartLevel == nil {
		full := 1.0
		c.StartLevel = &full
	}
	if c.KeysShareBucket == nil {
		shared := true
		c.KeysShareBucket = &shared
	}
	if c.RetryAfter == "" {
		c.RetryAfter = Fits
	}
	if c.RetryAfterMin == 0 {
		c.RetryAfterMin = time.Second
	}
	if c.Algorithm == "" {
		c.Algorithm = ratelimit.UseTokenBucket
	}
	if c.Output == "" {
		c.Output = AsProduced
		if c.Algorithm != ratelimit.UseTokenBucket {
			c.Output = Postpaid
		}
	}
	if c.Refusals == "" {
		c.Refusals = RefusalsOff
		if c.RefusalsCharged {
			c.Refusals = RefusalsRequest
		}
	}
	if c.Noise.Every == 0 {
		c.Noise.Every = time.Second
	}
	c.Latency = c.Latency.withDefaults()
	return c
}

func (l Latency) withDefaults() Latency {
	if l.TTFT.Kind == "" {
		l.TTFT = load.Dist{Kind: load.LogNormal, P50: 0.8, P90: 1.6, Cap: 60}
	}
	if l.TokensPerSecond.Kind == "" {
		l.TokensPerSecond = load.Dist{Kind: load.Normal, Average: 80, SD: 15, Min: 20}
	}
	if l.Refusal.Kind == "" {
		l.Refusal = load.FixedDist(0.05)
	}
	return l
}
