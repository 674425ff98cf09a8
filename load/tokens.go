package load

// Tokens counts the tokens of one request by kind. The zero value is a request
// without tokens. Units: tokens.
type Tokens struct {
	Input      int64 `json:"input"`       // input after the last cache breakpoint (uncached)
	CacheWrite int64 `json:"cache_write"` // input written to the prompt cache
	CacheRead  int64 `json:"cache_read"`  // input read from the prompt cache
	Output     int64 `json:"output"`      // tokens produced
}

// Add returns t + u, kind by kind.
func (t Tokens) Add(u Tokens) Tokens {
	return Tokens{t.Input + u.Input, t.CacheWrite + u.CacheWrite, t.CacheRead + u.CacheRead, t.Output + u.Output}
}

// Prompt is all input tokens, cached or not.
func (t Tokens) Prompt() int64 { return t.Input + t.CacheWrite + t.CacheRead }

// Metered is the input that counts against ITPM where cache reads are free:
// uncached input plus cache writes (rate limit documentation, 2026).
func (t Tokens) Metered() int64 { return t.Input + t.CacheWrite }
