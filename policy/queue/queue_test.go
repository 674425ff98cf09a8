package queue_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/policy/queue"
	"ratecliff/policy/queue/queuetest"
)

const s = time.Second

// orders are all there are.
var orders = []queue.Order{
	"", queue.FIFO, queue.Priority, queue.Ageing, queue.LIFO, queue.Adaptive, queue.EDF, queue.Shortest, queue.WFQ, queue.DRR, queue.Balanced,
}

func TestContract(t *testing.T) {
	for _, order := range orders {
		for _, bound := range []queue.Config{{}, {Capacity: 10}, {Capacity: 10, Shed: queue.Newest}, {Capacity: 10, Shed: queue.Lowest}, {Capacity: 1, Shed: queue.Lowest}} {
			bound.Order = order
			t.Run(fmt.Sprintf("%s/%d/%s", order, bound.Capacity, bound.Shed), func(t *testing.T) { contract(t, bound) })
		}
	}
}

// Every rule keeps to the contract with every order that it may stand beside.
func TestContractOfPowers(t *testing.T) {
	for _, order := range orders {
		for _, cfg := range []queue.Config{
			{Overtake: 3},
			{Drop: queue.DropConfig{Rule: queue.CoDel}},
			{Drop: queue.DropConfig{Rule: queue.Standing}},
			{Drop: queue.DropConfig{Rule: queue.Late}},
			{Drop: queue.DropConfig{Rule: queue.Inferior}},
			{Drop: queue.DropConfig{Rule: queue.Levels, From: 3, To: 9, Window: 20}},
			{Overtake: 2, Capacity: 10, Shed: queue.Lowest, Drop: queue.DropConfig{Rule: queue.Late}},
		} {
			if cfg.Order = order; len(cfg.Validate()) > 0 {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d/%s", order, cfg.Overtake, cfg.Drop.Rule), func(t *testing.T) { contract(t, cfg) })
		}
	}
}

func contract(t *testing.T, cfg queue.Config) {
	t.Helper()
	run := queuetest.Run
	if cfg.Order == queue.LIFO {
		run = queuetest.RunLatest
	}
	run(t, cfg.Capacity, func() queuetest.Queue { return queue.New(cfg) })
}

func call(slot int, p load.Priority, ready time.Duration) *load.Call {
	c := &load.Call{Slot: int32(slot), Ready: ready}
	c.Priority = p
	return c
}

// drain takes out everything and names the calls by slot.
func drain(q *queue.Queue, now time.Duration) []int32 {
	var out []int32
	for c := q.Peek(now); c != nil; c = q.Peek(now) {
		q.Remove(c)
		out = append(out, c.Slot)
	}
	return out
}

func TestOrders(t *testing.T) {
	t.Parallel()
	// slot, class, ready
	calls := [][3]int{{0, 3, 0}, {1, 0, 40}, {2, 2, 5}, {3, 0, 95}, {4, 3, 100}, {5, 1, 64}}
	for _, row := range []struct {
		cfg  queue.Config
		want []int32
	}{
		{queue.Config{}, []int32{0, 1, 2, 3, 4, 5}},
		{queue.Config{Order: queue.Priority}, []int32{1, 3, 5, 2, 0, 4}},
		// class·30 + ready: 90, 40, 65, 95, 190, 94
		{queue.Config{Order: queue.Ageing}, []int32{1, 2, 0, 5, 3, 4}},
		// class·10 + ready: 30, 40, 25, 95, 130, 74
		{queue.Config{Order: queue.Ageing, Ageing: queue.AgeingConfig{Step: 10 * s}}, []int32{2, 0, 1, 5, 3, 4}},
	} {
		q := queue.New(row.cfg)
		for _, c := range calls {
			q.Push(100*s, call(c[0], load.Priority(c[1]), time.Duration(c[2])*s))
		}
		if got := drain(q, 100*s); !slices.Equal(got, row.want) {
			t.Errorf("%+v: %v, want %v", row.cfg, got, row.want)
		}
	}
}

func TestShedding(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		shed  queue.Shed
		order queue.Order
		class []load.Priority // pushed as slots 0, 1, 2 ... into room for three
		shedd []int32
		left  []int32
	}{
		{"", queue.FIFO, []load.Priority{3, 3, 3, 0}, []int32{3}, []int32{0, 1, 2}},
		{queue.Newest, queue.Priority, []load.Priority{3, 3, 3, 0}, []int32{3}, []int32{0, 1, 2}},
		{queue.Lowest, queue.FIFO, []load.Priority{3, 3, 3, 0}, []int32{2}, []int32{0, 1, 3}},
		{queue.Lowest, queue.Priority, []load.Priority{3, 1, 2, 0, 0, 3}, []int32{0, 2, 5}, []int32{3, 4, 1}},
		{queue.Lowest, queue.Priority, []load.Priority{1, 1, 1, 1}, []int32{3}, []int32{0, 1, 2}},
		{queue.Lowest, queue.Ageing, []load.Priority{0, 1, 0, 1, 2}, []int32{3, 4}, []int32{0, 2, 1}},
	} {
		q := queue.New(queue.Config{Order: row.order, Capacity: 3, Shed: row.shed})
		var shed []int32
		for i, p := range row.class {
			if c := q.Push(0, call(i, p, 0)); c != nil {
				shed = append(shed, c.Slot)
			}
		}
		if left := drain(q, 0); !slices.Equal(shed, row.shedd) || !slices.Equal(left, row.left) {
			t.Errorf("%q, %s, classes %v: shed %v left %v, want %v and %v", row.shed, row.order, row.class, shed, left, row.shedd, row.left)
		}
	}
}

