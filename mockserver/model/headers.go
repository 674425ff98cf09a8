package model

import (
	"fmt"
	"strings"

	"ratecliff/load"
)

// HeaderProfile says which limit headers answers carry. The empty HeaderProfile
// is current.
type HeaderProfile string

// The header profiles, each as recorded or reported from the real service or a
// gateway (claude-api facts, sections 2.3 and 7).
const (
	CurrentHeaders HeaderProfile = "current"     // requests, input, output and the tokens trio; retry-after
	Headers2024    HeaderProfile = "2024"        // requests and the tokens trio only; no retry-after
	NoRequests     HeaderProfile = "no-requests" // requests trio missing (2025-11-23)
	NoInput        HeaderProfile = "no-input"    // input and tokens trio missing (2025-02-24)
	Bare429        HeaderProfile = "bare-429"    // refusals say "Error" and have neither limits nor retry-after (2026)
	Over80         HeaderProfile = "over-80"     // a trio appears once 80 % of its limit is used, as some gateways do
	NoHeaders      HeaderProfile = "none"        // no limit headers at all (2024-06); retry-after stays
)

// HeaderProfiles lists all header profiles.
func HeaderProfiles() []HeaderProfile {
	return []HeaderProfile{CurrentHeaders, Headers2024, NoRequests, NoInput, Bare429, Over80, NoHeaders}
}

// headers checks the header profile.
func (f *findings) headers(c *Config) {
	if c.Headers == "" {
		return
	}
	names := make([]string, 0, len(HeaderProfiles()))
	for _, p := range HeaderProfiles() {
		if c.Headers == p {
			return
		}
		names = append(names, string(p))
	}
	f.addf("headers", "is %q: must be one of %s", c.Headers, fmt.Sprint(strings.Join(names, ", ")))
}

// show leaves of an answer's limits what the header profile lets a client see.
func (m *Model) show(reply *Reply) {
	limits := &reply.Response.Limits
	switch m.cfg.Headers {
	case "", CurrentHeaders:
	case Headers2024:
		if !reply.Combined.Known {
			reply.Combined = combined(limits)
		}
		*limits.At(load.ITPM), *limits.At(load.OTPM) = load.LimitStatus{}, load.LimitStatus{}
	case NoRequests:
		*limits.At(load.RPM) = load.LimitStatus{}
	case NoInput:
		*limits.At(load.ITPM), reply.Combined = load.LimitStatus{}, load.LimitStatus{}
		reply.NoCombined = true
	case Bare429:
		if reply.Response.Outcome == load.Throttled {
			*limits, reply.Special = load.LimitStatuses{}, load.LimitStatuses{}
			reply.Combined, reply.Family, reply.Bare = load.LimitStatus{}, NoFamily, true
			reply.Response.Dimension, reply.Response.ErrorCode = load.NoDimension, ""
		}
	case Over80:
		over80(limits)
		over80(&reply.Special)
		if c := &reply.Combined; c.Remaining*5 >= c.Limit {
			*c = load.LimitStatus{}
		}
		reply.NoCombined = !reply.Combined.Known && (!limits.At(load.ITPM).Known || !limits.At(load.OTPM).Known)
	case NoHeaders:
		*limits, reply.Special = load.LimitStatuses{}, load.LimitStatuses{}
		reply.Combined, reply.Family = load.LimitStatus{}, NoFamily
	}
}

// over80 hides what is not used to more than 80 %.
func over80(s *load.LimitStatuses) {
	for i := range s {
		if s[i].Remaining*5 >= s[i].Limit {
			s[i] = load.LimitStatus{}
		}
	}
}

// mute says whether a refusal keeps its wait to itself.
func (m *Model) mute() bool { return m.cfg.Headers == Headers2024 || m.cfg.Headers == Bare429 }

// combined is what the tokens-* headers say without a workspace: the sum of
// input and output, and the earlier of the resets (recorded 2025).
func combined(s *load.LimitStatuses) load.LimitStatus {
	in, out := s.At(load.ITPM), s.At(load.OTPM)
	switch {
	case !in.Known:
		return *out
	case !out.Known:
		return *in
	}
	return load.LimitStatus{
		Known: true, Limit: in.Limit + out.Limit, Remaining: in.Remaining + out.Remaining, Reset: min(in.Reset, out.Reset),
	}
}

// SideLimits are the limits of token counting and of batches in force.
func (m *Model) SideLimits() (CountLimits, BatchLimits) { return m.cfg.CountTokens, m.cfg.Batches }
