package mockserver

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"ratecliff/internal/wire"
	"ratecliff/load"
)

// Strict narrows what a request may say. The zero Strict takes any key and any
// beta.
type Strict struct {
	// Keys are the only API keys that are good, others get a 401; empty means all.
	Keys []string `yaml:"keys,omitempty" json:"keys,omitempty"`

	// Betas refuses every anthropic-beta value that is not known, with the
	// documented 400.
	Betas bool `yaml:"betas,omitempty" json:"betas,omitempty"`
}

// Validate reports keys that no client could send.
func (c Strict) Validate() []load.Problem {
	if slices.Contains(c.Keys, "") {
		return []load.Problem{{Path: "keys", Message: "must not hold an empty key"}}
	}
	return nil
}

// fastBeta is the beta that a request in fast mode names.
const fastBeta = "fast-mode-2026-02-01"

// betas are the values of anthropic-beta that the strict mock knows.
func knownBeta(name string) bool {
	switch name {
	case fastBeta, "context-1m-2025-08-07", "message-batches-2024-09-24", "token-counting-2024-11-01",
		"prompt-caching-2024-07-31", "extended-cache-ttl-2025-04-11", "interleaved-thinking-2025-05-14",
		"output-128k-2025-02-19", "fine-grained-tool-streaming-2025-05-14", "token-efficient-tools-2025-02-19",
		"structured-outputs-2025-11-13", "context-management-2025-06-27", "claude-code-20250219",
		"computer-use-2025-01-24", "files-api-2025-04-14", "mcp-client-2025-04-04", "oauth-2025-04-20",
		"code-execution-2025-08-25", "effort-2025-11-24", "advanced-tool-use-2025-11-20":
		return true
	}
	return false
}

// head checks what every request carries in its headers: key, version, betas.
// Ordinary endpoints want an ordinary key.
func (s *Server) head(r *http.Request, x *exchange) *wire.Failure {
	if failure := x.authenticate(r); failure != nil {
		return failure
	}
	if isAdmin(x.key) || len(s.cfg.Strict.Keys) > 0 && !slices.Contains(s.cfg.Strict.Keys, x.key) {
		return badKey()
	}
	return s.version(r)
}

// adminHead is head for endpoints that want an admin key.
func (s *Server) adminHead(r *http.Request, x *exchange) *wire.Failure {
	if failure := x.authenticate(r); failure != nil {
		return failure
	}
	if !isAdmin(x.key) {
		return badKey()
	}
	return s.version(r)
}

func isAdmin(key string) bool { return strings.HasPrefix(key, "sk-ant-admin") }

func badKey() *wire.Failure {
	return &wire.Failure{Status: http.StatusUnauthorized, Type: wire.AuthenticationError, Message: "invalid x-api-key"}
}

func (s *Server) version(r *http.Request) *wire.Failure {
	switch version := r.Header.Get(wire.HeaderVersion); version {
	case wire.Version2023, wire.Version2026:
	case "":
		return invalid("anthropic-version: header is required")
	default:
		return invalid("anthropic-version: " + strconv.Quote(version) + " is not a valid version")
	}
	if s.cfg.Strict.Betas {
		return checkBetas(r.Header)
	}
	return nil
}

func checkBetas(h http.Header) *wire.Failure {
	for _, list := range h[wire.HeaderBeta] {
		for name := range strings.SplitSeq(list, ",") {
			if name = strings.TrimSpace(name); name != "" && !knownBeta(name) {
				return invalid("Unexpected value(s) `" + name + "` for the `anthropic-beta` header. Please consult our documentation at docs.claude.com or try again without the header.")
			}
		}
	}
	return nil
}

func hasBeta(h http.Header, want string) bool {
	for _, list := range h[wire.HeaderBeta] {
		for name := range strings.SplitSeq(list, ",") {
			if strings.TrimSpace(name) == want {
				return true
			}
		}
	}
	return false
}

// checkBody answers with the 400s that depend on version, betas and model.
func (s *Server) checkBody(h http.Header, d *wire.Decoded) *wire.Failure {
	if d.Sampling != "" && h.Get(wire.HeaderVersion) == wire.Version2026 {
		return invalid(d.Sampling + ": Extra inputs are not permitted")
	}
	if d.Speed != "" && !hasBeta(h, fastBeta) {
		return invalid("speed: Extra inputs are not permitted")
	}
	return s.checkModel(d)
}

// fast says whether a request asks for fast mode, of a model that does not
// quietly run it at standard speed.
func (s *Server) fast(d *wire.Decoded) bool {
	if d.Speed != "fast" {
		return false
	}
	m := s.offer.Load().model(d.Model)
	return m == nil || !m.Slow
}

// checkModel compares the request with what is known of its model.
func (s *Server) checkModel(d *wire.Decoded) *wire.Failure {
	m := s.offer.Load().model(d.Model)
	if m == nil {
		return nil
	}
	prompt := d.Prompt.Tokens().Prompt()
	switch {
	case m.MaxInputTokens > 0 && prompt > m.MaxInputTokens && m.Knows("max_input_tokens"):
		return invalid("prompt is too long: " + strconv.FormatInt(prompt, 10) + " tokens > " + strconv.FormatInt(m.MaxInputTokens, 10) + " maximum")
	case m.MaxTokens > 0 && d.MaxTokens > m.MaxTokens && m.Knows("max_tokens"):
		return invalid("max_tokens: " + strconv.FormatInt(d.MaxTokens, 10) + " > " + strconv.FormatInt(m.MaxTokens, 10) +
			", which is the maximum allowed number of output tokens for " + m.ID)
	case d.Speed == "fast" && !m.Fast && !m.Slow:
		return invalid("speed: '" + m.ID + "' does not support fast mode")
	}
	return nil
}
