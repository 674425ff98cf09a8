package compare

import (
	"testing"
	"time"

	"ratecliff/engine"
	"ratecliff/load"
	"ratecliff/scenario"
)

// server answers attempt n (from 1, over all calls) of an attempt sent at now.
type server func(n int, now time.Duration, s *load.RetryState) (answer load.Response, latency time.Duration)

// tally is what became of the calls of one strategy.
type tally struct {
	sent     []time.Duration
	finished []time.Duration // of the calls that ended
	ok       int
	last     load.Result
}

// serve plays some calls, all due at 0, through a strategy of the catalog until
// the end or the instant given.
func serve(t *testing.T, name string, calls int, until time.Duration, answer server) tally {
	t.Helper()
	return serveBy(t, name, make([]load.Priority, calls), until, answer)
}

// serveBy is serve with a priority for each call.
func serveBy(t *testing.T, name string, calls []load.Priority, until time.Duration, answer server) tally {
	t.Helper()
	s, err := scenario.CatalogStrategy(name)
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(engine.Config{Seed: 1, Stack: func(int) engine.Stack { return stack(s, nil, 1) }})
	var out tally
	var agenda engine.Calendar[engine.Event]
	for i, priority := range calls {
		agenda.Push(0, engine.Event{Kind: engine.Arrive, Arrival: &load.Arrival{ID: uint64(i), Priority: priority, Model: "m", Tokens: load.Tokens{Input: 200, Output: 120}, MaxTokens: 256}})
	}
	for agenda.Len() > 0 {
		now, ev := agenda.Pop()
		if now > until {
			break
		}
		for _, a := range e.Step(now, ev) {
			out.act(now, &a, &agenda, answer)
		}
	}
	return out
}

func (o *tally) act(now time.Duration, a *engine.Action, agenda *engine.Calendar[engine.Event], answer server) {
	switch a.Kind { //exhaustive:enforce
	case engine.Send:
		o.sent = append(o.sent, now)
		r, latency := answer(len(o.sent), now, &a.Call.Layers[0])
		agenda.Push(now+latency, engine.Event{Kind: engine.Answer, Ref: a.Ref, Attempt: &load.Attempt{Started: now, Done: now + latency, Response: r}})
	case engine.WakeAt:
		agenda.Push(a.At, engine.Event{Kind: engine.Wake, Ref: a.Ref})
	case engine.Finished:
		o.last = *a.Result
		o.finished = append(o.finished, now)
		if a.Result.Outcome == load.OK {
			o.ok++
		}
	case engine.Attempted:
	}
}

var (
	limited = load.Response{Outcome: load.Throttled, Status: 429}
	broken  = load.Response{Outcome: load.Failed, Status: 500}
)

func always(r load.Response) server {
	return func(int, time.Duration, *load.RetryState) (load.Response, time.Duration) { return r, 0 }
}

// first answers 429 so many times and then 500.
func first(throttled int) server {
	return func(n int, _ time.Duration, _ *load.RetryState) (load.Response, time.Duration) {
		if n <= throttled {
			return limited, 0
		}
		return broken, 0
	}
}

// atTheBottom answers 429 until the recursion can go no deeper, and 500 there.
func atTheBottom(_ int, _ time.Duration, s *load.RetryState) (load.Response, time.Duration) {
	if s.Depth < 5 {
		return limited, 0
	}
	return broken, 0
}