// At every instant the call that goes next is the one a full search by
// class − wait/step would choose, although keys are fixed when calls are pushed.
func TestAgeingIsTheSearchedMinimum(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		step := time.Duration(rapid.Int64Range(1, 100).Draw(t, "step"))
		q := queue.New(queue.Config{Order: queue.Ageing, Ageing: queue.AgeingConfig{Step: step}})
		var waiting []*load.Call // in the order of pushing
		now := time.Duration(0)
		for slot := range rapid.IntRange(1, 60).Draw(t, "calls") {
			now += time.Duration(rapid.Int64Range(0, 50).Draw(t, "later"))
			c := call(slot, load.Priority(rapid.IntRange(-2, 7).Draw(t, "class")), now)
			q.Push(now, c)
			waiting = append(waiting, c)
			if rapid.Bool().Draw(t, "take one") {
				// urgency in units of one step, as a fraction over step: no rounding
				best := slices.MinFunc(waiting, func(a, b *load.Call) int {
					urgency := func(c *load.Call) int { return int(c.Priority)*int(step) - int(now-c.Ready) }
					return urgency(a) - urgency(b)
				})
				if got := q.Peek(now); got != best {
					t.Fatalf("next is slot %d, want %d", got.Slot, best.Slot)
				}
				q.Remove(best)
				waiting = slices.DeleteFunc(waiting, func(c *load.Call) bool { return c == best })
			}
		}
	})
}

