package model

import (
	"time"

	"ratecliff/load"
	"ratecliff/ratelimit"
)

// noise is what other tenants of a shared pool take: an outflow that changes
// from period to period.
type noise struct {
	on     bool
	next   time.Duration // instant of the next change
	period uint64        // its number
}

// stir is the outflow of noise from the buckets of one pool.
type stir [ratelimit.Dimensions]int64

// maxCatchUp bounds how many periods are gone through after a long silence; the
// ones before them only refilled what has been full since.
const maxCatchUp = 100_000

func (m *Model) addNoise(h *holder) {
	if m.cfg.Noise.Share == 0 {
		return
	}
	m.noise.on = true
	h.stirred = make([]stir, len(m.pools))
	if m.noise.period > 0 {
		m.stir(h, m.noise.period-1)
	}
}

// stirUntil carries out every change until an instant, and before each what
// falls due before it.
func (m *Model) stirUntil(until time.Duration) {
	every := m.cfg.Noise.Every
	if behind := uint64(max(until-m.noise.next, 0) / every); behind > maxCatchUp {
		m.run(m.noise.next)
		m.noise.period += behind - maxCatchUp
		m.noise.next += time.Duration(behind-maxCatchUp) * every
	}
	for m.noise.next <= until {
		m.run(m.noise.next)
		for _, h := range m.holders {
			if h.stirred != nil {
				m.stirAt(h, m.noise.next)
			}
		}
		m.noise.period++
		if m.noise.next > load.Never-every {
			m.noise.next = load.Never
			m.noise.on = false
			return
		}
		m.noise.next += every
	}
}

func (m *Model) stirAt(h *holder, at time.Duration) {
	for i := range h.stirred {
		h.sets[i].Advance(at)
	}
	m.stir(h, m.noise.period)
}

// stir sets the outflow of a period: a share of the refill, drawn for each pool
// by (seed, pool, period) and by nothing else.
func (m *Model) stir(h *holder, period uint64) {
	n := &m.cfg.Noise
	mean := n.share(time.Duration(min(period, uint64(load.Never/n.Every))) * n.Every)
	for i := range h.stirred {
		rng := m.chance.Aim(m.seed, load.ForLatency, uint64(i), uint64(uint32(period))|uint64(ofNoise))
		share := min(mean*(1+n.Spread*(2*rng.Float64()-1)), 1)
		for d := range h.stirred[i] {
			b := h.sets[i].Bucket(load.RPM + load.Dimension(d))
			if b == nil {
				continue
			}
			flow := int64(share * float64(b.Limit()))
			b.Drain(flow - h.stirred[i][d])
			h.stirred[i][d] = flow
		}
	}
}
