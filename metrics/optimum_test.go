package metrics

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
)

// bucket is a token bucket in floating point, independent of the real one.
type bucket struct {
	limit Limit
	level float64
	at    time.Duration
}

func (b *bucket) advance(to time.Duration) {
	if b.limit.known() {
		b.level = min(float64(b.limit.Burst), b.level+b.limit.refill(to-b.at))
		b.at = to
	}
}

// fits is the earliest instant, not before from, at which cost fits.
func (b *bucket) fits(from time.Duration, cost int64) time.Duration {
	b.advance(from)
	if missing := float64(cost) - b.level; b.limit.known() && missing > 0 {
		ns := missing / float64(b.limit.PerMinute) * float64(time.Minute)
		return from + time.Duration(math.Ceil(ns))
	}
	return from
}

// admit lets calls through in their order, each as soon as it fits in every
// limit of the pool, and returns their service.
func admit(p *PoolLimits, calls []one, service []time.Duration) {
	buckets := [3]bucket{{limit: p.RPM}, {limit: p.ITPM}, {limit: p.OTPM}}
	for d := range buckets {
		buckets[d].level = float64(buckets[d].limit.Level)
	}
	now := time.Duration(0)
	for i := range calls {
		c := &calls[i]
		cost := p.charge(&c.tokens)
		now = max(now, c.due)
		for d := range buckets {
			now = max(now, buckets[d].fits(now, cost[d]))
		}
		for d := range buckets {
			buckets[d].advance(now)
			buckets[d].level -= float64(cost[d])
		}
		c.sent, c.done, c.outcome = now, now+service[i], load.OK
	}
}

// shareOf plays what was served and what was only offered.
func shareOf(t fataler, cfg Config, served, offered []one) float64 {
	r := NewRecorder(cfg)
	slices.SortStableFunc(offered, func(a, b one) int { return int(a.due - b.due) })
	for i := range offered {
		r.Arrived(offered[i].due, &load.Arrival{Due: offered[i].due, Model: offered[i].model, Tokens: offered[i].tokens})
	}
	play(r, served)
	o, why := r.Snapshot(0).Optimum()
	if why != "" && (len(served) > 0 || o.Most > 0) {
		t.Fatal("withheld: " + why)
	}
	return o.Share
}

func drawLimit(t *rapid.T, label string) Limit {
	burst := rapid.Int64Range(10, 100).Draw(t, label+" burst")
	return Limit{PerMinute: rapid.Int64Range(10, 600).Draw(t, label+" rate"), Burst: burst, Level: rapid.Int64Range(0, burst).Draw(t, label+" level")}
}

func drawCalls(t *rapid.T, n int) ([]one, []time.Duration) {
	calls, service := make([]one, n), make([]time.Duration, n)
	for i := range calls {
		calls[i] = one{
			model:  "m",
			due:    time.Duration(rapid.Int64Range(0, int64(20*sec)).Draw(t, "due")),
			tokens: load.Tokens{Input: rapid.Int64Range(0, 10).Draw(t, "in"), Output: rapid.Int64Range(1, 10).Draw(t, "out")},
		}
		service[i] = time.Duration(rapid.Int64Range(0, int64(3*sec)).Draw(t, "service"))
	}
	return calls, service
}

// permutations calls f with every order of every subset of n things.
func permutations(n int, f func(order []int)) {
	var order []int
	used := make([]bool, n)
	var extend func()
	extend = func() {
		f(order)
		for i := range n {
			if !used[i] {
				used[i], order = true, append(order, i)
				extend()
				used[i], order = false, order[:len(order)-1]
			}
		}
	}
	extend()
}

// No order of any subset does better than the bound. Every schedule is dominated
// by one of these: the same order, each admitted as early as possible.
func TestShareIsNeverAboveOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pool := PoolLimits{Name: "p", Output: OutputUpFront}
		for d, l := range []*Limit{&pool.RPM, &pool.ITPM, &pool.OTPM} {
			if rapid.Bool().Draw(t, "limited") {
				*l = drawLimit(t, load.Dimension(d+1).String())
			}
		}
		calls, service := drawCalls(t, 4)
		horizon := time.Duration(rapid.Int64Range(0, int64(30*sec)).Draw(t, "horizon"))
		cfg := Config{Limits: []PoolLimits{pool}, Horizon: horizon}
		permutations(len(calls), func(order []int) {
			var served, offered []one
			var took []time.Duration
			for i := range calls {
				if k := slices.Index(order, i); k < 0 {
					offered = append(offered, calls[i])
				}
			}
			for _, i := range order {
				served, took = append(served, calls[i]), append(took, service[i])
			}
			admit(&pool, served, took)
			if share := shareOf(t, cfg, served, offered); share > 1 {
				t.Fatalf("order %v reaches %v", order, share)
			}
		})
	})
}

