package queue

import "time"

// Order names who goes next.
type Order string

// The orders. Equals go in the order they were pushed, unless an order says
// otherwise. What a call costs is by [CostConfig].
const (
	FIFO     Order = "fifo"          // who was pushed first
	Priority Order = "priority"      // lowest class number first, strictly: low classes can starve
	Ageing   Order = "ageing"        // lowest class − wait/step first
	LIFO     Order = "lifo"          // who was pushed last: the oldest starve under overload
	Adaptive Order = "adaptive-lifo" // who was pushed first; who was pushed last once the queue has not been empty for Standing (Maurer, "Fail at Scale", ACM Queue 13(8), 2015)
	EDF      Order = "edf"           // earliest deadline first, those without one last (Liu and Layland, JACM 20(1), 1973)
	Shortest Order = "shortest"      // lowest cost − wait/step first, cost in seconds: shortest job first, the least mean wait on one bucket, with ageing
	WFQ      Order = "wfq"           // least finish tag first: a flow's next call has F = max(V, F of its last)+cost/weight; V is the F of whoever went last (self-clocked fair queueing: Golestani, INFOCOM 1994)
	DRR      Order = "drr"           // flows in turn: each turn a flow's credit grows by quantum·weight and its calls go for as long as it pays for them (Shreedhar and Varghese, SIGCOMM 1995)
	Balanced Order = "balanced"      // whoever keeps Σcost/total cost of what was pushed closest together over requests, input and output, so that no limit idles while another one is short
)

// Shed names whom a full queue turns away.
type Shed string

// Whom a full queue sheds.
const (
	Newest Shed = "newest" // the call being pushed
	Lowest Shed = "lowest" // the call of the highest class number, the latest pushed among those
)

// Config is a queue. The zero value is an unbounded FIFO.
type Config struct {
	// Order is who goes next. Absent means fifo.
	Order Order `yaml:"order"`
	// Ageing sets how waiting counts; only for the orders ageing and shortest.
	Ageing AgeingConfig `yaml:"ageing"`
	// Standing is how long the queue must not have been empty for the order
	// adaptive-lifo to turn round, at most a year. 0 means 100 ms, as its source.
	Standing time.Duration `yaml:"standing"`
	// Share sets what the flows of the orders wfq and drr get.
	Share ShareConfig `yaml:"share"`
	// Cost sets what a call counts for where costs matter.
	Cost CostConfig `yaml:"cost"`
	// Overtake is how many cheaper calls may go before a head that waits for an
	// instant, at most 1000: each call lets so many pass in all, looked for among
	// the 64 behind it, so that it is not starved. What they take may make it wait
	// longer. Not for adaptive-lifo, wfq, drr and balanced. 0 is none.
	Overtake int `yaml:"overtake"`
	// Drop sheds calls that wait already. The zero value drops none.
	Drop DropConfig `yaml:"drop"`
	// Capacity is how many calls may wait. 0 means any number.
	Capacity int `yaml:"capacity"`
	// Shed is who is turned away when Capacity calls wait; only valid with
	// Capacity. Absent means newest.
	Shed Shed `yaml:"shed"`
	// Requeue sets how calls come back after a failed attempt. The zero value puts
	// them back like new ones.
	Requeue RequeueConfig `yaml:"requeue"`
}

// RequeueConfig sets how calls come back.
type RequeueConfig struct {
	// After is how long a call that came back may not go, while it stands in line
	// already: at the head it holds up everybody behind it. Its retry layer then
	// needs no delay of its own. 0 is not at all.
	After time.Duration `yaml:"after"`
	// Demote is how many priority classes a call sinks with each attempt, at most
	// 100; only for order priority. 0 keeps it where it was.
	Demote float64 `yaml:"demote"`
}

// AgeingConfig sets how waiting makes a call more urgent.
type AgeingConfig struct {
	// Step is how long a call waits to gain one class, or with the order shortest
	// to make up for one second of cost, at most a year. 0 means 30 s.
	Step time.Duration `yaml:"step"`
}

// Flow names whose calls share one part of the service.
type Flow string

// The flows.
const (
	ByClass    Flow = "class"    // each class of the scenario is a flow
	ByTenant   Flow = "tenant"   // each tenant
	ByPriority Flow = "priority" // each priority
)

// ShareConfig says who shares with whom, and in what parts. The zero value gives
// every class of the scenario the same.
type ShareConfig struct {
	// Flow is whose calls share one part. Absent means class.
	Flow Flow `yaml:"flow"`
	// Priorities are the weights of the priorities from critical on; the last one
	// counts for all behind it. Empty means 1 for all. Unused when the flow is
	// tenant.
	Priorities []float64 `yaml:"priorities"`
	// Tenants are the weights of tenants by name, 1 for one that is not named. A
	// class has its tenant's times its priority's. Unused when the flow is priority.
	Tenants map[string]float64 `yaml:"tenants"`
	// Quantum is what a flow of the least weight may use in one turn of drr, in
	// seconds of the scarcest limit, at most an hour. 0 means the largest cost seen
	// so far, which makes a turn O(1); smaller ones take several turns for a large
	// call.
	Quantum time.Duration `yaml:"quantum"`
}

// CostConfig says what a call costs: the longest time in which one of the limits
// refills what the call takes of it, max over d of c_d/limit_d, with one
// request, its input tokens (cache reads not counted) and an estimate of its
// output tokens. Where no limit is known 1,000 tokens, input and output, are a
// second. What the attempt really used is settled with its flow afterwards.
type CostConfig struct {
	// RPM is the limit of requests per minute. 0 means as the server publishes.
	RPM int64 `yaml:"rpm"`
	// ITPM is the limit of input tokens per minute. 0 means as the server publishes.
	ITPM int64 `yaml:"itpm"`
	// OTPM is the limit of output tokens per minute. 0 means as the server publishes.
	OTPM int64 `yaml:"otpm"`
	// Output is how output tokens are estimated. Absent means mean.
	Output Output `yaml:"output"`
}

// Output names an estimate of output tokens before they are known.
type Output string

// The output estimates.
const (
	Mean      Output = "mean"       // moving mean of the outputs of the class: ō ← 0.9·ō + 0.1·o, at most max_tokens, and max_tokens until one is known
	MaxTokens Output = "max-tokens" // the call's max_tokens
)
