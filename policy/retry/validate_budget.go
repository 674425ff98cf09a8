package retry

import (
	"fmt"
	"math"
	"slices"
	"time"
)

func (b Budget) validate(ps *problems) {
	switch {
	case b.Kind == "":
		ps.unless(b == Budget{}, "budget.kind", "is required: one of bucket, grpc, finagle, in-flight")
		return
	case !slices.Contains([]BudgetKind{Bucket, GRPC, Finagle, InFlight}, b.Kind):
		ps.add("budget.kind", "must be one of bucket, grpc, finagle, in-flight")
		return
	}
	b.validateNumbers(ps)
	b.validateMeaning(ps)
}

// number is a parameter of a budget and the kinds it is for.
type number struct {
	path string
	v    float64
	most float64
	of   []BudgetKind
}

func (b Budget) numbers() []number {
	bucket := []BudgetKind{Bucket}
	return []number{
		{"budget.capacity", b.Capacity, maxTokens, []BudgetKind{Bucket, GRPC}},
		{"budget.cost", b.Cost, maxTokens, bucket},
		{"budget.throttled_cost", b.ThrottledCost, maxTokens, bucket},
		{"budget.timeout_cost", b.TimeoutCost, maxTokens, bucket},
		{"budget.deposit", b.Deposit, maxTokens, []BudgetKind{Bucket, GRPC}},
		{"budget.share", b.Share, maxFactor, []BudgetKind{Finagle, InFlight}},
		{"budget.reserve", b.Reserve, maxTokens, []BudgetKind{Finagle}},
		{"budget.min", float64(b.Min), math.MaxInt32, []BudgetKind{InFlight}},
	}
}

func (b Budget) validateNumbers(ps *problems) {
	for _, n := range b.numbers() {
		ps.amount(n.path, n.v, n.most)
		ps.unless(n.v == 0 || slices.Contains(n.of, b.Kind), n.path, fmt.Sprintf("has no meaning for kind %q", b.Kind))
	}
	ps.duration("budget.expiry", b.Expiry)
	ps.unless(b.Expiry == 0 || b.Kind == Finagle, "budget.expiry", "is only for finagle")
	ps.unless(b.Expiry == 0 || b.Expiry >= time.Second, "budget.expiry", "must be at least 1s")
}

func (b Budget) validateMeaning(ps *problems) {
	for _, f := range []struct {
		path string
		on   bool
		of   BudgetKind
	}{{"budget.deposit_first", b.DepositFirst, Bucket}, {"budget.return", b.Return, Bucket}, {"budget.before_sleep", b.BeforeSleep, InFlight}} {
		ps.unless(!f.on || b.Kind == f.of, f.path, fmt.Sprintf("is only for %s", f.of))
	}
	switch b.Kind {
	case Bucket, GRPC:
		ps.unless(b.Capacity != 0, "budget.capacity", "is required")
		least := max(b.withDefaults().Cost, b.ThrottledCost, b.TimeoutCost)
		short := b.Kind == Bucket && b.Capacity > 0 && b.Capacity < least
		ps.unless(!short, "budget.capacity", fmt.Sprintf("is below what a retry costs, %g: none would ever be made", least))
	case InFlight:
		ps.unless(b.Share != 0 || b.Min != 0, "budget.share", "is required, or min: none would ever be made")
		ps.unless(b.Share <= 1, "budget.share", "is a share of what is in flight, at most 1")
	case Finagle:
		ps.unless(b.Share != 0 || b.Reserve != 0, "budget.share", "is required, or reserve: none would ever be made")
	}
}
