package compare

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// phases is work whose first half is heavy in input and whose second half is
// heavy in output: 0.88 of each in its half, 20 minutes of both limits in all, of
// which one minute lies in the full buckets. T* = (20 − 1) min; first come, first
// served takes 2 · (0.88 · 20 − 1) min, for the output bucket is full when its
// half begins: 1.747 · T*.
func phases() *puzzle {
	p := &puzzle{refill: vector{1000, 50_000, 10_000}, capacity: vector{1000, 50_000, 10_000}, level: vector{1000, 50_000, 10_000}}
	for range 200 {
		p.costs = append(p.costs, vector{1, 4400, 120})
	}
	for range 200 {
		p.costs = append(p.costs, vector{1, 600, 880})
	}
	return p
}

// The exact scheduler agrees: 1.74 first come, first served, and within 2 % when
// halves are interleaved by their shares.
func TestPhasedWorkByTheOracle(t *testing.T) {
	t.Parallel()
	p := phases()
	bound, _ := p.bound(p.interleaved())
	if bound != 19*time.Minute {
		t.Errorf("T* = %v, want 19 min", bound)
	}
	first, shares := over(p.admit(identity(len(p.costs))), bound), over(p.admit(p.interleaved()), bound)
	t.Logf("first come %.3f · T*, interleaved %.3f · T*", first, shares)
	if math.Abs(first-1.74) > 0.02 {
		t.Errorf("first come, first served takes %.3f · T*, want 1.74", first)
	}
	if shares > 1.02 {
		t.Errorf("interleaved takes %.3f · T*", shares)
	}
}

// Interleaving by shares stays near T* whatever the work: 200 instances of 200
// requests in three dimensions. They are known to take 1.000 · T*, 1.018 at worst.
func TestInterleavingByTheOracle(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	worst, sum := 0.0, 0.0
	for range 200 {
		p := &puzzle{costs: make([]vector, 200)}
		var total vector
		for i := range p.costs {
			p.costs[i] = vector{1, 100 + rng.Int64N(2000), 50 + rng.Int64N(1000)}
			for d, c := range p.costs[i] {
				total[d] += c
			}
		}
		for d := range total { // limits such that each takes 4 to 6 minutes
			p.refill[d] = max(1, int64(float64(total[d])/(4+2*rng.Float64())))
			p.capacity[d] = p.refill[d]
			p.level[d] = p.refill[d]
		}
		order := p.interleaved()
		bound, _ := p.bound(order)
		x := over(p.admit(order), bound)
		sum, worst = sum+x, max(worst, x)
		if took := p.admit(order); took > bound+p.slack() {
			t.Errorf("interleaved work takes %v, T* = %v and the slack %v", took, bound, p.slack())
		}
	}
	t.Logf("mean %.4f, worst %.4f", sum/200, worst)
	if sum/200 > 1.005 || worst > 1.02 {
		t.Errorf("interleaved work takes %.4f · T*, %.4f at worst", sum/200, worst)
	}
}

func over(took, bound time.Duration) float64 { return float64(took) / float64(bound) }

// The strategies do as the oracle does: with one shared limiter for all and a
// server that reserves output, first in first out takes 1.74 · T* and the queue
// that interleaves is within 2 %.
func TestPhasedWorkByTheStrategies(t *testing.T) {
	t.Parallel()
	limits := "rpm: 1000, itpm: 50000, otpm: 10000"
	got := playAll(t, fmt.Sprintf(`
version: 1
name: phased
duration: 2h
server: {%s, otpm_policy: reserve, latency: {ttft: 0.5, tokens_per_second: 1000, refusal: 0.05}}
classes:
  reading: {arrivals: {process: burst, n: 200}, input: 4400, output: 120, max_tokens: 120}
  writing: {arrivals: {process: burst, n: 200}, input: 600, output: 880, max_tokens: 880}
strategies:
  - {name: fifo, scope: shared, limiter: {share: 1.0, output: max-tokens}}
  - {name: balanced, scope: shared, queue: {order: balanced}, limiter: {share: 1.0, output: max-tokens}}
`, limits), 1, 0)
	for name, want := range map[string]struct{ least, most float64 }{"fifo": {1.72, 1.76}, "balanced": {1, 1.02}} {
		x := got[name].mean(t, "makespan_s") / (19 * 60)
		t.Logf("%s takes %.3f · T*", name, x)
		if attempts, successes, _ := got[name].total(); successes != 400 || attempts != successes {
			t.Errorf("%s: %d of 400 answered by %d attempts", name, successes, attempts)
		}
		if x < want.least || x > want.most {
			t.Errorf("%s takes %.3f · T*, want %v to %v", name, x, want.least, want.most)
		}
	}
}
