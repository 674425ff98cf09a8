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
// With TrialRatio the trials are judged together, once all have ended; with
// RepeatTrials one goes each Open and any success closes.
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
	failures  int     // of trials
}

// New builds a closed breaker from a valid configuration (see
// [Config.Validate]).
func New(cfg Config) *Breaker {
	cfg.Window, cfg.Minimum = cfg.window(), cfg.minimum()
	if cfg.Open == 0 {
		cfg.Open = 30 * time.Second // ours
	}
	if cfg.Trials == 0 {
		cfg.Trials = 1 // sony/gobreaker v2.4
	}
	b := &Breaker{cfg: cfg, trials: make([]int32, 0, cfg.Trials)}
	if cfg.Ratio > 0 {
		b.recent = newWindow(&cfg)
	}
	return b
}

func (c *Config) window() int {
	if c.Window == 0 {
		return 20 // ours
	}
	return c.Window
}

func (c *Config) minimum() int {
	switch {
	case c.Minimum > 0:
		return c.Minimum
	case c.Within > 0:
		return 20
	}
	return c.window()
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
func (b *Breaker) room() int { return b.cfg.Trials - len(b.trials) - b.successes - b.failures }

// Take lets a call through, on trial when the breaker is half open.
func (b *Breaker) Take(now time.Duration, c *load.Call) {
	if b.state == Open && now >= b.until() {
		if b.cfg.RepeatTrials {
			b.since = now
			return
		}
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
		if counts && (a.Scheduled >= b.since || b.cfg.RepeatTrials) {
			b.count(now, failed)
		}
	case HalfOpen:
		b.endTrial(now, c.Slot, failed, counts)
	case Open:
		if b.cfg.RepeatTrials && counts && !failed {
			b.enter(now, Closed)
		}
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
	b.recent.add(now, failed)
	if b.cfg.Failures > 0 && b.row >= b.cfg.Failures || b.cfg.Ratio > 0 && b.recent.ratio(b.cfg.Minimum) >= b.cfg.Ratio {
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
	case failed && b.cfg.TrialRatio == 0:
		b.enter(now, Open)
		return
	case failed:
		b.failures++
	case counts:
		b.successes++
	}
	if b.successes+b.failures < b.cfg.Trials {
		return
	}
	if b.failures > 0 && float64(b.failures) >= b.cfg.TrialRatio*float64(b.cfg.Trials) {
		b.enter(now, Open)
		return
	}
	b.enter(now, Closed)
}

// enter changes the state; nothing that was counted before counts any more.
func (b *Breaker) enter(now time.Duration, s State) {
	b.state, b.since = s, now
	b.row, b.successes, b.failures = 0, 0, 0
	b.trials = b.trials[:0]
	b.recent.clear()
}
