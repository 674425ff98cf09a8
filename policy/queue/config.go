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
}

// AgeingConfig sets how waiting makes a call more urgent.
type AgeingConfig struct {
	// Step is how long a call waits to gain one class, at most a year. 0 means
	// 30 s.
	Step time.Duration `yaml:"step"`
}
