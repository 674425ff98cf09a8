package compare

import (
	"ratecliff/engine"
	"ratecliff/mockserver/model"
	"ratecliff/policy/breaker"
	"ratecliff/policy/concurrency"
	"ratecliff/policy/governor"
	"ratecliff/policy/hedge"
	"ratecliff/policy/limiter"
	"ratecliff/policy/queue"
	"ratecliff/policy/retry"
	"ratecliff/policy/route"
	"ratecliff/policy/throttle"
	"ratecliff/scenario"
)

// The policies satisfy what the engine asks for.
var (
	_ engine.Queue   = (*queue.Queue)(nil)
	_ engine.Gate    = (*concurrency.Cap)(nil)
	_ engine.Gate    = (*limiter.Limiter)(nil)
	_ engine.Gate    = (*limiter.Window)(nil)
	_ engine.Gate    = (*queue.Requeue)(nil)
	_ engine.Gate    = (*breaker.Breaker)(nil)
	_ engine.Gate    = (*throttle.Throttle)(nil)
	_ engine.Gate    = (*governor.Governor)(nil)
	_ engine.Router  = (*route.Router)(nil)
	_ engine.Retrier = (*retry.Layer)(nil)
	_ engine.Hedger  = (*hedge.Hedge)(nil)
	_ engine.Gate    = (*retry.Account)(nil)

	_ engine.Dropper  = (*queue.Queue)(nil)
	_ engine.Passer   = (*queue.Queue)(nil)
	_ engine.Observer = (*queue.Queue)(nil)
	_ engine.Orderer  = (*queue.Queue)(nil)
	_ engine.Surfacer = (*route.Router)(nil)
	_ engine.Lingerer = (*retry.Layer)(nil)
)

// engineConfig is the strategy of a cell, ready to run.
func (c *cell) engineConfig(seed uint64, keepAttempts bool) engine.Config {
	return engine.Config{
		Seed: seed, KeepAttempts: keepAttempts, Shared: c.strategy.Scope == scenario.Shared,
		Stack: func(int) engine.Stack { return stack(c.strategy, c.limits, seed) },
	}
}

// stack builds one client process's copy of a strategy. The gates stand in the
// order a request meets them: the retry layers' accounts, its queue's own, breaker, throttle, concurrency, governor, limiters.
func stack(s *scenario.Strategy, limits []model.PoolLimits, seed uint64) engine.Stack {
	out := engine.Stack{Queue: queue.NewFor(s.Queue, publishedLimits(limits), seed), Route: route.New(s.Route, seed)}
	own := layers(&out, s.Retry)
	if s.Queue.Requeue.After > 0 {
		out.Gates = append(out.Gates, engine.HeldGate{Gate: queue.NewRequeue(s.Queue.Requeue)})
	}
	if s.Breaker != nil {
		out.Gates = append(out.Gates, engine.HeldGate{Gate: breaker.New(*s.Breaker)})
	}
	foreign := parts(s, limits)
	addGates(&out, &foreign)
	if s.Throttle != nil {
		out.Gates = append(out.Gates, engine.HeldGate{Gate: throttle.New(*s.Throttle, seed)})
	}
	if s.Concurrency != nil {
		out.Gates = append(out.Gates, engine.HeldGate{Gate: concurrency.New(*s.Concurrency), PerCall: s.Concurrency.Hold})
	}
	if s.Governor != nil {
		out.Gates = append(out.Gates, engine.HeldGate{Gate: governor.New(*s.Governor)})
	}
	if s.Limiter != nil {
		out.Gates = append(out.Gates, engine.HeldGate{Gate: limiter.New(*s.Limiter, published(limits)), Around: s.Limiter.Around})
	}
	if s.Window != nil {
		out.Gates = append(out.Gates, engine.HeldGate{Gate: limiter.NewWindow(*s.Window), Around: s.Window.Around})
	}
	out.Retry = append(out.Retry, foreign.Retry...)
	out.Retry = append(out.Retry, own...)
	if s.Hedge != nil {
		out.Hedge = hedge.New(*s.Hedge)
	}
	return out
}

// layers builds the strategy's own retry layers, and puts what they keep across
// calls among the gates.
func layers(out *engine.Stack, configs []retry.Config) []engine.Retrier {
	built := make([]engine.Retrier, 0, len(configs))
	for _, cfg := range configs {
		l := retry.New(cfg)
		if a := l.Account(); a != nil {
			out.Gates = append(out.Gates, engine.HeldGate{Gate: a})
		}
		built = append(built, l)
	}
	return built
}

// published is what a client may know of the server: its limits per minute, not
// how much its buckets hold.
func published(limits []model.PoolLimits) limiter.Published {
	return func(name string) (string, limiter.Limits) {
		i, ok := model.PoolOf(limits, name)
		if !ok {
			return name, limiter.Limits{}
		}
		l := &limits[i]
		return l.Name, limiter.Limits{RPM: int64(l.RPM), ITPM: int64(l.ITPM), OTPM: int64(l.OTPM)}
	}
}

// publishedLimits is the same for queues, which have one order for all pools.
func publishedLimits(limits []model.PoolLimits) queue.Published {
	known := published(limits)
	return func(name string) queue.Limits {
		_, l := known(name)
		return queue.Limits(l)
	}
}
