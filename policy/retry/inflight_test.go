package retry_test

import (
	"testing"

	"ratecliff/load"
	"ratecliff/policy/retry"
)

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
