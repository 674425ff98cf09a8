package model

import (
	"math"
	"math/rand/v2"
	"time"

	"ratecliff/load"
)

// draw tells the latencies of one attempt apart, so that each has a random
// stream of its own: another kind of distribution for one shifts no other.
type draw uint64

const (
	ofFirstToken draw = iota << 32 // above any attempt number
	ofSpeed
	ofRefusal
	ofEstimate
	ofNoise
)

// aim points the generator at one latency of one attempt: equal seed, ID and
// Attempt draw equal latencies in whatever order requests come.
func (m *Model) aim(req *Request, which draw) *rand.Rand {
	return m.chance.Aim(m.seed, load.ForLatency, req.ID, uint64(uint32(req.Attempt))|uint64(which))
}

// sample draws one latency of one attempt, without aiming where chance plays no
// part.
func (m *Model) sample(req *Request, which draw, d *load.Dist) float64 {
	if d.Kind == load.Fixed {
		return d.Value
	}
	return d.Sample(m.aim(req, which))
}

// delay draws a latency in seconds and returns it in whole nanoseconds, between
// 0 and maxLatency.
func (m *Model) delay(req *Request, which draw, d *load.Dist) time.Duration {
	return span(m.sample(req, which, d), maxLatency)
}

// production is how long it takes to produce tokens at a speed drawn for this
// attempt.
func (m *Model) production(req *Request, tokens int64) time.Duration {
	speed := m.sample(req, ofSpeed, &m.cfg.Latency.TokensPerSecond)
	if !(speed > minSpeed) {
		speed = minSpeed
	}
	return span(float64(tokens)/min(speed, maxSpeed), maxProduction)
}

// span is seconds in whole nanoseconds, between 0 (for NaN too) and most.
func span(seconds float64, most time.Duration) time.Duration {
	ns := seconds * float64(time.Second)
	if !(ns > 0) {
		return 0
	}
	return time.Duration(min(ns, float64(most)) + 0.5)
}

// quick is the same latencies, with log-normals given by the mean and deviation
// of the logarithm, which spares two logarithms a draw: mu = ln p50 and
// sigma = ln(p90/p50) / z90 with z90 the 90th percentile of the standard normal
// distribution.
func (l Latency) quick() Latency {
	const z90 = 1.2815515655446004
	for _, d := range []*load.Dist{&l.TTFT, &l.TokensPerSecond, &l.Refusal} {
		if d.Kind == load.LogNormal && d.P50 > 0 {
			d.Mu, d.Sigma = math.Log(d.P50), math.Log(d.P90/d.P50)/z90
			d.P50, d.P90 = 0, 0
		}
	}
	return l
}
