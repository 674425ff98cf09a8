package retry_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/retry"
)

func spreading() retry.Config {
	return retry.Config{
		Attempts: 9, Delay: retry.Delay{Kind: retry.FullJitter, Base: s, Cap: 60 * s},
		RetryAfter: retry.RetryAfter{Use: retry.Spread},
	}
}

// told is a 429 with retry-after 1 s that names a dimension.
func told(d load.Dimension) load.Response {
	return load.Response{Outcome: load.Throttled, Status: 429, Dimension: d, HasRetryAfter: true, RetryAfter: s}
}

// limited adds the limits the headers show.
func limited(r load.Response, rpm, itpm, otpm int64) load.Response {
	for i, limit := range []int64{rpm, itpm, otpm} {
		r.Limits[i] = load.LimitStatus{Known: limit > 0, Limit: limit}
	}
	return r
}

// The waits of calls refused one after another, every draw a half: half the time
// the server needs for the call and for those asleep, and the header.
func TestSpreadOverTheBacklog(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		r     load.Response
		input int64
		want  []time.Duration
	}{
		// 60 requests a minute: a second for each
		{"requests", limited(told(load.RPM), 60, 0, 0), 100, []time.Duration{1500 * ms, 2 * s, 2500 * ms, 3 * s}},
		// 6,000 tokens a minute: 100 a second, calls of 400
		{"input tokens", limited(told(load.ITPM), 60, 6_000, 0), 400, []time.Duration{3 * s, 5 * s, 7 * s}},
		// 600 a minute: 10 a second, max_tokens 100, nothing served yet
		{"output tokens by max_tokens", limited(told(load.OTPM), 60, 0, 600), 400, []time.Duration{6 * s, 11 * s}},
		{"a limit without a name counts requests", limited(told(load.NoDimension), 60, 6_000, 0), 400, []time.Duration{1500 * ms, 2 * s}},
		{"a dimension without a limit counts requests", limited(told(load.ITPM), 60, 0, 0), 400, []time.Duration{1500 * ms, 2 * s}},
		{"nothing is known", told(load.RPM), 100, []time.Duration{1500 * ms, 1500 * ms}},
		{"no header", load.Response{Outcome: load.Throttled, Status: 429}, 100, []time.Duration{500 * ms, 500 * ms}},
	} {
		c := newClient(t, spreading())
		for i, want := range row.want {
			wait, again := c.fails(c.call(row.input), row.r)
			if !again || wait != want {
				t.Errorf("%s, call %d: %v, %v, want %v", row.name, i+1, wait, again, want)
			}
		}
	}
}

// Those that have woken are no longer waited for.
func TestTheBacklogWakes(t *testing.T) {
	t.Parallel()
	c := newClient(t, spreading())
	r := limited(told(load.RPM), 60, 0, 0)
	for range 20 {
		c.fails(c.call(100), r) // wake 1.5, 2, 2.5 ... 11 s from now
	}
	for _, row := range []struct{ now, want time.Duration }{
		{0, 11500 * ms},                     // 20 asleep, and the call
		{2 * s, 11 * s},                     // two woke, one came: 20 half seconds and the header
		{11 * s, 2500 * ms},                 // all woke but the two that came since
		{2 * time.Minute, 1500 * ms},        // nobody sleeps
		{3 * time.Minute, 1500 * ms},        //
		{3*time.Minute + 500*ms, 2000 * ms}, //
	} {
		c.now = row.now
		if wait, _ := c.fails(c.call(100), r); wait != row.want {
			t.Errorf("at %v: %v, want %v", row.now, wait, row.want)
		}
	}
}

// Without headers the rate is that of the last minute's successes.
func TestSpreadLearnsItsRate(t *testing.T) {
	t.Parallel()
	c := newClient(t, spreading())
	for range 30 { // one a second, 50 tokens of output each
		c.succeeds(c.call(200))
		c.now += s
	}
	c.now = 30*s - 1 // six slices of five seconds
	for _, row := range []struct {
		d    load.Dimension
		want time.Duration
	}{
		{load.RPM, 1500 * ms},  // one a second: one call
		{load.ITPM, 2 * s},     // 200 tokens a second: two calls of 200
		{load.OTPM, 2500 * ms}, // 50 tokens a second, calls of 50 as a mean, three of them
	} {
		if wait, _ := c.fails(c.call(200), told(row.d)); wait != row.want {
			t.Errorf("%v: %v, want %v", row.d, wait, row.want)
		}
	}
	c.now = 10 * time.Minute
	if wait, _ := c.fails(c.call(200), told(load.RPM)); wait != 1500*ms {
		t.Errorf("after ten quiet minutes: %v, want the header and half a second", wait)
	}
}

