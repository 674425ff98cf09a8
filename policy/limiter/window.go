package limiter

import (
	"time"

	"ratecliff/load"
)

// WindowConfig is a limiter that counts in windows: a log of the requests of the
// last Length, and tokens in a window that begins anew. At least one of Requests
// and Tokens must be set.
type WindowConfig struct {
	// Requests is the most requests in any Length, at most 1,000,000. All of them
	// may go at once. 0 is no limit.
	Requests int `yaml:"requests"`
	// Tokens is the most tokens in one window, input and output together. A window
	// ends when the first call finds it Length old, and the next begins there; so
	// twice as many may pass around its edge. 0 is no limit.
	Tokens int64 `yaml:"tokens"`
	// Length of both windows. 0 means 60 s.
	Length time.Duration `yaml:"length"`
	// Estimate is how many tokens a call counts. 0 means its own: uncached input,
	// cache writes and max_tokens.
	Estimate int64 `yaml:"estimate"`
	// Settle replaces the estimate by the usage when that is known. False leaves
	// it.
	Settle bool `yaml:"settle"`
	// Deadlock stops the limiter for ever the first time a call has to wait: it
	// sleeps with its lock held and then asks for that lock again. A cautionary
	// setting.
	Deadlock bool `yaml:"deadlock"`
	// Around is how many of the innermost retry layers run under one permit, see
	// [Config.Around].
	Around int `yaml:"around"`
}

const maxLogged = 1_000_000

// Validate reports everything wrong with c.
func (c WindowConfig) Validate() []load.Problem {
	var ps []load.Problem
	unless := func(ok bool, path, message string) {
		if !ok {
			ps = append(ps, load.Problem{Path: path, Message: message})
		}
	}
	unless(c.Requests >= 0 && c.Requests <= maxLogged, "requests", "must be from 0 to 1,000,000")
	unless(c.Tokens >= 0 && c.Tokens <= maxLimit, "tokens", "must be from 0 to 10¹²")
	unless(c.Requests != 0 || c.Tokens != 0, "requests", "is required, or set tokens: this limiter limits nothing")
	unless(c.Length >= 0 && c.Length <= maxWindow, "length", "must be from 0 to 24h")
	unless(c.Estimate >= 0, "estimate", "must not be negative")
	unless(c.Estimate == 0 || c.Tokens != 0, "estimate", "has no meaning without tokens")
	unless(c.Tokens <= 0 || c.Estimate <= c.Tokens, "estimate", "is above tokens: no call would ever go")
	unless(!c.Settle || c.Tokens != 0, "settle", "has no meaning without tokens")
	unless(c.Around >= 0 && c.Around <= load.MaxLayers, "around", "must be from 0 to 4")
	return ps
}

// Window is a limiter that counts in windows, of all models and keys together.
type Window struct {
	cfg     WindowConfig
	log     []time.Duration // ring of the last requests' instants
	oldest  int             // place of the oldest in log
	logged  int
	start   time.Duration // of the token window
	used    int64         // tokens in it
	counted load.BySlot[booking]
	stuck   bool
}

// booking is what a call counted, and in which token window.
type booking struct {
	tokens int64
	start  time.Duration
}

// NewWindow builds an empty window limiter from a valid configuration (see
// [WindowConfig.Validate]). Its first token window begins with the run.
func NewWindow(cfg WindowConfig) *Window {
	if cfg.Length == 0 {
		cfg.Length = defaultWindow
	}
	return &Window{cfg: cfg, log: make([]time.Duration, cfg.Requests)}
}

// Ready grants when the call fits both windows; else it waits for the later one
// to have room. With Deadlock, that it had to wait is remembered for ever.
func (w *Window) Ready(now time.Duration, c *load.Call) load.Permit {
	if w.stuck {
		return load.Permit{State: load.WaitEvent, By: "window.deadlock"}
	}
	if w.cfg.Tokens > 0 && w.tokens(c) > w.cfg.Tokens {
		return w.never()
	}
	at, by := now, ""
	if w.cfg.Requests > 0 && w.logged == w.cfg.Requests {
		if free := w.log[w.oldest] + w.cfg.Length; free > at {
			at, by = free, "window.requests"
		}
	}
	if tokens := w.tokens(c); w.cfg.Tokens > 0 && !w.over(now) && w.used+tokens > w.cfg.Tokens {
		if free := w.start + w.cfg.Length; free > at {
			at, by = free, "window.tokens"
		}
	}
	switch {
	case at > now && w.cfg.Deadlock:
		return w.never()
	case at > now:
		return load.Permit{State: load.WaitUntil, At: at, By: by}
	}
	return load.Permit{}
}

// never is the answer to a call that fits no window, or that would have to wait
// where nobody can: refused, but for the limiter that then stops.
func (w *Window) never() load.Permit {
	if !w.cfg.Deadlock {
		return load.Permit{State: load.Refused, By: "window.tokens"}
	}
	w.stuck = true
	return load.Permit{State: load.WaitEvent, By: "window.deadlock"}
}

// over says whether the token window is over and nobody has begun the next.
func (w *Window) over(now time.Duration) bool { return now-w.start >= w.cfg.Length }

func (w *Window) tokens(c *load.Call) int64 {
	if w.cfg.Estimate > 0 {
		return w.cfg.Estimate
	}
	return c.Tokens.Metered() + c.MaxTokens
}

// Take counts the call.
func (w *Window) Take(now time.Duration, c *load.Call) {
	if w.cfg.Requests > 0 {
		w.log[(w.oldest+w.logged)%len(w.log)] = now
		if w.logged == len(w.log) {
			w.oldest = (w.oldest + 1) % len(w.log)
		} else {
			w.logged++
		}
	}
	if w.cfg.Tokens == 0 {
		return
	}
	if w.over(now) {
		w.start, w.used = now, 0
	}
	tokens := w.tokens(c)
	w.used += tokens
	*w.booking(c) = booking{tokens, w.start}
}

// Done corrects what the call counted where that is configured and its window
// still runs.
func (w *Window) Done(_ time.Duration, c *load.Call, a *load.Attempt) {
	if !w.cfg.Settle || w.cfg.Tokens == 0 {
		return
	}
	b := w.booking(c)
	if b.start != w.start {
		return
	}
	actual := a.Response.Usage.Metered() + a.Response.Usage.Output
	w.used += actual - b.tokens
	b.tokens = actual
}

// Stuck says whether the limiter has stopped for ever.
func (w *Window) Stuck() bool { return w.stuck }

func (w *Window) booking(c *load.Call) *booking { return w.counted.At(c) }
