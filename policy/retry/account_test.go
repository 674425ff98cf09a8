package retry_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

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

func inFlight(early bool) retry.Config {
	return budgeted(retry.Budget{Kind: retry.InFlight, Share: 0.2, Min: 3, BeforeSleep: early})
}

// failsafe-go asks after the sleep: everyone sleeps, and then as many go as are a
// fifth of what is in flight, calls and retries together: the 26th retry of 100
// calls is the last, for 25/125 is not above 0.2.
func TestABudgetAskedAfterTheSleep(t *testing.T) {
	t.Parallel()
	c := newClient(t, inFlight(false))
	for range 100 {
		c.call(100)
	}
	for _, call := range c.calls {
		if wait, again := c.fails(call, refused); !again || wait != s {
			t.Fatalf("%v, %v: does not sleep", wait, again)
		}
	}
	c.now = s
	sent := 0
	for _, call := range c.calls {
		switch p := c.layer.Account().Ready(c.now, call); p.State {
		case load.Granted:
			c.send(call)
			sent++
		case load.Refused:
			if wait, again := c.fails(call, load.Response{Outcome: load.Shed}); again {
				t.Fatalf("a refused retry is made again after %v", wait)
			}
		default:
			t.Fatalf("%+v", p)
		}
	}
	// The refused end one by one, and so the rest has less room: 26 were sent while all were open.
	if sent != 26 {
		t.Errorf("%d retries, want 26", sent)
	}
	for _, call := range c.calls[:10] {
		c.succeeds(call)
	}
	if calls, retries := c.layer.Account().InFlight(); calls != 16 || retries != 16 {
		t.Errorf("%v calls and %v retries in flight, want 16 of each", calls, retries)
	}
}

// Asked before it, those beyond the budget fail at once, and nobody is refused
// after a sleep.
func TestABudgetAskedBeforeTheSleep(t *testing.T) {
	t.Parallel()
	c := newClient(t, inFlight(true))
	for range 100 {
		c.call(100)
	}
	var sleep []*load.Call
	for _, call := range c.calls {
		if _, again := c.fails(call, refused); again {
			sleep = append(sleep, call)
		}
	}
	if len(sleep) != 26 {
		t.Errorf("%d retries, want 26", len(sleep))
	}
	c.now = s
	for _, call := range sleep {
		c.send(call) // fails the test if refused
	}
}

// A retry without a sleep is asked about, and counted, on the spot.
func TestABudgetWithoutASleep(t *testing.T) {
	t.Parallel()
	cfg := inFlight(false)
	cfg.Delay = retry.Delay{Kind: retry.Immediate}
	c := newClient(t, cfg)
	if got := c.permitted(100, refused); got != 3 {
		t.Errorf("%d of 100 lone calls' retries, want the least of 3", got)
	}
	for _, call := range c.calls[:3] {
		c.send(call) // fails the test if refused: it has been permitted
	}
}

// A retry of 50 k tokens withdraws 50 times what one of 1 k does.
func TestABudgetThatCountsCost(t *testing.T) {
	t.Parallel()
	c := newClient(t, budgeted(retry.Budget{Kind: retry.Bucket, Capacity: 102, ByCost: true}))
	for range 50 {
		c.succeeds(c.call(50_000))
		c.succeeds(c.call(1_000))
	}
	// Over a mean near 25.5 k a small one withdraws 0.039, a large one 1.96.
	small, large := 0, 0
	for ; ; large++ {
		if _, again := c.fails(c.call(50_000), refused); !again {
			break
		}
		c.succeeds(c.call(1_000)) // keeps the mean where it is
	}
	c = newClient(t, budgeted(retry.Budget{Kind: retry.Bucket, Capacity: 102, ByCost: true}))
	for range 50 {
		c.succeeds(c.call(50_000))
		c.succeeds(c.call(1_000))
	}
	for ; ; small++ {
		if _, again := c.fails(c.call(1_000), refused); !again {
			break
		}
		c.succeeds(c.call(50_000))
	}
	if ratio := float64(small) / float64(large); large != 52 || ratio < 49 || ratio > 51 {
		t.Errorf("%d small and %d large retries, a ratio of %.2f, want 50", small, large, ratio)
	}
}