// With one limit, whole seconds and equal service, first come first served is
// optimal, and the share says so: exactly 1.
func TestGreedyOnOneLimitIsOptimal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pool := PoolLimits{Name: "p", Output: OutputUpFront}
		limits := []*Limit{&pool.RPM, &pool.ITPM, &pool.OTPM}
		*limits[rapid.IntRange(0, 2).Draw(t, "which")] = drawLimit(t, "limit")
		calls, service := drawCalls(t, rapid.IntRange(1, 40).Draw(t, "calls"))
		for i := range calls {
			calls[i].due = calls[i].due.Truncate(sec)
			service[i] = service[0]
		}
		slices.SortStableFunc(calls, func(a, b one) int { return int(a.due - b.due) })
		admit(&pool, calls, service)
		if share := shareOf(t, Config{Limits: []PoolLimits{pool}}, calls, nil); share < 1-1e-6 {
			t.Fatalf("share %v", share)
		}
	})
}

// Output that is charged as it is produced may go into debt; the bound allows
// for it and no more. The server is stepped through in small steps.
func TestShareWithOutputInDebt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pool := PoolLimits{Name: "p", OTPM: drawLimit(t, "otpm")}
		calls, service := drawCalls(t, rapid.IntRange(1, 12).Draw(t, "calls"))
		slices.SortStableFunc(calls, func(a, b one) int { return int(a.due - b.due) })
		const step = 20 * time.Millisecond
		level, next := float64(pool.OTPM.Level), 0
		for now := time.Duration(0); next < len(calls) || now < calls[len(calls)-1].done; now += step {
			for ; next < len(calls) && calls[next].due <= now && level > 0; next++ {
				c := &calls[next]
				c.sent, c.done, c.outcome = now, now+max(service[next].Truncate(step), step), load.OK
			}
			level = min(float64(pool.OTPM.Burst), level+pool.OTPM.refill(step))
			for i := range next {
				if c := &calls[i]; now >= c.sent && now < c.done {
					level -= float64(c.tokens.Output) * float64(step) / float64(c.done-c.sent)
				}
			}
		}
		if share := shareOf(t, Config{Limits: []PoolLimits{pool}}, calls, nil); share > 1 {
			t.Fatalf("share %v", share)
		}
	})
}