// How many requests one call makes of a server that never answers it.
func TestSeedsMultiplyRequests(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, on string
		answer   server
		want     int
	}{
		{"seed-a-backoff", "429s", always(limited), 6},
		{"seed-a-backoff", "500s", always(broken), 6},
		{"seed-a-backoff", "400s", always(load.Response{Outcome: load.Failed, Status: 400}), 6},
		{"seed-a-backoff", "a 429, then 500s", first(1), 11},
		{"seed-a-backoff", "four 429s, then 500s", first(4), 20},
		{"seed-a-backoff", "429s and 500s at the bottom", atTheBottom, 63},
		{"seed-a-backoff-fixed", "429s and 500s at the bottom", atTheBottom, 6},
		{"seed-a-backoff-fixed", "400s", always(load.Response{Outcome: load.Failed, Status: 400}), 1},
		{"seed-a-backoff-js", "500s", always(broken), 1},
		{"seed-b-nested", "429s", always(limited), 30},
		{"seed-b-nested-ts", "429s", always(limited), 30},
		{"seed-b-nested-fixed", "429s", always(limited), 6},
		{"seed-c-retry", "429s", always(limited), 6},
		{"seed-c-retry", "500s", always(broken), 1},
		{"seed-d-double", "429s", always(limited), 5},
		{"seed-e-backoff", "429s", always(limited), 18},
		{"seed-e-multikey", "429s", always(limited), 9},
		{"seed-a-naive-sleep60", "429s", always(limited), 1},
	} {
		if got := len(serve(t, c.name, 1, 2*time.Hour, c.answer).sent); got != c.want {
			t.Errorf("%s on %s: %d requests, want %d", c.name, c.on, got, c.want)
		}
	}
}

// At worst article A's function sleeps 699 s where six attempts were meant:
// 341 times a second at each of two places, one of them with up to 10 % more.
func TestSleepOfTheRecursion(t *testing.T) {
	t.Parallel()
	slept := serve(t, "seed-a-backoff", 1, 2*time.Hour, atTheBottom).last.Backoff
	if slept < 682*time.Second || slept > 717*time.Second {
		t.Errorf("slept %v, want 682 s and up to 5 %% more", slept)
	}
}

// Article D's caller waits 62 s for nothing, the last 32 of them after the last
// request.
func TestSleepAfterTheLastRequest(t *testing.T) {
	t.Parallel()
	got := serve(t, "seed-d-double", 1, time.Hour, always(limited))
	if end, last := got.finished[0], got.sent[4]; end != 62*time.Second || end-last != 32*time.Second {
		t.Errorf("ended at %v, the last request at %v; want 62 s, 32 s of them after it", end, last)
	}
	if mended := serve(t, "seed-d-double-fixed", 1, time.Hour, always(limited)); mended.finished[0] != mended.sent[4] {
		t.Error("the twin sleeps after its last request")
	}
}

// S03 stops for ever the first time it has to wait, and the queue over it too;
// mended it goes on.
func TestTheLockOfTheLimiter(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{
		"seed-a-limiter": 13, "seed-a-priority-queue": 20, // 20,000 tokens at 1,500 and at 1,000 a call
		"seed-a-limiter-unlocked": 100, "seed-a-limiter-fixed": 100, "seed-a-priority-queue-fixed": 100,
	} {
		quick := func(int, time.Duration, *load.RetryState) (load.Response, time.Duration) {
			return load.Response{Outcome: load.OK, Status: 200}, time.Second
		}
		if got := serve(t, name, 100, 24*time.Hour, quick); got.ok != want {
			t.Errorf("%s: %d of 100 calls in a day, want %d", name, got.ok, want)
		}
	}
}

// One worker makes the throughput 1/latency.
func TestOneWorker(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		latency time.Duration
		want    int // ended in ten minutes
	}{
		{"seed-a-priority-queue", 3 * time.Second, 200}, // 20 a minute of its 50
		{"seed-a-priority-queue", 10 * time.Second, 60}, // 6 a minute
		{"seed-e-queue", 3 * time.Second, 150},          // 15 a minute of its 60
		{"seed-e-queue", 10 * time.Second, 54},          // 5.45 a minute
		{"seed-a-gateway", 3 * time.Second, 200},
		{"seed-e-queue-fixed", 3 * time.Second, 1600},
	} {
		got := serve(t, c.name, 2000, 10*time.Minute, func(int, time.Duration, *load.RetryState) (load.Response, time.Duration) {
			return load.Response{Outcome: load.OK, Status: 200}, c.latency
		})
		if got.ok != c.want {
			t.Errorf("%s at %v a call: %d in ten minutes, want %d", c.name, c.latency, got.ok, c.want)
		}
	}
}

