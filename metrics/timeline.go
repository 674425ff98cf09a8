package metrics

import (
	"math"
	"math/bits"
	"time"
)

// timeline is a series under construction, with what shares its bins.
type timeline struct {
	width    time.Duration
	bins     []Bin
	pools    [][]Costs // cost of the successes by bin of their due instant
	now      int       // bin last used
	from, to time.Duration
	levels   [levelCount]integral
}

// integral is a value in time whose area is still to be booked.
type integral struct {
	value int64
	carry int64         // value·ns not booked yet, below 1 ms·value
	since time.Duration // booked up to here
}

func (t *timeline) reset(pools int) {
	t.width, t.bins = FirstWidth, t.bins[:0]
	t.now, t.from, t.to = 0, 0, 0
	t.levels = [levelCount]integral{}
	t.pools = extend(t.pools, pools)
	for i := range t.pools {
		t.pools[i] = t.pools[i][:0]
	}
}

// bin is the bin of an instant.
func (t *timeline) bin(at time.Duration) *Bin {
	if at >= t.from && at < t.to {
		return &t.bins[t.now]
	}
	i := t.reach(at)
	t.now, t.from = i, time.Duration(i)*t.width
	t.to = t.from + t.width
	return &t.bins[i]
}

// reach makes sure that the bin of an instant exists and returns its index.
func (t *timeline) reach(at time.Duration) int {
	at = max(at, 0)
	for at/t.width >= MaxBins {
		t.coarsen()
	}
	i := int(at / t.width)
	t.bins = extend(t.bins, i+1)
	return i
}

func (t *timeline) coarsen() {
	t.bins = coarsen(t.bins, (*Bin).add)
	for p := range t.pools {
		t.pools[p] = coarsen(t.pools[p], (*Costs).add)
	}
	t.width *= 2
	t.now, t.from, t.to = 0, 0, 0
}

// serve books the cost of a success on its pool.
func (t *timeline) serve(pool int, due time.Duration, c *Costs) {
	i := t.reach(due)
	t.pools[pool] = extend(t.pools[pool], i+1)
	t.pools[pool][i].add(c)
}

// set says that level l has a value from now on; negative values count as 0.
func (t *timeline) set(now time.Duration, l level, value int64) {
	g := &t.levels[l]
	if value = max(value, 0); value != g.value {
		t.flush(now, l)
		g.value = value
	}
}

// flush books the area of level l up to now. What does not fill a whole
// value·ms is carried on, so the sum over any bins is exact to 1 value·ms and
// does not depend on their width.
func (t *timeline) flush(now time.Duration, l level) {
	g := &t.levels[l]
	if now <= g.since {
		return
	}
	if g.value == 0 {
		g.since = now
		return
	}
	if g.since >= t.from && now <= t.to { // the usual case: all in one bin
		at := t.bins[t.now].level(l)
		*at = addSaturated(*at, g.area(now))
		g.since = now
		return
	}
	t.reach(now - 1)
	for g.since < now {
		b := t.bin(g.since)
		end := min(now, t.to)
		at := b.level(l)
		*at = addSaturated(*at, g.area(end))
		g.since = end
	}
}

// flushAll books every level up to now.
func (t *timeline) flushAll(now time.Duration) {
	for l := level(0); l < levelCount; l++ {
		t.flush(now, l)
	}
}

// area is the whole value·ms from g.since to end.
func (g *integral) area(end time.Duration) int64 {
	d := int64(end - g.since)
	if hi, lo := bits.Mul64(uint64(g.value), uint64(d)); hi == 0 && lo < math.MaxInt64/2 {
		ns := int64(lo) + g.carry
		whole := ns / int64(time.Millisecond)
		g.carry = ns - whole*int64(time.Millisecond)
		return whole
	}
	ms, rest := d/int64(time.Millisecond), d%int64(time.Millisecond)
	hi, lo := bits.Mul64(uint64(g.value), uint64(ms))
	if hi != 0 || lo > math.MaxInt64 || g.value > math.MaxInt64/2/int64(time.Millisecond) {
		return math.MaxInt64
	}
	ns := g.value*rest + g.carry
	whole := ns / int64(time.Millisecond)
	g.carry = ns - whole*int64(time.Millisecond)
	return addSaturated(int64(lo), whole)
}

// addSaturated is a + b for values that are not negative, at most MaxInt64.
func addSaturated(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
