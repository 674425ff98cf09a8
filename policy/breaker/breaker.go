package breaker

import (
	"slices"
	"time"

	"ratecliff/load"
)

// State is what a breaker lets through.
type State uint8

// Breaker states.
const (
	Closed   State = iota // everything
	Open                  // nothing
	HalfOpen              // a few trials
)

// String is the state's name in reports.
func (s State) String() string {
	return [...]string{Closed: "closed", Open: "open", HalfOpen: "half-open"}[s]
}

// Breaker is a circuit breaker over all attempts of one client process.
//
//	closed ──failures in a row, or ratio──▶ open ──after Open──▶ half-open
//	   ▲                                      ▲                      │
//	   └────────── all trials succeed ────────┼────── one fails ─────┘
//
// A failure is an overloaded answer (529), any other server error, a broken or
// missing answer, a timeout, and with CountThrottled a 429. An uncounted 429
// and the other 4xx are no evidence of the server's health: they change nothing,
// and a trial that ends so makes room for another.
type Breaker struct {
	cfg       Config
	state     State
	since     time.Duration // of the state
	row       int           // failures in a row
	recent    window
	trials    []int32 // slots of the calls on trial
	successes int     // of trials
}

// New builds a closed breaker from a valid configuration (see
// [Config.Validate]).
func New(cfg Config) *Breaker {
	if cfg.Window == 0 {
		cfg.Window = 20 // seeds.md T01 "of the last 20"
	}
	if cfg.Open == 0 {
		cfg.Open = 30 * time.Second // seeds.md T01
	}
	if cfg.Trials == 0 {
		cfg.Trials = 1 // seeds.md T01; sony/gobreaker v2.4 too
	}
	b := &Breaker{cfg: cfg, trials: make([]int32, 0, cfg.Trials)}
	if cfg.Ratio > 0 {
		b.recent.failed = make([]bool, cfg.Window)
	}
	return b
}

// State is what the breaker lets through at an instant.
func (b *Breaker) State(now time.Duration) State {
	if b.state == Open && now >= b.until() {
		return HalfOpen
	}
	return b.state
}

func (b *Breaker) until() time.Duration { return b.since + b.cfg.Open }

// Ready grants while the breaker is closed or has room for a trial.
func (b *Breaker) Ready(now time.Duration, _ *load.Call) load.Permit {
	state := b.State(now)
	switch {
	case state == Closed || state == HalfOpen && b.room() > 0:
		return load.Permit{}
	case b.cfg.WhenOpen == Fail:
		return load.Permit{State: load.Refused, By: "breaker"}
	case state == Open:
		return load.Permit{State: load.WaitUntil, At: b.until(), By: "breaker"}
	}
	return load.Permit{State: load.WaitEvent, By: "breaker"}
}

// room is how many more calls may go on trial.
func (b *Breaker) room() int { return b.cfg.Trials - len(b.trials) - b.successes }

// Take lets a call through, on trial when the breaker is half open.
func (b *Breaker) Take(now time.Duration, c *load.Call) {
	if b.state == Open && now >= b.until() {
		b.enter(now, HalfOpen)
	}
	if b.state == HalfOpen {
		b.trials = append(b.trials, c.Slot)
	}
}

// Done counts what became of the attempt. One that was sent before the breaker
// last opened or closed says nothing about now and is not counted.
func (b *Breaker) Done(now time.Duration, c *load.Call, a *load.Attempt) {
	failed, counts := b.judge(&a.Response)
	switch b.state {
	case Closed:
		if counts && a.Scheduled >= b.since {
			b.count(now, failed)
		}
	case HalfOpen:
		b.endTrial(now, c.Slot, failed, counts)
	case Open:
	}
}

// judge says whether an answer is a failure, and whether it counts at all.
func (b *Breaker) judge(r *load.Response) (failed, counts bool) {
	switch r.Outcome {
	case load.OK:
		return false, true
	case load.Throttled:
		return b.cfg.CountThrottled, b.cfg.CountThrottled
	case load.Overloaded, load.TimedOut:
		return true, true
	case load.Failed:
		answered := r.Status >= 400 && r.Status < 500
		return !answered, !answered
	}
	return false, false
}

func (b *Breaker) count(now time.Duration, failed bool) {
	if failed {
		b.row++
	} else {
		b.row = 0
	}
	b.recent.add(failed)
	if b.cfg.Failures > 0 && b.row >= b.cfg.Failures || b.cfg.Ratio > 0 && b.recent.ratio() >= b.cfg.Ratio {
		b.enter(now, Open)
	}
}

func (b *Breaker) endTrial(now time.Duration, slot int32, failed, counts bool) {
	i := slices.Index(b.trials, slot)
	if i < 0 {
		return
	}
	b.trials = slices.Delete(b.trials, i, i+1)
	switch {
	case failed:
		b.enter(now, Open)
	case counts:
		b.successes++
		if b.successes >= b.cfg.Trials {
			b.enter(now, Closed)
		}
	}
}

// enter changes the state; nothing that was counted before counts any more.
func (b *Breaker) enter(now time.Duration, s State) {
	b.state, b.since = s, now
	b.row, b.successes = 0, 0
	b.trials = b.trials[:0]
	b.recent.clear()
}

// window remembers the last outcomes in a ring.
type window struct {
	failed     []bool
	next, n, k int // where the next goes, how many are held, how many of them failed
}

func (w *window) add(failed bool) {
	if len(w.failed) == 0 {
		return
	}
	if w.n == len(w.failed) {
		if w.failed[w.next] {
			w.k--
		}
	} else {
		w.n++
	}
	if failed {
		w.k++
	}
	w.failed[w.next] = failed
	w.next = (w.next + 1) % len(w.failed)
}

// ratio is the share of failures, 0 until the window is full.
func (w *window) ratio() float64 {
	if w.n == 0 || w.n < len(w.failed) {
		return 0
	}
	return float64(w.k) / float64(w.n)
}

func (w *window) clear() { w.next, w.n, w.k = 0, 0, 0 }
