package governor

import (
	"testing"
	"time"

	"ratecliff/load"
)

// policer is a server with a bucket for requests, that answers at once.
type policer struct {
	rate, holds, level float64
	at                 time.Duration
}

func (p *policer) serve(now time.Duration) load.Response {
	p.level = min(p.holds, p.level+p.rate*(now-p.at).Seconds())
	p.at = now
	if p.level < 1 {
		return refusal(load.RPM)
	}
	p.level--
	return ok()
}

// play sends as fast as a governor lets it, and returns what came by second.
func play(t *testing.T, r *rig, p *policer, until time.Duration) (served, refused []int) {
	t.Helper()
	served, refused = make([]int, until/s+1), make([]int, until/s+1)
	for now := time.Duration(0); now < until; {
		switch permit := r.g.Ready(now, call(1)); permit.State {
		case load.Granted:
			r.send(now, 1)
			answer := p.serve(now)
			if answer.Outcome == load.OK {
				served[now/s]++
			} else {
				refused[now/s]++
			}
			r.answer(now, 1, answer)
		case load.WaitUntil:
			now = permit.At
		default:
			t.Fatal("waits for nobody")
		}
	}
	return served, refused
}

func sum(n []int) (total int) {
	for _, v := range n {
		total += v
	}
	return total
}

// BBR's rate doubles until the bucket is empty; then two intervals with many 429s
// of the same rate show a policer, whose rate it keeps to for 48 rounds.
func TestBBRFindsAPolicer(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: BBR})
	served, refused := play(t, r, &policer{rate: 5, holds: 100, level: 100}, 120*s)
	f := &r.g.of(call(0)).controller.(*bbr).flow[0]
	found := 0
	for i := range refused {
		if refused[i] == 0 && sum(refused[:i]) > 0 && sum(refused[i:min(i+40, len(refused))]) <= 5 {
			found = i
			break
		}
	}
	if found == 0 || found > 40 {
		t.Fatalf("no 40 seconds with five 429s at most: %v", refused)
	}
	if got := float64(sum(served[found:found+40])) / 40; got < 4.5 || got > 5.1 {
		t.Errorf("%v a second while policed, of 5", got)
	}
	if sum(served[:found]) < 100 {
		t.Error("what the bucket held was not used")
	}
	if f.highest() > 20 {
		t.Errorf("best of ten rounds is %v", f.highest())
	}
}

// Without a limit the rate doubles until calls run out.
func TestBBRStartup(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: BBR, Start: 10, Max: 500})
	served, _ := play(t, r, &policer{rate: 1e6, holds: 1e6, level: 1e6}, 8*s)
	for i, want := range []int{10, 28, 81, 230} {
		if got := served[i]; got < want*8/10 || got > want*12/10 {
			t.Errorf("second %d: %d, want about %d", i, got, want)
		}
	}
	if served[7] < 490 {
		t.Errorf("%d a second under a ceiling of 500", served[7])
	}
}

// While a server fails nothing is learned of its limits, and nothing forgotten; a
// 429 is an answer.
func TestBBRInAnOutage(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[load.Outcome]float64{load.Overloaded: 10, load.TimedOut: 10, load.Throttled: 0} {
		cfg := Config{Kind: BBR}.complete()
		b := newBBR(&cfg)
		b.flow[0].best[0] = 10
		r := load.Response{Outcome: outcome}
		for i := range 30 {
			n := &note{cost: cost{1, 1, 1}, used: [dimensions]bool{true}}
			b.take(time.Duration(i)*2*s, n)
			b.flow[0].used = true
			b.done(time.Duration(i)*2*s, n, &r)
		}
		near(t, outcome.String(), b.flow[0].highest(), want)
		if outcome == load.Throttled {
			near(t, "the lowest rate", b.bucket[0].rate, 0.5)
		}
	}
}

// The cycle is that of tcp_bbr.c.
func TestBBRCycle(t *testing.T) {
	t.Parallel()
	f := flow{mode: probing, best: [bbrWindow]float64{0: 10}}
	for _, want := range []float64{1.25, 0.75, 1, 1, 1, 1, 1, 1, 1.25} {
		near(t, "gain", f.rate(), 0.99*10*want)
		f.next()
	}
	f = flow{mode: startup, best: [bbrWindow]float64{0: 10}, used: true, full: 10}
	near(t, "startup", f.rate(), 0.99*28.85)
	for range 3 {
		f.next()
	}
	near(t, "drain after three rounds without growth", f.rate(), 0.99*10/2.885)
	f.next()
	near(t, "cruise", f.rate(), 9.9)
	f.best[1] = 12.6
	g := flow{mode: startup, best: f.best, used: true, full: 10, stall: 2}
	if g.next(); g.mode != startup || g.stall != 0 {
		t.Error("a quarter more is growth")
	}
}

// Two intervals an eighth apart are one rate, further apart they are not.
func TestPolicedRatio(t *testing.T) {
	t.Parallel()
	for second, want := range map[float64]bool{8: true, 9: true, 7: true, 9.01: false, 6.99: false} {
		p := police{interval: 8}
		p.judge(0, &flow{}, second)
		if p.policed != want {
			t.Errorf("8 and %v: %v", second, p.policed)
		}
		if want {
			near(t, "mean", p.mean, (8+second)/2)
		}
	}
}

// Fewer than 50 in 256 lost is no policer.
func TestPolicedLoss(t *testing.T) {
	t.Parallel()
	for lost, want := range map[float64]bool{49: false, 50: true} {
		f := flow{delivered: 256, lost: lost}
		p := police{sampling: true, length: 4, from: 0}
		p.sample(s, &f, true, false)
		if got := p.interval > 0; got != want {
			t.Errorf("%v of 256: %v", lost, got)
		}
	}
}

// The PI controller comes down to the limit's neighbourhood and stays in it, but
// does not come to rest.
func TestPIDSwings(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: PID})
	served, refused := play(t, r, &policer{rate: 2, holds: 10, level: 10}, 600*s)
	last := served[300:600]
	if got := float64(sum(last)) / 300; got < 1.6 || got > 2.05 {
		t.Errorf("%v a second, of 2", got)
	}
	if share := float64(sum(refused[300:])) / float64(sum(refused[300:])+sum(last)); share > 0.2 {
		t.Errorf("%v refused", share)
	}
}

// u = kp·e + ki·∫e dt, to the number.
func TestPIDFormula(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: PID, Start: 1, KP: 1, KI: 0.5, Target: 0.1})
	r.send(0, 1)
	r.answer(0, 1, refusal(load.RPM)) // the period is not over
	b := &r.g.of(call(0)).controller.(*pid).bucket[0]
	near(t, "before", b.rate, 1)
	r.send(s, 2)
	r.answer(s, 2, ok())                         // one of two: e = −0.4
	near(t, "after", b.rate, 0.5488116360940264) // e^(−0.4 − 0.2)
}

// At the ceiling the integral stands still.
func TestPIDDoesNotWindUp(t *testing.T) {
	t.Parallel()
	r := newRig(t, Config{Kind: PID, Start: 10, Max: 11, KI: 1})
	play(t, r, &policer{rate: 1000, holds: 1000, level: 1000}, 300*s)
	l := &r.g.of(call(0)).controller.(*pid).loop[0]
	if l.integral > 0.12 {
		t.Errorf("integral %v: e^0.1 is the ceiling", l.integral)
	}
}