func TestOptimumByHand(t *testing.T) {
	t.Parallel()
	minute := Limit{PerMinute: 60, Burst: 60, Level: 60}
	burst := func(n int, pool *PoolLimits) []one {
		calls := make([]one, n)
		for i := range calls {
			calls[i] = one{model: "m", tokens: load.Tokens{Input: 1, Output: 1}}
		}
		admit(pool, calls, make([]time.Duration, n))
		return calls
	}
	pool := PoolLimits{Name: "p", RPM: minute}
	all := burst(300, &pool)
	late := slices.Clone(all)
	late[299].sent, late[299].done = 480*sec, 480*sec
	rest := make([]one, 150)
	for i := range rest {
		rest[i] = one{model: "m"}
	}
	keys := []PoolLimits{{Name: "k0", Keys: []int{0}, RPM: minute}, {Name: "k1", Keys: []int{1}, RPM: minute}}
	apart := []PoolLimits{{Name: "m", Models: []string{"m"}, RPM: minute}, {Name: "n", Models: []string{"n"}, RPM: minute}}
	tests := []struct {
		name            string
		limits          []PoolLimits
		served, offered []one
		want            float64
	}{
		{"300 at once, as fast as can be", []PoolLimits{pool}, all, nil, 1},
		{"the last one twice as late", []PoolLimits{pool}, late, nil, .5},
		{"half given up, though all could be served", []PoolLimits{pool}, all[:150], rest, .5},
		{"one of two keys left idle", keys, all, nil, 90. / 240},
		{"another model's pool does not count", apart, all, nil, 1},
		{"nobody served", []PoolLimits{pool}, nil, rest, 0},
	}
	for _, tt := range tests {
		cfg := Config{Limits: tt.limits, Horizon: 480 * sec}
		if got := shareOf(t, cfg, tt.served, tt.offered); math.Abs(got-tt.want) > 1e-6 {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestOptimumWithheld(t *testing.T) {
	t.Parallel()
	tight := PoolLimits{Name: "p", RPM: Limit{PerMinute: 1, Burst: 1, Level: 1}}
	calls := make([]one, 5)
	for i := range calls {
		calls[i] = one{due: sec, sent: sec, done: 2 * sec, outcome: load.OK}
	}
	for name, cfg := range map[string]Config{"unknown limits": {}, "limits that are not the server's": {Limits: []PoolLimits{tight}}} {
		r := NewRecorder(cfg)
		play(r, calls)
		if got := r.Snapshot(2 * sec).Values()["optimum_share"]; got.Withheld == "" || got.V != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Limits and horizons without end do not overflow.
func TestOptimumOfVastLimits(t *testing.T) {
	t.Parallel()
	vast := Limit{PerMinute: math.MaxInt64, Burst: math.MaxInt64, Level: math.MaxInt64}
	slow := Limit{PerMinute: 1, Burst: 1}
	done := []one{{done: sec, outcome: load.OK, tokens: load.Tokens{Input: 1, Output: 1}}}
	for _, l := range []Limit{vast, slow} {
		r := NewRecorder(Config{Limits: []PoolLimits{{RPM: l, ITPM: l, OTPM: l, Output: OutputUpFront}}, Horizon: load.Never})
		play(r, done)
		if o, why := r.Snapshot(sec).Optimum(); (l == vast) != (why == "") || o.Share != 0 && o.Share != 1 {
			t.Errorf("%+v: %+v %s", l, o, why)
		}
	}
}

// The bound by cells is never below the count of the sorted costs, and exact
// where all costs are equal.
func TestFittingIsAnUpperBound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		costs := rapid.SliceOfN(rapid.Int64Range(0, 100_000), 1, 60).Draw(t, "costs")
		budget := rapid.Int64Range(0, 2_000_000).Draw(t, "budget")
		o := offers{}
		for _, c := range costs {
			o.add(&Costs{1, c, 0})
		}
		slices.Sort(costs)
		exact, sum := int64(0), int64(0)
		for _, c := range costs {
			if sum += c; sum <= budget {
				exact++
			}
		}
		got := fitting(o.costs().Input, float64(budget), math.MaxInt64)
		if got < exact || float64(got) > float64(exact)*(1+1./32)+1 {
			t.Fatalf("%d fit, bound says %d", exact, got)
		}
	})
}

func TestCostIndexIsMonotone(t *testing.T) {
	t.Parallel()
	for _, edge := range []int64{0, 31, 32, 63, 64, 1000, 1 << 20, math.MaxInt64 - 1} {
		if a, b := costIndex(edge), costIndex(edge+1); b < a || b > a+1 || b >= costCells {
			t.Errorf("cells of %d and %d: %d and %d", edge, edge+1, a, b)
		}
	}
}

// A success by another model neither counts nor makes what could be had larger:
// two calls for a model of one a minute, one of them served by the other model,
// are half of what is wanted, and the one that was is as good as can be.
func TestDegradedSuccessesAreNoneForTheOptimum(t *testing.T) {
	t.Parallel()
	limit := func(name string) PoolLimits {
		return PoolLimits{Name: name, Models: []string{name}, RPM: Limit{PerMinute: 1, Burst: 1, Level: 1}}
	}
	run := func(degraded bool) *Snapshot {
		r := NewRecorder(Config{Duration: 30 * sec, Horizon: 30 * sec, Limits: []PoolLimits{limit("big"), limit("small")}})
		for i, model := range []string{"big", "small"} {
			a := load.Arrival{ID: uint64(i), Model: "big"}
			r.Arrived(0, &a)
			last := load.Attempt{Target: load.Target{Model: model, Degraded: model != "big"}, Done: time.Duration(i+1) * sec}
			if last.Target.Degraded && !degraded {
				continue
			}
			r.Finished(last.Done, &load.Result{Arrival: a, Outcome: load.OK, Attempts: 1, Finished: last.Done, Last: last})
		}
		return r.Snapshot(30 * sec)
	}
	with, without := run(true), run(false)
	for _, name := range []string{"optimum_share", "optimum_share.goodput", "optimum_share.makespan"} {
		near(t, name, told(t, with, name), told(t, without, name), 1e-12)
	}
	near(t, "optimum share", told(t, with, "optimum_share"), 1, 1e-12)
	near(t, "success", told(t, with, "success_ratio"), 1, 1e-12)
	near(t, "useful", told(t, with, "useful_ratio"), 0.5, 1e-12)
	merged := run(true)
	if err := merged.Merge(without); err != nil {
		t.Fatal(err)
	}
	if merged.Herd.lastWanted() != sec || merged.Herd.LastSuccess != 2*sec {
		t.Errorf("merged: last success %v, by the model wanted %v", merged.Herd.LastSuccess, merged.Herd.lastWanted())
	}
}
