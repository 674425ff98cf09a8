package governor

import (
	"time"

	"ratecliff/load"
)

// pause stops everybody after a 429.
type pause struct {
	cfg   *Config
	until time.Duration
	next  time.Duration // when the gap after the last call ends
	last  time.Duration // the last 429, or the start
}

// wary is how long after a 429, and after the start, calls keep their distance: a
// bucket of a minute's limit fills in that time. Ours.
const wary = time.Minute

func (p *pause) ready(now time.Duration, _ cost) time.Duration { return max(now, p.until, p.next) }

func (p *pause) take(now time.Duration, _ *note) {
	if p.cfg.Release == OneByOne && now-p.last < wary {
		p.next = now + p.cfg.Gap
	}
}

// done stops everybody. A 429 during a pause may make it longer, never shorter.
// A spend cap stops nobody: a pause does not lift it.
func (p *pause) done(now time.Duration, _ *note, r *load.Response) {
	if r.Outcome != load.Throttled || r.Dimension == load.Spend {
		return
	}
	p.last = now
	wait := p.cfg.Pause
	if p.cfg.RetryAfter && r.HasRetryAfter {
		wait = min(max(r.RetryAfter, 0), longest)
	}
	p.until = max(p.until, now+wait)
}
