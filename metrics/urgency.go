package metrics

import "ratecliff/load"

// urgencies is how many priorities are told apart; the last one holds all
// beyond.
const urgencies = 8

// urgency counts by priority the calls that could go if they were let: those
// that wait or sleep. The zero value is ready for use.
type urgency struct {
	pending  [urgencies]int64
	seen     uint8  // bit by priority
	inverted []bool // by the call's slot: its attempt under way overtook a more urgent call
}

func (u *urgency) reset() {
	u.pending, u.seen = [urgencies]int64{}, 0
	clear(u.inverted)
}

func rankOf(p load.Priority) int { return min(max(int(p), 0), urgencies-1) }

// add may leave less than nothing for a moment: a call whose further copy
// succeeded ends before its own attempt, which was given up.
func (u *urgency) add(p load.Priority, n int64) { u.pending[rankOf(p)] += n }

// sent notes that an attempt left, and whether it overtook. A further copy is of
// a call that was not waiting, and never goes while others wait.
func (u *urgency) sent(c *load.Call) {
	over := false
	if c.Copy > 0 {
		if int(c.Slot) < len(u.inverted) {
			u.inverted[c.Slot] = false
		}
		return
	}
	u.add(c.Priority, -1)
	for _, n := range u.pending[:rankOf(c.Priority)] {
		over = over || n > 0
	}
	if int(c.Slot) >= len(u.inverted) {
		if !over {
			return
		}
		u.inverted = extend(u.inverted, int(c.Slot)+1)
	}
	u.inverted[c.Slot] = over
}

func (u *urgency) overtook(c *load.Call) bool {
	return int(c.Slot) < len(u.inverted) && u.inverted[c.Slot]
}

// grant books an attempt that was served.
func (r *Recorder) grant(c *load.Call) {
	class := r.class(c.Class)
	class.Granted++
	if r.urgency.overtook(c) {
		class.Inverted++
	}
}

// orderedBy is the retry layer that ordered the attempt to come, counted from 1,
// the innermost, or 0 for the first attempt. The layers inside the one that
// ordered it have been started anew, so it is the first that has seen a failure.
func orderedBy(c *load.Call) int {
	for i := range c.Layers {
		if c.Layers[i].Failures > 0 {
			return i + 1
		}
	}
	return 0
}
