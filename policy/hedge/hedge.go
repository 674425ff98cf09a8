package hedge

import (
	"time"

	"ratecliff/load"
)

// Hedge decides when calls get further copies. It satisfies the engine's Hedger.
type Hedge struct {
	cfg     Config
	classes []samples // by class of the call
	sent    share
	levels  []levels // by key and model
}

// New builds a hedge from a valid configuration (see [Config.Validate]).
func New(cfg Config) *Hedge {
	h := &Hedge{cfg: cfg.withDefaults()}
	if h.cfg.MaxShare > 0 {
		h.sent.copies = make([]bool, h.cfg.ShareWindow)
	}
	return h
}

// Sent counts an attempt and says after how long the next copy is due.
func (h *Hedge) Sent(_ time.Duration, c *load.Call) (wait time.Duration, more bool) {
	if h.cfg.MaxShare > 0 {
		h.sent.add(c.Copy > 0)
	}
	if c.Copy >= h.cfg.Copies {
		return 0, false
	}
	if s := h.of(c); s != nil && len(s.sorted) >= h.cfg.MinSamples {
		return s.quantile(h.cfg.Quantile), true
	}
	return h.cfg.Delay, h.cfg.Delay > 0
}

// of is what is known of the service times of a call's class, or nil.
func (h *Hedge) of(c *load.Call) *samples {
	if h.cfg.Quantile == 0 || c.Class >= len(h.classes) {
		return nil
	}
	return &h.classes[c.Class]
}

// Allow says whether one more copy keeps within the share, and whether every
// bucket heard of has headroom.
func (h *Hedge) Allow(now time.Duration, _ *load.Call) bool {
	if h.cfg.MaxShare > 0 && !h.sent.room(h.cfg.MaxShare) {
		return false
	}
	if h.cfg.Headroom > 0 {
		for i := range h.levels {
			if h.levels[i].least(now) < h.cfg.Headroom {
				return false
			}
		}
	}
	return true
}

// Observe learns from an attempt that ended.
func (h *Hedge) Observe(now time.Duration, c *load.Call, a *load.Attempt) {
	if h.cfg.Headroom > 0 {
		h.hear(now, a)
	}
	if h.cfg.Quantile == 0 || c.Copy > 0 {
		return
	}
	switch a.Response.Outcome {
	case load.OK, load.TimedOut, load.Cancelled:
	default:
		return
	}
	for c.Class >= len(h.classes) {
		h.classes = append(h.classes, samples{})
	}
	h.classes[c.Class].add(max(a.Done-a.Started, 0), h.cfg.Window)
}

// hear keeps what the headers of an answer say of its bucket.
func (h *Hedge) hear(now time.Duration, a *load.Attempt) {
	for d := range a.Response.Limits {
		s := &a.Response.Limits[d]
		if !s.Known || s.Limit <= 0 {
			continue
		}
		l := h.levelsOf(a.Target)
		l.status[d], l.at[d] = *s, now
	}
}

func (h *Hedge) levelsOf(t load.Target) *levels {
	for i := range h.levels {
		if l := &h.levels[i]; l.key == t.Key && l.model == t.Model {
			return l
		}
	}
	h.levels = append(h.levels, levels{key: t.Key, model: t.Model})
	return &h.levels[len(h.levels)-1]
}
