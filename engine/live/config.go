package live

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"ratecliff/engine"
	"ratecliff/internal/wire"
	"ratecliff/load"
	"ratecliff/metrics"
)

// Defaults of Config.
const (
	DefaultMaxInFlight   = 10_000
	DefaultMaxBacklog    = 100_000
	DefaultGrace         = 30 * time.Second
	DefaultHeaderTimeout = 10 * time.Minute // the official clients' timeout of a request (SDK sources, 2026)
	DefaultIdleTimeout   = 2 * time.Minute  // services ping every few seconds while they produce
)

// Target is the service and how to be let in.
type Target struct {
	BaseURL string   // such as https://api.anthropic.com; a path is kept
	Path    string   // "" means /v1/messages
	Keys    []Secret // API keys, by load.Target.Key; empty sends none
	Version string   // anthropic-version; "" means 2023-06-01
	Headers http.Header
	Hints   bool // for the bundled mock: tiny bodies, true sizes in ratecliff-* headers
}

// Config is one run. Engine, Stream and Recorder must be fresh; they belong to
// the run until it returns. All functions are called by the owner, one at a
// time: what they take delays the run.
type Config struct {
	Engine   *engine.Engine
	Stream   *load.Stream
	Recorder *metrics.Recorder

	Target    Target
	Transport http.RoundTripper // nil means one sized by NewTransport, closed at the end

	// Wrap puts a client of others around the transport, one that may send and
	// sleep by itself: every request it makes below an attempt is recorded. Such
	// a client sleeps on the wall clock, so Compress must be 1. nil is off.
	Wrap func(http.RoundTripper) http.RoundTripper

	Compress      float64       // run time passes so many times as fast as the wall's; 0 means 1
	Horizon       time.Duration // run time; what still waits or sleeps then is unfinished; 0 means never
	Grace         time.Duration // wall time attempts under way get after a stop; 0 means DefaultGrace
	HeaderTimeout time.Duration // run time until response headers; 0 means DefaultHeaderTimeout
	IdleTimeout   time.Duration // run time between two pieces of a body; 0 means DefaultIdleTimeout
	MaxInFlight   int           // most attempts at once; 0 means DefaultMaxInFlight
	MaxBacklog    int           // most attempts held back by MaxInFlight, more are dropped and counted; 0 means DefaultMaxBacklog
	Pacer         PacerKind

	Tap      func(now time.Duration, ev engine.Event) // sees every event before the engine does; nil is off
	OnResult func(*load.Result)                       // valid during the call; nil is off
	Progress func(Status)                             // at most 4 times a second of wall time; nil is off
}

// ConfigError says everything that is wrong with a Config.
type ConfigError struct{ Problems []load.Problem }

// Error lists all problems, one a line.
func (e *ConfigError) Error() string {
	lines := []string{"live run is not valid:"}
	for _, p := range e.Problems {
		lines = append(lines, "\t"+p.String())
	}
	return strings.Join(lines, "\n")
}

// Validate reports everything wrong with the configuration and changes nothing.
func (c *Config) Validate() []load.Problem {
	var out []load.Problem
	bad := func(wrong bool, path, message string) {
		if wrong {
			out = append(out, load.Problem{Path: path, Message: message})
		}
	}
	bad(c.Engine == nil, "engine", "is needed")
	bad(c.Stream == nil, "stream", "is needed")
	bad(c.Recorder == nil, "recorder", "is needed")
	_, err := c.Target.url()
	bad(err != nil, "target.base_url", "must be an absolute http or https URL such as https://api.anthropic.com")
	bad(!(c.Compress >= 0), "compress", "must not be negative")
	bad(c.Horizon < 0, "horizon", "must not be negative")
	bad(c.Grace < 0, "grace", "must not be negative")
	bad(c.HeaderTimeout < 0, "header_timeout", "must not be negative")
	bad(c.IdleTimeout < 0, "idle_timeout", "must not be negative")
	bad(c.MaxInFlight < 0, "max_in_flight", "must not be negative")
	bad(c.Wrap != nil && c.Compress != 0 && c.Compress != 1, "compress", "must be 1 with a client of others, which sleeps on the wall clock")
	bad(c.MaxBacklog < 0, "max_backlog", "must not be negative")
	return out
}

// withDefaults is the configuration with every zero that means a default
// replaced.
func (c Config) withDefaults() Config {
	orDuration := func(v *time.Duration, d time.Duration) {
		if *v == 0 {
			*v = d
		}
	}
	orInt := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	if c.Compress == 0 {
		c.Compress = 1
	}
	orDuration(&c.Horizon, load.Never)
	orDuration(&c.Grace, DefaultGrace)
	orDuration(&c.HeaderTimeout, DefaultHeaderTimeout)
	orDuration(&c.IdleTimeout, DefaultIdleTimeout)
	orInt(&c.MaxInFlight, DefaultMaxInFlight)
	orInt(&c.MaxBacklog, DefaultMaxBacklog)
	if c.Target.Version == "" {
		c.Target.Version = wire.Version2023
	}
	return c
}

// url is where requests go.
func (t *Target) url() (*url.URL, error) {
	u, err := url.Parse(t.BaseURL)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, &url.Error{Op: "parse", URL: u.Redacted(), Err: url.InvalidHostError(u.Host)}
	}
	path := t.Path
	if path == "" {
		path = "/v1/messages"
	}
	return u.Parse(strings.TrimSuffix(u.Path, "/") + path)
}