// The account is right after any history: nothing under way is forgotten, nothing
// that ended is counted.
func TestTheAccountBalances(t *testing.T) {
	t.Parallel()
	kinds := []retry.Budget{
		{Kind: retry.InFlight, Share: 0.5, Min: 2},
		{Kind: retry.InFlight, Share: 0.5, Min: 2, BeforeSleep: true},
		{Kind: retry.InFlight, Share: 0.5, Min: 2, ByCost: true},
		{Kind: retry.Bucket, Capacity: 7, Cost: 2, Deposit: 0.5, Return: true},
		{Kind: retry.GRPC, Capacity: 7, Deposit: 0.5},
		{Kind: retry.Finagle, Share: 0.3, Reserve: 0.1},
	}
	rapid.Check(t, func(t *rapid.T) { history(t, rapid.SampledFrom(kinds).Draw(t, "budget")) })
}

// model is what is true of one slot.
type model struct {
	call           *load.Call
	asleep, retry  bool // a sleeping call; a retry in flight, or promised where that counts
	flying, living bool
}

func history(t *rapid.T, b retry.Budget) {
	cfg := budgeted(b)
	cfg.Delay.Base = time.Duration(rapid.SampledFrom([]int64{1, 0}).Draw(t, "delay")) * s
	if cfg.Delay.Base == 0 {
		cfg.Delay.Kind = retry.Immediate
	}
	layer, rng := retry.New(cfg), share(0.5)
	account := layer.Account()
	slots := make([]model, 6)
	now := time.Duration(0)
	for range rapid.IntRange(1, 80).Draw(t, "steps") {
		now += 100 * ms
		i := rapid.IntRange(0, len(slots)-1).Draw(t, "slot")
		m := &slots[i]
		switch {
		case !m.living:
			m.begin(now, account, int32(i))
		case m.flying && rapid.Bool().Draw(t, "succeeds"):
			account.Done(now, m.call, &load.Attempt{Response: load.Response{Outcome: load.OK}})
			m.living, m.flying, m.retry = false, false, false
		case m.flying:
			m.fail(now, layer, rng, refused)
		case account.Ready(now, m.call).State == load.Refused:
			m.fail(now, layer, rng, load.Response{Outcome: load.Shed})
		case rapid.IntRange(0, 4).Draw(t, "ends in the queue") == 0: // unseen: the slot's next call repairs it
			m.begin(now, account, int32(i))
		default:
			account.Take(now, m.call)
			m.asleep, m.flying, m.retry = false, true, true
		}
		balances(t, account, slots, b.BeforeSleep || cfg.Delay.Base == 0)
	}
}

// begin puts a new call in the slot.
func (m *model) begin(now time.Duration, account *retry.Account, slot int32) {
	call := &load.Call{Slot: slot, Epoch: 1}
	if m.call != nil {
		call.Epoch = m.call.Epoch + 1
	}
	call.Tokens.Input = 100
	account.Take(now, call)
	*m = model{call: call, flying: true, living: true}
}

func (m *model) fail(now time.Duration, layer *retry.Layer, rng *rand.Rand, r load.Response) {
	at := load.Attempt{Response: r}
	if r.Outcome != load.Shed {
		layer.Account().Done(now, m.call, &at)
	}
	m.call.Layers[0].Failures++
	_, again := layer.Next(now, m.call, &m.call.Layers[0], &at, rng)
	m.flying, m.retry, m.asleep, m.living = false, false, again, again
}

func balances(t *rapid.T, account *retry.Account, slots []model, early bool) {
	var calls, retries float64
	for _, m := range slots {
		if m.living {
			calls++
		}
		if m.living && (m.retry || m.asleep && early) {
			retries++
		}
	}
	gotCalls, gotRetries := account.InFlight()
	if gotCalls != calls || gotRetries != retries && account.Counts() {
		t.Fatalf("%v calls and %v retries, want %v and %v", gotCalls, gotRetries, calls, retries)
	}
}
