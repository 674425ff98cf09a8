package queue

import "ratecliff/load"

// flows are the parties that share the service, found by call.
type flows struct {
	cfg     ShareConfig
	book    *book
	all     []flow
	byClass []int32          // number of the flow plus 1
	byRank  [1 << 8]int32    // by priority + 128
	named   map[string]int32 // by tenant
}

// flow is one party: the calls that wait, in order.
type flow struct {
	list
	weight float64
	start  float64 // wfq: the virtual instant at which the head begins
	finish float64 // wfq: of the head; with none waiting, of the last that went
	credit float64 // drr
	next   int32   // drr: in the ring
	prev   int32
}

func newFlows(cfg ShareConfig, b *book) flows {
	return flows{cfg: cfg, book: b, named: make(map[string]int32)}
}

// of is the number of c's flow, made when there is none.
func (f *flows) of(c *load.Call) int32 {
	switch f.cfg.Flow {
	case ByTenant:
		n := f.named[c.Tenant]
		if n == 0 {
			n = f.open(f.tenant(c))
			f.named[c.Tenant] = n
		}
		return n - 1
	case ByPriority:
		n := &f.byRank[int(c.Priority)+1<<7]
		if *n == 0 {
			*n = f.open(f.rank(c))
		}
		return *n - 1
	}
	for c.Class >= len(f.byClass) {
		f.byClass = append(f.byClass, 0)
	}
	n := &f.byClass[c.Class]
	if *n == 0 {
		*n = f.open(f.tenant(c) * f.rank(c))
	}
	return *n - 1
}

func (f *flows) open(weight float64) int32 {
	f.all = append(f.all, flow{weight: weight})
	return int32(len(f.all))
}

func (f *flows) tenant(c *load.Call) float64 {
	if w := f.cfg.Tenants[c.Tenant]; w > 0 {
		return w
	}
	return 1
}

func (f *flows) rank(c *load.Call) float64 {
	if len(f.cfg.Priorities) == 0 {
		return 1
	}
	return f.cfg.Priorities[min(max(int(c.Priority), 0), len(f.cfg.Priorities)-1)]
}

// join puts c behind its flow and says whether it is the only one there.
func (f *flows) join(c *load.Call) (number int32, alone bool) {
	number = f.of(c)
	fl := &f.all[number]
	f.book.append(&fl.list, c)
	f.book.at(c).flow = number
	return number, fl.n == 1
}

// leave takes c out of its flow and says whether it stood first.
func (f *flows) leave(c *load.Call) (number int32, wasHead bool) {
	number = f.book.at(c).flow
	fl := &f.all[number]
	wasHead = fl.head == c.Slot+1
	f.book.unlink(&fl.list, c)
	return number, wasHead
}

func (f *flows) head(number int32) *load.Call { return f.book.call(f.all[number].head) }
