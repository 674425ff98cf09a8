package queue

import "time"

// Order names who goes next.
type Order string

// The orders. Equals go in the order they were pushed.
const (
	FIFO     Order = "fifo"     // who was pushed first
	Priority Order = "priority" // lowest class number first, strictly: low classes can starve
	Ageing   Order = "ageing"   // lowest class − wait/step first
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
	// Ageing sets the order of that name; only valid with it.
	Ageing AgeingConfig `yaml:"ageing"`
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
	// Step is how long a call waits to gain one class, at most a year. 0 means
	// 30 s.
	Step time.Duration `yaml:"step"`
}
