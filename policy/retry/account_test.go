package retry_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/retry"
)

// client plays the engine around one layer: it sends, answers and asks.
type client struct {
	t     testing.TB
	layer *retry.Layer
	rng   *rand.Rand
	now   time.Duration
	calls []*load.Call
	epoch uint32
}

func newClient(t testing.TB, cfg retry.Config) *client {
	t.Helper()
	if ps := cfg.Validate(); len(ps) > 0 {
		t.Fatal(ps)
	}
	return &client{t: t, layer: retry.New(cfg), rng: share(0.5)}
}

// call is a new call of so many input tokens, its first request sent.
func (c *client) call(input int64) *load.Call {
	c.epoch++
	call := &load.Call{Slot: int32(len(c.calls)), Epoch: c.epoch}
	call.Tokens.Input, call.MaxTokens = input, 100
	c.calls = append(c.calls, call)
	c.send(call)
	return call
}

func (c *client) send(call *load.Call) {
	if p := c.layer.Account().Ready(c.now, call); p.State != load.Granted {
		c.t.Fatalf("not let go: %+v", p)
	}
	c.layer.Account().Take(c.now, call)
	call.Attempts++
}

// fails answers a request in flight and reports whether it is made again.
func (c *client) fails(call *load.Call, r load.Response) (time.Duration, bool) {
	at := load.Attempt{Response: r}
	c.layer.Account().Done(c.now, call, &at)
	call.Layers[0].Failures++
	return c.layer.Next(c.now, call, &call.Layers[0], &at, c.rng)
}

func (c *client) succeeds(call *load.Call) {
	at := load.Attempt{Response: load.Response{Outcome: load.OK, Status: 200, Usage: load.Tokens{Output: 50}}}
	c.layer.Account().Done(c.now, call, &at)
}

// permitted is how many of n new calls, all refused, are made again.
func (c *client) permitted(n int, r load.Response) int {
	granted := 0
	for range n {
		if _, again := c.fails(c.call(100), r); again {
			granted++
		}
	}
	return granted
}

var (
	refused  = load.Response{Outcome: load.Throttled, Status: 429}
	timeout  = load.Response{Outcome: load.TimedOut}
	internal = load.Response{Outcome: load.Failed, Status: 500}
)

func budgeted(b retry.Budget) retry.Config {
	return retry.Config{Attempts: 3, Delay: retry.Delay{Kind: retry.Fixed, Base: s}, Budget: b}
}

func awsStandard() retry.Config {
	return budgeted(retry.Budget{Kind: retry.Bucket, Capacity: 500, Cost: 5, TimeoutCost: 10, Deposit: 1, Return: true})
}

func aws2026() retry.Config {
	return budgeted(retry.Budget{Kind: retry.Bucket, Capacity: 500, Cost: 14, ThrottledCost: 5, Deposit: 1, DepositFirst: true, Return: true})
}

// How many retries of what kind a full quota pays for: 500/5, 500/10, 500/14.
func TestHowLongAQuotaLasts(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		cfg  retry.Config
		r    load.Response
		want int
	}{
		{"aws standard, 429", awsStandard(), refused, 100},
		{"aws standard, 500", awsStandard(), internal, 100},
		{"aws standard, timeout", awsStandard(), timeout, 50},
		{"aws 2026, 429", aws2026(), refused, 100},
		{"aws 2026, 500", aws2026(), internal, 35},
		{"aws 2026, timeout", aws2026(), timeout, 35},
		{"Brooker's bucket of 10", budgeted(retry.Budget{Kind: retry.Bucket, Capacity: 10, Deposit: 0.1}), refused, 10},
		{"grpc's 10 tokens: above 5 after each", budgeted(retry.Budget{Kind: retry.GRPC, Capacity: 10, Deposit: 0.1}), refused, 4},
		{"finagle: 10 a second for 10 s, and a fifth of 200", budgeted(retry.Budget{Kind: retry.Finagle, Share: 0.2, Reserve: 10}), refused, 140},
		{"finagle without reserve: a fifth of 200", budgeted(retry.Budget{Kind: retry.Finagle, Share: 0.2}), refused, 40},
	} {
		n := 200
		if got := newClient(t, row.cfg).permitted(n, row.r); got != row.want {
			t.Errorf("%s: %d of %d retries, want %d", row.name, got, n, row.want)
		}
	}
}

