package model

import (
	"time"

	"ratecliff/ratelimit"
)

// Scope says whose limit it is. The zero Scope is the organisation's.
type Scope uint8

// The scopes, from the widest to the narrowest. A request must be admitted by
// all it falls under.
const (
	OfOrganization Scope = iota
	OfWorkspace
	OfKey
)

// String is the scope's name in files and reports.
func (s Scope) String() string {
	switch s {
	case OfWorkspace:
		return "workspace"
	case OfKey:
		return "key"
	case OfOrganization:
	}
	return "organization"
}

// MarshalText writes the name of the scope.
func (s Scope) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Refusals says what a refused request costs. The empty Refusals is off.
type Refusals string

// What a refused request costs.
const (
	RefusalsOff     Refusals = "off"     // nothing
	RefusalsRequest Refusals = "request" // one request, down to a debt of one bucket
	RefusalsLogged  Refusals = "logged"  // all it asked for, as gateways that count first and compare then do
)

// ScopeLimits are limits of a workspace or an API key. They hold beside the
// organisation's, in every pool separately; unset limits are the organisation's
// alone.
type ScopeLimits struct {
	// RPM limits requests per minute; 0 is no limit of its own.
	RPM ratelimit.PerMinute `yaml:"rpm,omitempty" json:"rpm,omitempty"`

	// ITPM limits input tokens per minute; 0 is no limit of its own.
	ITPM ratelimit.PerMinute `yaml:"itpm,omitempty" json:"itpm,omitempty"`

	// OTPM limits output tokens per minute; 0 is no limit of its own.
	OTPM ratelimit.PerMinute `yaml:"otpm,omitempty" json:"otpm,omitempty"`

	// Concurrency is the most requests in flight; 0 is no cap of its own.
	Concurrency int `yaml:"concurrency,omitempty" json:"concurrency,omitempty"`

	// SpendLimit is how many USD may be spent; 0 is no limit of its own. Beyond it
	// requests fail with status 400, as the documentation says of spend limits that
	// a customer sets.
	SpendLimit float64 `yaml:"spend_limit,omitempty" json:"spend_limit,omitempty"`
}

// Workspace is a part of the organisation with limits of its own.
type Workspace struct {
	ScopeLimits `yaml:",inline"`

	// Keys are the API keys that belong to the workspace, or their indices ("0" is
	// the first). A key that no workspace names belongs to the default workspace,
	// which cannot be limited.
	Keys []string `yaml:"keys,omitempty" json:"keys,omitempty"`
}

// Windows are lengths of time for single dimensions.
type Windows struct {
	RPM  time.Duration `yaml:"rpm,omitempty" json:"rpm,omitempty"`   // 0 means the value for all
	ITPM time.Duration `yaml:"itpm,omitempty" json:"itpm,omitempty"` // 0 means the value for all
	OTPM time.Duration `yaml:"otpm,omitempty" json:"otpm,omitempty"` // 0 means the value for all
}

// or is the three lengths, all where there is none.
func (w *Windows) or(all time.Duration) [ratelimit.Dimensions]time.Duration {
	three := [ratelimit.Dimensions]time.Duration{w.RPM, w.ITPM, w.OTPM}
	for i := range three {
		if three[i] == 0 {
			three[i] = all
		}
	}
	return three
}

// Shares are shares between 0 and 1 for single dimensions.
type Shares struct {
	RPM  *float64 `yaml:"rpm,omitempty" json:"rpm,omitempty"`   // absent means the value for all
	ITPM *float64 `yaml:"itpm,omitempty" json:"itpm,omitempty"` // absent means the value for all
	OTPM *float64 `yaml:"otpm,omitempty" json:"otpm,omitempty"` // absent means the value for all
}

func (s *Shares) or(all float64) [ratelimit.Dimensions]float64 {
	three := [ratelimit.Dimensions]float64{all, all, all}
	for i, p := range []*float64{s.RPM, s.ITPM, s.OTPM} {
		if p != nil {
			three[i] = *p
		}
	}
	return three
}
