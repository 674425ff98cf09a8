package model

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ratecliff/load"
	"ratecliff/ratelimit"
)

// ConfigError holds everything wrong with a configuration.
type ConfigError struct{ Problems []load.Problem }

// Error lists all problems, separated by semicolons.
func (e *ConfigError) Error() string {
	texts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		texts[i] = p.String()
	}
	return strings.Join(texts, "; ")
}

// findings collects problems.
type findings []load.Problem

func (f *findings) addf(path, format string, args ...any) {
	*f = append(*f, load.Problem{Path: path, Message: fmt.Sprintf(format, args...)})
}

// Validate reports everything wrong with the configuration at once and changes
// nothing; paths are relative to it.
func (c Config) Validate() []load.Problem {
	var f findings
	f.limit("rpm", c.RPM)
	f.limit("itpm", c.ITPM)
	f.limit("otpm", c.OTPM)
	f.places(&c)
	f.buckets(&c)
	f.answers(&c)
	f.algorithm(&c)
	f.special(&c)
	f.cache(&c)
	f.headers(&c)
	f.scopes(&c)
	f = append(f, load.Under("pools", validatePools(c.Pools))...)
	f = append(f, load.Under("latency", c.Latency.Validate())...)
	f = append(f, load.Under("faults", c.Faults.Validate())...)
	if len(f) == 0 {
		f.capacities(&c)
	}
	return f
}

// Validate reports everything wrong with the latencies; paths are relative to it.
func (l Latency) Validate() []load.Problem {
	f := findings(load.Under("ttft", present(l.TTFT)))
	f = append(f, load.Under("tokens_per_second", present(l.TokensPerSecond))...)
	return append(f, load.Under("refusal", present(l.Refusal))...)
}

func present(d load.Dist) []load.Problem {
	if d.Kind == "" {
		return nil
	}
	return d.Validate()
}

func (f *findings) limit(path string, l ratelimit.PerMinute) {
	switch {
	case l < 0:
		f.addf(path, "is %d: a limit cannot be negative (0 means no limit)", l)
	case l > ratelimit.MaxPerMinute:
		f.addf(path, "is %d: at most %d per minute can be kept exactly", l, ratelimit.MaxPerMinute)
	}
}

func (f *findings) places(c *Config) {
	if c.Profile == "" {
		return
	}
	if len(c.Pools) > 0 {
		f.addf("pools", "cannot stand beside a profile: give one of the two")
	}
	if _, err := LoadProfile(c.Profile); err != nil {
		f.addf("profile", "%v", err)
	}
}

func (f *findings) buckets(c *Config) {
	if c.Burst < 0 || c.Burst > ratelimit.MaxBurst {
		f.addf("burst", "is %d: must be between 0 (burst_window's worth) and %d requests", c.Burst, ratelimit.MaxBurst)
	}
	if c.BurstWindow < 0 || c.BurstWindow > maxWindow {
		f.addf("burst_window", "is %v: must be between 0 (60s) and %v", c.BurstWindow, maxWindow)
	}
	for i, w := range c.BurstWindows.or(0) {
		if w < 0 || w > maxWindow {
			f.addf("burst_windows."+(load.RPM+load.Dimension(i)).String(), "is %v: must be between 0 (burst_window) and %v", w, maxWindow)
		}
	}
	f.share("start_level", c.StartLevel)
	f.share("start_levels.rpm", c.StartLevels.RPM)
	f.share("start_levels.itpm", c.StartLevels.ITPM)
	f.share("start_levels.otpm", c.StartLevels.OTPM)
	if c.Concurrency < 0 {
		f.addf("concurrency", "is %d: cannot be negative (0 means no cap)", c.Concurrency)
	}
}

func (f *findings) share(path string, l *float64) {
	if l != nil && !(*l >= 0 && *l <= 1) {
		f.addf(path, "is %v: must be a share between 0 and 1", *l)
	}
}