// The naive loop sleeps a minute after a 429 and never comes back to the call.
func TestDroppedItems(t *testing.T) {
	t.Parallel()
	third := func(n int, _ time.Duration, _ *load.RetryState) (load.Response, time.Duration) {
		if n == 3 {
			return limited, 0
		}
		return load.Response{Outcome: load.OK, Status: 200}, time.Second
	}
	got := serve(t, "seed-a-naive-sleep60", 5, time.Hour, third)
	if got.ok != 4 || len(got.sent) != 5 || got.sent[3]-got.sent[2] != time.Minute {
		t.Errorf("%d of 5 answered, sent at %v; want 4 and a minute after the third", got.ok, got.sent)
	}
	if got = serve(t, "seed-a-naive-sleep60-fixed", 5, time.Hour, third); got.ok != 5 {
		t.Errorf("mended: %d of 5 answered", got.ok)
	}
}

// Article E's keys of one organisation rest a minute for a refusal of a moment,
// and with all of them resting the call fails; mended, it waits as told.
func TestKeysOfOneOrganisation(t *testing.T) {
	t.Parallel()
	soon := limited
	soon.HasRetryAfter, soon.RetryAfter = true, 2*time.Second
	recovering := func(_ int, now time.Duration, _ *load.RetryState) (load.Response, time.Duration) {
		if now < 13*time.Second {
			return soon, 0
		}
		return load.Response{Outcome: load.OK, Status: 200}, time.Second
	}
	got := serve(t, "seed-e-multikey", 1, time.Hour, recovering)
	if got.ok != 0 || got.last.Outcome != load.Shed {
		t.Errorf("%d answered, ended %v; want none, shed", got.ok, got.last.Outcome)
	}
	if got = serve(t, "seed-e-multikey-fixed", 1, time.Hour, recovering); got.ok != 1 {
		t.Errorf("mended: %d answered, want 1", got.ok)
	}
}

// Counting every use twice leaves each key half its day.
func TestDailyAllowanceCountedTwice(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"seed-e-multikey": 150, "seed-e-multikey-fixed": 300} {
		got := serve(t, name, 500, 23*time.Hour, func(int, time.Duration, *load.RetryState) (load.Response, time.Duration) {
			return load.Response{Outcome: load.OK, Status: 200}, time.Second
		})
		if got.ok != want {
			t.Errorf("%s: %d calls in a day, want %d", name, got.ok, want)
		}
	}
}

// A job that sleeps between its tries keeps the only worker, however urgent the
// next one is.
func TestPriorityInversion(t *testing.T) {
	t.Parallel()
	six := func(n int, _ time.Duration, _ *load.RetryState) (load.Response, time.Duration) {
		if n <= 6 {
			return limited, 0
		}
		return load.Response{Outcome: load.OK, Status: 200}, time.Second
	}
	calls := []load.Priority{load.Low, load.Critical}
	got := serveBy(t, "seed-a-priority-queue", calls, time.Hour, six)
	if len(got.sent) != 7 || got.sent[6] < 31*time.Second {
		t.Errorf("sent at %v: want the urgent call last, after 31 s or more", got.sent)
	}
	if got = serveBy(t, "seed-a-priority-queue-fixed", calls, time.Hour, six); got.sent[1] != 1200*time.Millisecond {
		t.Errorf("mended: sent at %v, want the urgent call after the 1.2 s of the limiter", got.sent)
	}
}

// A refused job waits in line; first in line it holds up whoever is ready, and
// with each try it sinks a little.
func TestHeadOfTheLine(t *testing.T) {
	t.Parallel()
	got := serveBy(t, "seed-e-queue", []load.Priority{load.Critical, load.High}, time.Hour, first(1))
	if len(got.sent) < 2 || got.sent[1] != 10*time.Second {
		t.Errorf("sent at %v: want nothing until the refused job goes again after 10 s", got.sent)
	}
	got = serveBy(t, "seed-e-queue", []load.Priority{load.High, load.High, load.High}, time.Hour, first(1))
	if len(got.sent) != 4 || got.sent[1] != time.Second || got.sent[2] != 2*time.Second || got.sent[3] != 10*time.Second {
		t.Errorf("sent at %v: want the refused job last, behind fresh ones of its class", got.sent)
	}
}