// What comes back into an empty quota.
func TestWhatFillsAQuota(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name           string
		cfg            retry.Config
		first, retried int // successes
		want           int // retries they pay for
	}{
		{"aws standard: a success adds 1", awsStandard(), 4, 0, 0},
		{"aws standard: five pay for one retry", awsStandard(), 5, 0, 1},
		{"aws standard: a retry that succeeds brings its 5 back, and 1", awsStandard(), 0, 5, 6},
		{"aws 2026: a success without a retry adds 1", aws2026(), 5, 0, 1},
		{"aws 2026: one with a retry brings only its 5 back", aws2026(), 0, 5, 5},
		{"Brooker: ten successes pay for one, nine do not", budgeted(retry.Budget{Kind: retry.Bucket, Capacity: 10, Deposit: 0.125}), 7, 0, 0},
		{"Brooker: of either kind", budgeted(retry.Budget{Kind: retry.Bucket, Capacity: 10, Deposit: 0.125}), 4, 4, 1},
	} {
		c := newClient(t, row.cfg)
		waiting := c.drain()
		for range row.first {
			c.succeeds(c.call(100))
		}
		for _, call := range waiting[:row.retried] {
			c.send(call)
			c.succeeds(call)
		}
		if got := c.permitted(50, refused); got != row.want {
			t.Errorf("%s: %d retries, want %d", row.name, got, row.want)
		}
	}
}

// drain refuses calls until no more are made again, and returns those that are.
func (c *client) drain() []*load.Call {
	for {
		call := c.call(100)
		if _, again := c.fails(call, refused); !again {
			return c.calls[:len(c.calls)-1]
		}
	}
}

// A quota is never above its capacity: thousands of successes pay for no more.
func TestAQuotaIsBounded(t *testing.T) {
	t.Parallel()
	c := newClient(t, awsStandard())
	for range 5000 {
		c.succeeds(c.call(100))
	}
	if got := c.permitted(200, refused); got != 100 {
		t.Errorf("%d retries, want 100", got)
	}
}

// A retry that failed gives nothing back, and one for which no attempt was left
// takes nothing.
func TestWhatARetryCosts(t *testing.T) {
	t.Parallel()
	c := newClient(t, awsStandard())
	for n := range 50 { // two retries each, of three attempts: 10 × 50
		call := c.call(100)
		for attempt := range 3 {
			_, again := c.fails(call, refused)
			if again != (attempt < 2) {
				t.Fatalf("call %d, attempt %d: again %v", n, attempt+1, again)
			}
			if again {
				c.send(call)
			}
		}
	}
	if got := c.permitted(1, refused); got != 0 {
		t.Error("a retry was left")
	}
}

// grpc counts every failure, retried or not, and needs more than half to go on.
func TestGRPCThrottle(t *testing.T) {
	t.Parallel()
	c := newClient(t, budgeted(retry.Budget{Kind: retry.GRPC, Capacity: 10, Deposit: 0.1}))
	c.permitted(100, refused) // down to 0, not below
	for range 55 {
		c.succeeds(c.call(100)) // 5.5
	}
	if _, again := c.fails(c.call(100), refused); again { // 4.5
		t.Error("a retry below half")
	}
	for range 20 {
		c.succeeds(c.call(100)) // 6.5
	}
	if _, again := c.fails(c.call(100), load.Response{Outcome: load.Failed, Status: 400}); again {
		t.Error("a 400 was retried")
	}
	if _, again := c.fails(c.call(100), refused); !again { // 5.5: the 400 took nothing
		t.Error("no retry above half")
	}
	if _, again := c.fails(c.call(100), refused); again { // 4.5
		t.Error("a retry below half")
	}
}

// Finagle's deposits, and its withdrawals, are forgotten after ten seconds, in
// tenths of it.
func TestFinagleForgets(t *testing.T) {
	t.Parallel()
	c := newClient(t, budgeted(retry.Budget{Kind: retry.Finagle, Share: 0.2, Reserve: 1}))
	for _, row := range []struct {
		now         time.Duration
		calls, want int
	}{
		{0, 20, 14},              // 10 in reserve, and the calls pay for 4
		{5 * s, 5, 1},            // the reserve is spent, five calls pay for one
		{9999 * ms, 4, 0},        // four do not
		{10 * s, 1, 1},           // what was spent at 0 s is forgotten
		{25 * s, 100, 30},        // all is forgotten
		{26 * s, 5, 1},           //
		{time.Hour, 20, 14},      //
		{1000 * time.Hour, 5, 5}, //
	} {
		c.now = row.now
		if got := c.permitted(row.calls, refused); got != row.want {
			t.Errorf("at %v: %d of %d retries, want %d", row.now, got, row.calls, row.want)
		}
	}
}