// A call that cannot be answered before its deadline ends where it would sleep,
// and is waited for by nobody.
func TestWhoCannotBeAnsweredDoesNotSleep(t *testing.T) {
	t.Parallel()
	c := newClient(t, spreading())
	r := limited(told(load.RPM), 60, 0, 0)
	for range 10 {
		late := c.call(100)
		late.Deadline = s
		c.fails(late, r)
	}
	if wait, _ := c.fails(c.call(100), r); wait != 1500*ms {
		t.Errorf("%v, want 1.5s", wait)
	}
	if calls, _ := c.layer.Account().InFlight(); calls != 1 {
		t.Errorf("%v calls, want 1", calls)
	}
}

// What the cost makes of a delay of 4 s, the mean being 1,000 tokens.
func TestDelaysByCost(t *testing.T) {
	t.Parallel()
	cfg := retry.Config{Attempts: 2, Delay: retry.Delay{Kind: retry.Fixed, Base: 4 * s, ByCost: true}, ErrorDelay: retry.Delay{Kind: retry.Fixed, Base: s}}
	for _, row := range []struct {
		name  string
		input int64
		r     load.Response
		want  time.Duration
	}{
		{"the mean", 1000, told(load.ITPM), 4 * s},
		{"twice the mean", 2000, told(load.ITPM), 8 * s},
		{"half of it", 500, told(load.ITPM), 2 * s},
		{"at most ten times", 50_000, told(load.ITPM), 40 * s},
		{"at least a tenth", 1, told(load.ITPM), 400 * ms},
		{"requests cost the same", 2000, told(load.RPM), 4 * s},
		{"no name, no difference", 2000, told(load.NoDimension), 4 * s},
		{"max_tokens are alike here", 2000, told(load.OTPM), 4 * s},
		{"another failure", 2000, internal, s},
	} {
		c := newClient(t, cfg)
		for range 9999 {
			c.succeeds(c.call(1000))
			c.calls = c.calls[:0] // the next in the same slot
		}
		wait, _ := c.fails(c.call(row.input), row.r)
		if diff := (wait - row.want).Abs(); diff > row.want/100 {
			t.Errorf("%s: %v, want %v", row.name, wait, row.want)
		}
	}
}

// Further copies of a call are retries in flight, and no calls.
func TestCopiesCountAsRetries(t *testing.T) {
	t.Parallel()
	c := newClient(t, inFlight(false))
	for i := range 5 {
		c.call(100)
		twin := &load.Call{Slot: int32(len(c.calls)), Epoch: 1, Copy: 1}
		c.calls = append(c.calls, twin)
		c.send(twin)
		if calls, retries := c.layer.Account().InFlight(); calls != float64(i+1) || retries != float64(i+1) {
			t.Fatalf("%v calls, %v retries, want %d of each", calls, retries, i+1)
		}
	}
	wait, again := c.fails(c.calls[0], refused)
	if !again {
		t.Fatal("not made again")
	}
	c.now += wait
	if p := c.layer.Account().Ready(c.now, c.calls[0]); p.State != load.Refused {
		t.Errorf("five copies beside five calls, and a retry is let go: %+v", p)
	}
	for i := 1; i < 10; i += 2 {
		c.layer.Account().Done(c.now, c.calls[i], &load.Attempt{Response: refused})
	}
	if calls, retries := c.layer.Account().InFlight(); calls != 5 || retries != 0 {
		t.Errorf("%v calls, %v retries after the copies ended, want 5 and none", calls, retries)
	}
}

// An attempt costs no memory once the account has grown to its calls.
//
//nolint:paralleltest // counts the allocations of the whole process
func TestAccountsDoNotAllocate(t *testing.T) {
	for _, cfg := range []retry.Config{
		awsStandard(), aws2026(), inFlight(false), inFlight(true), spreading(),
		budgeted(retry.Budget{Kind: retry.Finagle, Share: 0.2, Reserve: 10}),
		budgeted(retry.Budget{Kind: retry.GRPC, Capacity: 10, Deposit: 0.1, ByCost: true}),
	} {
		layer, rng := retry.New(cfg), rand.New(rand.NewPCG(1, 2))
		account := layer.Account()
		calls := make([]load.Call, 64)
		now, at := time.Duration(0), load.Attempt{Response: limited(told(load.RPM), 50, 0, 0)}
		ok := load.Attempt{Response: load.Response{Outcome: load.OK}}
		turn := func() {
			for i := range calls {
				c := &calls[i]
				c.Slot, c.Epoch, c.Layers[0] = int32(i), c.Epoch+1, load.RetryState{Failures: 1}
				account.Take(now, c)
				account.Done(now, c, &at)
				if wait, again := layer.Next(now, c, &c.Layers[0], &at, rng); again {
					now += min(wait, s)
					if account.Ready(now, c).State == load.Granted {
						account.Take(now, c)
						account.Done(now, c, &ok)
					}
				}
			}
			now += time.Hour
		}
		turn()
		if n := testing.AllocsPerRun(20, turn); n != 0 {
			t.Errorf("%s, %s: %v allocations", cfg.Budget.Kind, cfg.RetryAfter.Use, n)
		}
	}
}
