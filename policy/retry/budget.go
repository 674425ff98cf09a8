package retry

import "time"

// BudgetKind names a rule of permission.
type BudgetKind string

// The rules of permission. All are asked after the limit of attempts; where a
// budget says no, the failure stands.
const (
	// Bucket holds Capacity tokens and starts full. A retry withdraws Cost, or
	// what fits the failure, before it sleeps, and is not made when there is less;
	// a success deposits Deposit. (aws-sdk-go-v2 v1.47.7 aws/retry/standard.go and
	// middleware.go; Brooker, "Fixing retries with token buckets and circuit
	// breakers", 2022.)
	Bucket BudgetKind = "bucket"
	// GRPC holds Capacity tokens and starts full. Every failure of a kind that is
	// retried takes 1, down to 0, whether or not it is retried; a success adds
	// Deposit. A retry is made while more than Capacity/2 are left. (grpc-go v1.85
	// clientconn.go retryThrottler, stream.go shouldRetry; gRFC A6.)
	GRPC BudgetKind = "grpc"
	// Finagle permits Reserve retries a second, and Share more for each call: a
	// call deposits Share, a retry withdraws 1, and both are forgotten after
	// Expiry, in tenths of it. (twitter/finagle RetryBudget.scala, which counts in
	// units of Share: deposit 1, withdraw 1/0.2.)
	Finagle BudgetKind = "finagle"
	// InFlight permits a retry while retries in flight are at most Share of all
	// that is in flight, or fewer than Min. The calls that sleep count among what
	// is in flight, but not among the retries, and it is asked after the sleep, so
	// that what it refuses has waited in vain; see BeforeSleep. Further copies of
	// a call count as retries. (failsafe-go v0.9.8 budget/budget.go,
	// retrypolicy/retryexecutor.go.)
	InFlight BudgetKind = "in-flight"
)

// Budget is a permission to retry, held in common by all calls of one client
// process. Its unit is the retry of one call, or with ByCost one of mean cost.
type Budget struct {
	// Kind is the rule. Absent means no budget.
	Kind BudgetKind `yaml:"kind"`
	// Capacity is how many tokens bucket and grpc hold: 500 in aws-sdk-go-v2.
	// Required for them.
	Capacity float64 `yaml:"capacity"`
	// Cost is what a retry withdraws from a bucket: 5 in aws-sdk-go-v2, 14 in its
	// 2026 mode. 0 means 1.
	Cost float64 `yaml:"cost"`
	// ThrottledCost is Cost after a 429: 5 in the 2026 mode. 0 means Cost.
	ThrottledCost float64 `yaml:"throttled_cost"`
	// TimeoutCost is Cost after a timeout: 10 in aws-sdk-go-v2, but for the 2026
	// mode. 0 means Cost.
	TimeoutCost float64 `yaml:"timeout_cost"`
	// Deposit is what a success adds to bucket (1 in aws-sdk-go-v2, 0.1 with
	// Brooker) and grpc (its tokenRatio). 0 adds nothing: what is gone is gone.
	Deposit float64 `yaml:"deposit"`
	// DepositFirst lets only a success without a retry add to a bucket, as the
	// 2026 mode does. False counts every success.
	DepositFirst bool `yaml:"deposit_first"`
	// Return gives back to the bucket what a retry withdrew when it succeeds, on
	// top of Deposit. False keeps it.
	Return bool `yaml:"return"`
	// Share is how many retries finagle permits for each call, and the share of
	// what is in flight that in-flight does: 0.2 in both. Required for in-flight.
	Share float64 `yaml:"share"`
	// Reserve is how many retries a second finagle permits besides: 10. 0 means
	// none.
	Reserve float64 `yaml:"reserve"`
	// Expiry is how long finagle remembers. 0 means 10 s; from 1 s to 60 s there.
	Expiry time.Duration `yaml:"expiry"`
	// Min is how many retries in-flight permits whatever the share: 3. 0 means
	// none.
	Min int `yaml:"min"`
	// BeforeSleep asks in-flight before the sleep, and counts a retry from then
	// on. False asks after it, as failsafe-go does.
	BeforeSleep bool `yaml:"before_sleep"`
	// ByCost counts metered input tokens, over the mean of the calls sent so far,
	// in place of calls: a retry of 50 k tokens withdraws 50 times what one of 1 k
	// does, and a success deposits alike. False counts calls.
	ByCost bool `yaml:"by_cost"`
}

// The defaults of the formulas.
const (
	defaultCost   = 1
	defaultExpiry = 10 * time.Second // RetryBudget.DefaultTtl
)

func (b Budget) withDefaults() Budget {
	if b.Cost == 0 {
		b.Cost = defaultCost
	}
	if b.ThrottledCost == 0 {
		b.ThrottledCost = b.Cost
	}
	if b.TimeoutCost == 0 {
		b.TimeoutCost = b.Cost
	}
	if b.Expiry == 0 {
		b.Expiry = defaultExpiry
	}
	return b
}