func (f *findings) algorithm(c *Config) {
	bucket := c.Algorithm == "" || c.Algorithm == ratelimit.UseTokenBucket
	if !bucket && !slices.Contains(ratelimit.Algorithms(), c.Algorithm) {
		f.addf("algorithm", "is %q: must be one of %v", c.Algorithm, ratelimit.Algorithms())
	}
	if !bucket && c.Output == AsProduced {
		f.addf("otpm_policy", "cannot be %s with %s: only a token bucket drains evenly", AsProduced, c.Algorithm)
	}
	if !bucket && c.Noise.Share > 0 {
		f.addf("noise", "needs the algorithm %s: other limits have no refill to share", ratelimit.UseTokenBucket)
	}
	if c.WindowPhase < 0 {
		f.addf("window_phase", "is %v: cannot be negative", c.WindowPhase)
	}
}

func (f *findings) answers(c *Config) {
	if _, _, err := c.RetryAfter.parse(); err != nil {
		f.addf("retry_after", "%v", err)
	}
	if m := c.RetryAfterMin; m < 0 || m > maxLatency {
		f.addf("retry_after_min", "is %v: must be between 0 (1s) and %v", m, maxLatency)
	}
	switch c.Refusals {
	case "", RefusalsOff, RefusalsRequest, RefusalsLogged:
	default:
		f.addf("refusals", "is %q: must be %s, %s or %s", c.Refusals, RefusalsOff, RefusalsRequest, RefusalsLogged)
	}
	switch c.Output {
	case "", AsProduced, Reserve, Postpaid:
	default:
		f.addf("otpm_policy", "is %q: must be %s, %s or %s", c.Output, AsProduced, Reserve, Postpaid)
	}
}

// capacities checks what limits and window make together.
func (f *findings) capacities(c *Config) {
	limits, err := c.Limits()
	if err != nil {
		f.addf("", "%v", err)
		return
	}
	for _, l := range limits {
		if max(l.Burst.Requests, l.Burst.Input, l.Burst.Output) > ratelimit.MaxBurst {
			f.addf("burst_window", "makes a bucket of pool %q larger than %d, which cannot be kept exactly", l.Name, ratelimit.MaxBurst)
		}
	}
}

// parse returns the kind of promise, and the fixed duration when the kind is "".
func (r RetryAfter) parse() (kind RetryAfter, fixed time.Duration, err error) {
	switch r {
	case "", Fits:
		return Fits, 0, nil
	case Full, Omit:
		return r, 0, nil
	}
	fixed, err = time.ParseDuration(string(r))
	if err != nil || fixed <= 0 {
		return "", 0, fmt.Errorf("is %q: must be %s, %s, %s or a duration above 0 such as 10s", string(r), Fits, Full, Omit)
	}
	return "", fixed, nil
}

func validatePools(pools []Pool) []load.Problem {
	var f findings
	seen := map[string]bool{}
	for i, p := range pools {
		at := fmt.Sprintf("[%d].", i)
		f.limit(at+"rpm", p.RPM)
		f.limit(at+"itpm", p.ITPM)
		f.limit(at+"otpm", p.OTPM)
		validateSpecial(&f, at, &p)
		if p.Name == "" {
			f.addf(at+"name", "is missing")
		}
		if len(p.Models) == 0 {
			f.addf(at+"models", "is empty: no request could use this pool")
		}
		for j, m := range p.Models {
			f.pattern(fmt.Sprintf("%smodels[%d]", at, j), m, seen)
		}
	}
	return f
}

func (f *findings) pattern(path, m string, seen map[string]bool) {
	switch {
	case m == "":
		f.addf(path, "is empty")
	case strings.Contains(strings.TrimSuffix(m, "*"), "*"):
		f.addf(path, "is %q: only a trailing * is a pattern", m)
	case seen[m]:
		f.addf(path, "is %q, which another pool or entry has already", m)
	}
	seen[m] = true
}
