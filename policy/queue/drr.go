package queue

import (
	"math"
	"time"

	"ratecliff/load"
)

// drr serves its flows in turn. The turn always stands at a flow whose first
// call it can pay for, so looking costs nothing. Push and Remove take O(1) while
// the quantum is at least the largest cost, else O(flows).
//
// Two flows that both wait throughout an interval are served
// |W_i/w_i − W_j/w_j| ≤ q + max c_i/w_i + max c_j/w_j with quantum q per unit of
// weight (Shreedhar and Varghese, SIGCOMM 1995, lemma 2).
type drr struct {
	flows
	turn    int32   // the flow whose turn it is, plus 1; 0 when none waits
	waiting int     // flows in the ring
	least   float64 // the least weight there can be
	largest float64 // cost seen
}

func newDRR(cfg ShareConfig, b *book) *drr {
	least := func(of []float64) float64 {
		low := 1.0
		for _, w := range of {
			low = min(low, w)
		}
		return low
	}
	low := least(cfg.Priorities)
	var tenants []float64
	for _, w := range cfg.Tenants {
		tenants = append(tenants, w)
	}
	switch cfg.Flow {
	case ByTenant:
		low = least(tenants)
	case ByPriority:
	default:
		low *= least(tenants)
	}
	return &drr{flows: newFlows(cfg, b), least: low}
}

// quantum is what a flow gets each turn.
func (d *drr) quantum(f *flow) float64 {
	unit := float64(d.cfg.Quantum)
	if unit == 0 {
		unit = d.largest
	}
	return unit * f.weight / d.least
}

func (d *drr) push(c *load.Call) {
	d.largest = max(d.largest, d.book.at(c).cost)
	if n, alone := d.join(c); alone {
		d.enter(n)
	}
	d.advance()
}

// enter puts a flow at the end of the ring, which is just before the turn.
func (d *drr) enter(n int32) {
	f := &d.all[n]
	d.waiting++
	f.credit = min(f.credit, 0) // what it saved is gone, what it owes is not
	if d.turn == 0 {
		d.turn, f.next, f.prev = n+1, n, n
		f.credit += d.quantum(f)
		return
	}
	at := &d.all[d.turn-1]
	f.prev, f.next = at.prev, d.turn-1
	d.all[f.prev].next = n
	at.prev = n
}

// quit takes a flow out of the ring; its turn passes on.
func (d *drr) quit(n int32) {
	f := &d.all[n]
	d.waiting--
	if d.waiting == 0 {
		d.turn = 0
		return
	}
	d.all[f.prev].next, d.all[f.next].prev = f.next, f.prev
	if d.turn == n+1 {
		d.begin(f.next)
	}
}

// begin gives a flow its turn.
func (d *drr) begin(n int32) {
	d.turn = n + 1
	f := &d.all[n]
	f.credit += d.quantum(f)
}

// advance passes the turn on until it stands at a flow that can pay.
func (d *drr) advance() {
	for passed := 0; d.turn != 0 && !d.pays(d.turn-1); passed++ {
		if passed == d.waiting {
			d.skip()
		}
		d.begin(d.all[d.turn-1].next)
	}
}

func (d *drr) price(n int32) float64 { return d.book.at(d.head(n)).cost }

func (d *drr) pays(n int32) bool { return d.price(n) <= d.all[n].credit }

// skip gives every flow at once the rounds in which none could pay.
func (d *drr) skip() {
	rounds := math.Inf(1)
	n := d.turn - 1
	for range d.waiting {
		f := &d.all[n]
		rounds = min(rounds, math.Ceil((d.price(n)-f.credit)/d.quantum(f))-1)
		n = f.next
	}
	for range d.waiting {
		f := &d.all[n]
		f.credit += max(0, rounds) * d.quantum(f)
		n = f.next
	}
}

func (d *drr) first(time.Duration) *load.Call {
	if d.turn == 0 {
		return nil
	}
	return d.head(d.turn - 1)
}

func (d *drr) remove(c *load.Call, served bool) {
	cost := d.book.at(c).cost
	n, _ := d.leave(c)
	f := &d.all[n]
	if served {
		f.credit -= cost
	}
	if f.n == 0 {
		d.quit(n)
	}
	d.advance()
}

func (d *drr) settle(number int32, more float64) {
	d.all[number].credit -= more
	d.advance()
}
