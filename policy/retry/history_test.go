package retry_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/policy/retry"
)

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
