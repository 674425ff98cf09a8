package engine

import "time"

// Digest is a running FNV-1a hash (64 bit; Fowler, Noll, Vo) of actions: equal
// digests mean that two runs decided the same. The zero value is an empty run.
type Digest struct {
	sum   uint64
	count uint64
}

// Sum is the hash so far.
func (d Digest) Sum() uint64 { return d.sum }

// Count is the number of actions so far.
func (d Digest) Count() uint64 { return d.count }

// Add takes in the actions of one step.
func (d *Digest) Add(now time.Duration, actions []Action) {
	for i := range actions {
		a := &actions[i]
		d.count++
		d.word(uint64(now))
		d.word(uint64(a.Kind)<<32 | uint64(uint32(a.Ref.Slot)))
		d.word(uint64(a.Ref.Epoch))
		d.word(uint64(a.At))
		switch a.Kind { //exhaustive:enforce
		case Send:
			d.word(uint64(a.Call.Target.Key))
			d.text(a.Call.Target.Model)
		case Finished:
			d.word(uint64(a.Result.Outcome)<<32 | uint64(a.Result.Attempts))
		case WakeAt, Attempted, Cancel:
		}
	}
}

const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

func (d *Digest) word(v uint64) {
	for range 8 {
		d.byte(byte(v))
		v >>= 8
	}
}

func (d *Digest) text(s string) {
	for i := range len(s) {
		d.byte(s[i])
	}
}

func (d *Digest) byte(b byte) {
	if d.sum == 0 {
		d.sum = fnvOffset
	}
	d.sum = (d.sum ^ uint64(b)) * fnvPrime
}
