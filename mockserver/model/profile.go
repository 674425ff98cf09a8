package model

import (
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strings"

	"ratecliff/load"
	"ratecliff/mockserver/model/fault"
	"ratecliff/ratelimit"
)

//go:embed profiles/*.json
var profileFiles embed.FS

// Profile is a dated set of limits, as data.
type Profile struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Date   string `json:"date"`   // when the numbers were read, such as 2026-10 or 2025-11/2025-12
	Source string `json:"source"` // where they were read
	Note   string `json:"note,omitempty"`
	Pools  []Pool `json:"pools"`

	CountTokens CountLimits `json:"count_tokens,omitzero"` // zero: no limit known
	Batches     BatchLimits `json:"batches,omitzero"`      // zero: no limit known
}

// Pool is one class of models that shares its limits. A limit of 0 is no limit.
type Pool struct {
	// Name shows in reports and messages.
	Name string `yaml:"name" json:"name"`

	// Models are names, or prefixes with a trailing *. The longest match over all
	// pools wins; a full name beats every pattern.
	Models []string `yaml:"models" json:"models"`

	// RPM limits requests per minute; 0 is no limit.
	RPM ratelimit.PerMinute `yaml:"rpm,omitempty" json:"rpm,omitempty"`

	// ITPM limits input tokens per minute; 0 is no limit.
	ITPM ratelimit.PerMinute `yaml:"itpm,omitempty" json:"itpm,omitempty"`

	// OTPM limits output tokens per minute; 0 is no limit.
	OTPM ratelimit.PerMinute `yaml:"otpm,omitempty" json:"otpm,omitempty"`

	// CacheReadsCount says that cache reads count against ITPM (older models).
	CacheReadsCount bool `yaml:"cache_reads_count,omitempty" json:"cache_reads_count,omitempty"`

	// LongContext holds separate token limits of requests with long prompts; absent
	// means they share the pool's.
	LongContext *LongContext `yaml:"long_context,omitempty" json:"long_context,omitempty"`

	// Fast holds the separate token limits of fast mode; absent means that the
	// class has none, and fast requests run as others do.
	Fast *TokenLimits `yaml:"fast,omitempty" json:"fast,omitempty"`

	// Priority is a priority tier commitment, drawn from beside the pool's limits;
	// absent means none.
	Priority *TokenLimits `yaml:"priority,omitempty" json:"priority,omitempty"`

	// Assumed marks numbers that no source states.
	Assumed bool `yaml:"assumed,omitempty" json:"assumed,omitempty"`
}

// UnknownProfileError says that no embedded profile has this name.
type UnknownProfileError struct {
	Name    string
	Nearest string   // the likeliest name meant, "" when none is near
	Known   []string // all names
}

// Error names the nearest profile, if one is near, and all that exist.
func (e *UnknownProfileError) Error() string {
	known := strings.Join(e.Known, ", ")
	if e.Nearest == "" {
		return fmt.Sprintf("unknown profile %q; known: %s", e.Name, known)
	}
	return fmt.Sprintf("unknown profile %q, did you mean %q? Known: %s", e.Name, e.Nearest, known)
}

// Profiles lists the names of the embedded profiles in alphabetical order.
func Profiles() []string {
	entries, err := profileFiles.ReadDir("profiles")
	if err != nil {
		return nil // cannot happen: the folder is embedded
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".json"))
	}
	return names
}

// LoadProfile returns an embedded profile. An unknown name is an
// [*UnknownProfileError].
func LoadProfile(name string) (Profile, error) {
	known := Profiles()
	for _, k := range known {
		if k != name {
			continue
		}
		f, err := profileFiles.Open(path.Join("profiles", name+".json"))
		if err != nil {
			return Profile{}, fmt.Errorf("opening embedded profile %q: %w", name, err)
		}
		defer f.Close()
		return DecodeProfile(f)
	}
	return Profile{}, &UnknownProfileError{Name: name, Nearest: fault.Nearest(name, known), Known: known}
}

// maxProfileBytes bounds what DecodeProfile reads.
const maxProfileBytes = 1 << 20

// DecodeProfile reads a profile from JSON of at most 1 MiB. Unknown fields, text
// after the object and limits that make no sense are errors.
func DecodeProfile(r io.Reader) (Profile, error) {
	var p Profile
	limited := &io.LimitedReader{R: r, N: maxProfileBytes + 1}
	dec := json.NewDecoder(limited)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return Profile{}, fmt.Errorf("decoding profile: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF || limited.N == 0 {
		return Profile{}, fmt.Errorf("decoding profile %q: more than one JSON object of at most %d bytes", p.Name, maxProfileBytes)
	}
	if problems := p.Validate(); len(problems) > 0 {
		return Profile{}, fmt.Errorf("decoding profile %q: %w", p.Name, &ConfigError{Problems: problems})
	}
	return p, nil
}

// Validate reports everything wrong with the profile.
func (p Profile) Validate() []load.Problem {
	var problems []load.Problem
	if p.Name == "" {
		problems = append(problems, load.Problem{Path: "name", Message: "is missing"})
	}
	if len(p.Pools) == 0 {
		problems = append(problems, load.Problem{Path: "pools", Message: "is empty: name at least one pool"})
	}
	problems = append(problems, load.Under("count_tokens", p.CountTokens.Validate())...)
	problems = append(problems, load.Under("batches", p.Batches.Validate())...)
	return append(problems, load.Under("pools", validatePools(p.Pools))...)
}
