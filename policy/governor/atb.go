package governor

import (
	"time"

	"ratecliff/load"
)

// atb is the adaptive token bucket. What its authors' program does and this does
// not: it rounds rates to hundredths per second, and it sends one call at a time,
// which is concurrency's to say. Ours is the ceiling of the rate, for theirs has
// none.
type atb struct {
	cfg        *Config
	rate       float64 // tokens per second
	congestion float64 // the rate at the last failure
	tokens     float64
	at         time.Duration // of tokens: when the last call went
}

func newATB(cfg *Config) *atb {
	return &atb{cfg: cfg, rate: float64(cfg.Start), congestion: float64(cfg.Congestion), tokens: cfg.Tokens}
}

// level is what the bucket holds. As in the source all that was refilled since
// the last call counts at the rate of now.
func (t *atb) level(now time.Duration) float64 {
	return min(t.cfg.Burst, t.tokens+t.rate*(now-t.at).Seconds())
}

func (t *atb) ready(now time.Duration, _ cost) time.Duration {
	missing := 1 - t.level(now)
	if missing <= hair {
		return now
	}
	return after(now, missing/t.rate)
}

func (t *atb) take(now time.Duration, _ *note) {
	t.tokens, t.at = t.level(now)-1, now
}

// minStep is the least by which a success raises the rate, per second (ATB.py).
const minStep = 0.01

func (t *atb) done(_ time.Duration, _ *note, r *load.Response) {
	switch {
	case r.Outcome == load.OK:
		step := t.cfg.SecondStep
		if t.rate < t.congestion {
			step = t.cfg.FirstStep
		}
		t.rate = min(max(t.rate+minStep, t.rate*step), float64(t.cfg.Max))
	case congested(r.Status):
		t.congestion = t.rate
		t.rate = max(t.rate/2, float64(t.cfg.Min))
		t.tokens = 0
	}
}

// congested are the statuses that ATB.py takes for a failure.
func congested(status int) bool {
	switch status {
	case 429, 408, 425, 500, 502, 503, 504:
		return true
	}
	return false
}
