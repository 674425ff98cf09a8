package governor

import (
	"math"
	"time"

	"ratecliff/load"
)

// meter measures how many things happen a second, in half-second slots
// (aws-sdk-go-v2 v1.47.7, adaptive_ratelimit.go, updateMeasuredRate).
type meter struct {
	measured float64
	slot     float64 // start of the slot that began at or before the last count, in seconds
	counted  float64
}

// count counts one. The rate changes at the first count of a new slot, by the
// counts since the last change, this one included.
func (m *meter) count(now time.Duration, smooth float64) {
	slot := math.Floor(now.Seconds()*2) / 2
	m.counted++
	if slot > m.slot {
		m.measured = m.counted/(slot-m.slot)*smooth + m.measured*(1-smooth)
		m.counted, m.slot = 0, slot
	}
}

// rate is what was measured; before the first slot ends, what there was so far.
func (m *meter) rate(now time.Duration) float64 {
	if m.measured == 0 {
		return m.counted / max(now.Seconds(), 0.5)
	}
	return m.measured
}

// cubic is the adaptive retry mode of the AWS SDKs. Differences to the library:
// there each waiting call sleeps by itself and tries again when it wakes, here
// they go in the queue's order and an answer that raises the rate lets the first
// go at once; and 429 is what counts as throttling.
type cubic struct {
	cfg      *Config
	on       bool // a 429 has come
	sent     meter
	most     float64 // W_max
	throttle time.Duration
	fill     float64 // per second
	tokens   float64
	holds    float64
	at       time.Duration // of tokens
	started  bool          // tokens are counted from the first answer on
}

func newCubic(cfg *Config) *cubic { return &cubic{cfg: cfg} }

// level is how many calls may go at an instant.
func (c *cubic) level(now time.Duration) float64 {
	if !c.started {
		return c.tokens
	}
	return min(c.tokens+c.fill*(now-c.at).Seconds(), c.holds)
}

func (c *cubic) ready(now time.Duration, _ cost) time.Duration {
	if !c.on {
		return now
	}
	missing := 1 - c.level(now)
	if missing <= hair {
		return now
	}
	return after(now, missing/c.fill)
}

func (c *cubic) take(now time.Duration, _ *note) {
	if !c.on {
		return
	}
	c.refill(now)
	c.tokens--
}

func (c *cubic) refill(now time.Duration) {
	c.tokens, c.at, c.started = c.level(now), now, true
}

// done follows every answer, whatever it says.
func (c *cubic) done(now time.Duration, _ *note, r *load.Response) {
	c.sent.count(now, c.cfg.Smooth)
	var rate float64
	if r.Outcome == load.Throttled && r.Dimension != load.Spend {
		c.most = c.sent.measured
		if c.on {
			c.most = min(c.most, c.fill)
		}
		c.throttle, c.on = now, true
		rate = c.most * c.cfg.Factor
	} else {
		k := math.Cbrt(c.most * (1 - c.cfg.Factor) / c.cfg.Scale)
		t := (now - c.throttle).Seconds() - k
		rate = c.cfg.Scale*t*t*t + c.most
	}
	rate = min(rate, 2*c.sent.measured)
	c.refill(now)
	c.fill = max(rate, float64(c.cfg.Min))
	c.holds = max(rate, 1)
	c.tokens = min(c.tokens, c.holds)
}