// FIFO and priority are stable sorts, with removals from anywhere in between.
func TestOrderIsAStableSort(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		order := rapid.SampledFrom([]queue.Order{queue.FIFO, queue.Priority}).Draw(t, "order")
		q := queue.New(queue.Config{Order: order})
		var waiting []*load.Call
		for slot := range rapid.IntRange(1, 100).Draw(t, "calls") {
			c := call(slot, load.Priority(rapid.IntRange(0, 3).Draw(t, "class")), 0)
			q.Push(0, c)
			waiting = append(waiting, c)
			if rapid.Bool().Draw(t, "remove") {
				i := rapid.IntRange(0, len(waiting)-1).Draw(t, "which")
				q.Remove(waiting[i])
				waiting = slices.Delete(waiting, i, i+1)
			}
		}
		if order == queue.Priority {
			slices.SortStableFunc(waiting, func(a, b *load.Call) int { return int(a.Priority) - int(b.Priority) })
		}
		var want []int32
		for _, c := range waiting {
			want = append(want, c.Slot)
		}
		if q.Len() != len(want) {
			t.Fatalf("%d waiting, want %d", q.Len(), len(want))
		}
		if got := drain(q, 0); !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		cfg  queue.Config
		want []string
	}{
		{queue.Config{}, nil},
		{queue.Config{Order: queue.Ageing, Ageing: queue.AgeingConfig{Step: 30 * s}, Capacity: 5, Shed: queue.Lowest}, nil},
		{queue.Config{Order: "random", Capacity: -1, Shed: "oldest"}, []string{"order", "capacity", "shed"}},
		{queue.Config{Ageing: queue.AgeingConfig{Step: s}}, []string{"ageing.step"}},
		{queue.Config{Order: queue.Ageing, Ageing: queue.AgeingConfig{Step: -1}}, []string{"ageing.step"}},
		{queue.Config{Order: queue.Ageing, Ageing: queue.AgeingConfig{Step: 8761 * time.Hour}}, []string{"ageing.step"}},
		{queue.Config{Shed: queue.Newest}, []string{"shed"}},
		{queue.Config{Order: queue.Shortest, Ageing: queue.AgeingConfig{Step: s}, Cost: queue.CostConfig{OTPM: 1, Output: queue.MaxTokens}}, nil},
		{queue.Config{Order: queue.Adaptive, Standing: s, Drop: queue.DropConfig{Rule: queue.Standing, Target: s, Interval: s}}, nil},
		{queue.Config{Standing: s}, []string{"standing"}},
		{queue.Config{Order: queue.Adaptive, Standing: -s, Overtake: 1}, []string{"standing", "overtake"}},
		{queue.Config{Overtake: 1001}, []string{"overtake"}},
		{
			queue.Config{Order: queue.WFQ, Share: queue.ShareConfig{Priorities: []float64{8, 0, math.NaN(), math.Inf(1)}, Tenants: map[string]float64{"b": -1, "a": 0.0001, "c": 2}}},
			[]string{"share.priorities[1]", "share.priorities[2]", "share.priorities[3]", "share.tenants.a", "share.tenants.b"},
		},
		{queue.Config{Share: queue.ShareConfig{Flow: "user"}}, []string{"share.flow", "share"}},
		{queue.Config{Order: queue.WFQ, Share: queue.ShareConfig{Flow: queue.ByTenant, Priorities: []float64{1}, Quantum: s}}, []string{"share.priorities", "share.quantum"}},
		{queue.Config{Order: queue.DRR, Share: queue.ShareConfig{Flow: queue.ByPriority, Tenants: map[string]float64{"a": 1}, Quantum: 2 * time.Hour}}, []string{"share.tenants", "share.quantum"}},
		{queue.Config{Order: queue.DRR, Share: queue.ShareConfig{Priorities: make([]float64, 9)}}, []string{
			"share.priorities[0]", "share.priorities[1]", "share.priorities[2]", "share.priorities[3]", "share.priorities[4]",
			"share.priorities[5]", "share.priorities[6]", "share.priorities[7]", "share.priorities[8]", "share.priorities",
		}},
		{queue.Config{Cost: queue.CostConfig{RPM: -1, ITPM: 1e13, Output: "p50"}}, []string{"cost.rpm", "cost.itpm", "cost.output", "cost"}},
		{queue.Config{Drop: queue.DropConfig{Rule: "red", Target: -1, Share: math.NaN()}}, []string{"drop.rule", "drop.target", "drop.share", "drop.share"}},
		{queue.Config{Drop: queue.DropConfig{Rule: queue.CoDel, Target: s, Share: 0.5, From: 3}}, []string{"drop.share", "drop.from"}},
		{queue.Config{Drop: queue.DropConfig{Rule: queue.Levels, From: 50, To: 50}}, []string{"drop.to"}},
		{queue.Config{Drop: queue.DropConfig{Rule: queue.Levels, To: 40, Window: 200_000, Interval: s}}, []string{"drop.interval", "drop.window", "drop.to"}},
		{queue.Config{Order: queue.Priority, Drop: queue.DropConfig{Rule: queue.Inferior}}, []string{"drop.rule"}},
		{queue.Config{Drop: queue.DropConfig{Rule: queue.NoDrop}}, nil},
	} {
		var got []string
		for _, p := range row.cfg.Validate() {
			got = append(got, p.Path)
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%+v: problems at %v, want %v", row.cfg, got, row.want)
		}
	}
}
