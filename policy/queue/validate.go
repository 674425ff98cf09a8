package queue

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ratecliff/load"
)

// problems gathers what is wrong.
type problems []load.Problem

func (ps *problems) unless(ok bool, path, message string) {
	if !ok {
		*ps = append(*ps, load.Problem{Path: path, Message: message})
	}
}

func (ps *problems) year(d time.Duration, path string) {
	ps.unless(d >= 0 && d <= maxStep, path, "must be from 0 to a year (8760h)")
}

// oneOf says whether a name is one of those there are.
func oneOf[T ~string](ps *problems, name T, path string, names ...T) bool {
	if name == "" || slices.Contains(names, name) {
		return true
	}
	var words []string
	for _, n := range names {
		words = append(words, string(n))
	}
	ps.unless(false, path, "must be one of "+strings.Join(words, ", "))
	return false
}

// Validate reports everything wrong with c.
func (c Config) Validate() []load.Problem {
	var ps problems
	oneOf(&ps, c.Order, "order", FIFO, Priority, Ageing, LIFO, Adaptive, EDF, Shortest, WFQ, DRR, Balanced)
	ps.year(c.Ageing.Step, "ageing.step")
	ps.unless(c.Ageing.Step == 0 || c.Order == Ageing || c.Order == Shortest, "ageing.step", "has no meaning without order: ageing or shortest")
	ps.year(c.Standing, "standing")
	ps.unless(c.Standing == 0 || c.Order == Adaptive, "standing", "has no meaning without order: adaptive-lifo")
	ps.year(c.Requeue.After, "requeue.after")
	ps.unless(c.Requeue.Demote >= 0 && c.Requeue.Demote <= 100, "requeue.demote", "must be from 0 to 100 classes")
	ps.unless(c.Requeue.Demote == 0 || c.Order == Priority, "requeue.demote", "has no meaning without order: priority")
	ps.unless(c.Capacity >= 0, "capacity", "must not be negative")
	oneOf(&ps, c.Shed, "shed", Newest, Lowest)
	ps.unless(c.Shed == "" || c.Capacity != 0, "shed", "has no meaning without capacity")
	c.overtaking(&ps)
	c.shares(&ps)
	c.costs(&ps)
	c.dropping(&ps)
	return ps
}

func (c *Config) overtaking(ps *problems) {
	ps.unless(c.Overtake >= 0 && c.Overtake <= maxOvertake, "overtake", fmt.Sprintf("must be from 0 to %d", maxOvertake))
	switch c.Order {
	case Adaptive, WFQ, DRR, Balanced:
		ps.unless(c.Overtake == 0, "overtake", "has no meaning with order: "+string(c.Order))
	}
}

func (c *Config) shares(ps *problems) {
	s := &c.Share
	oneOf(ps, s.Flow, "share.flow", ByClass, ByTenant, ByPriority)
	set := s.Flow != "" || len(s.Priorities) > 0 || len(s.Tenants) > 0 || s.Quantum != 0
	ps.unless(!set || c.Order == WFQ || c.Order == DRR, "share", "has no meaning without order: wfq or drr")
	weight := func(w float64, path string) {
		ps.unless(w >= minWeight && w <= maxWeight, path, fmt.Sprintf("must be a weight from %v to %v", minWeight, maxWeight))
	}
	for i, w := range s.Priorities {
		weight(w, fmt.Sprintf("share.priorities[%d]", i))
	}
	ps.unless(len(s.Priorities) <= 8, "share.priorities", "must be at most 8: there are no more priorities")
	for _, name := range slices.Sorted(maps.Keys(s.Tenants)) {
		weight(s.Tenants[name], "share.tenants."+name)
	}
	ps.unless(len(s.Priorities) == 0 || s.Flow != ByTenant, "share.priorities", "has no meaning with flow: tenant")
	ps.unless(len(s.Tenants) == 0 || s.Flow != ByPriority, "share.tenants", "has no meaning with flow: priority")
	ps.unless(s.Quantum >= 0 && s.Quantum <= maxQuantum, "share.quantum", "must be from 0 to an hour")
	ps.unless(s.Quantum == 0 || c.Order == DRR, "share.quantum", "has no meaning without order: drr")
}

func (c *Config) costs(ps *problems) {
	const most = 1_000_000_000_000
	for _, l := range []struct {
		limit int64
		path  string
	}{{c.Cost.RPM, "cost.rpm"}, {c.Cost.ITPM, "cost.itpm"}, {c.Cost.OTPM, "cost.otpm"}} {
		ps.unless(l.limit >= 0 && l.limit <= most, l.path, fmt.Sprintf("must be from 0 to %d", int64(most)))
	}
	oneOf(ps, c.Cost.Output, "cost.output", Mean, MaxTokens)
	ps.unless(c.Cost == (CostConfig{}) || c.priced(), "cost", "has no meaning where costs do not matter: it is for the orders shortest, wfq, drr and balanced, for overtake, and for dropping by codel, late or inferior")
}

func (c *Config) dropping(ps *problems) {
	d := &c.Drop
	unknown := !oneOf(ps, d.Rule, "drop.rule", NoDrop, CoDel, Standing, Late, Inferior, Levels)
	timed := unknown || d.Rule == CoDel || d.Rule == Standing
	ps.year(d.Target, "drop.target")
	ps.unless(d.Target == 0 || timed, "drop.target", "has no meaning without rule: codel or standing")
	ps.unless(d.Share >= 0 && d.Share <= 1, "drop.share", "must be from 0 to 1")
	ps.unless(d.Share == 0 || timed, "drop.share", "has no meaning without rule: codel or standing")
	ps.unless(d.Share == 0 || d.Target == 0, "drop.share", "contradicts drop.target: the time waited is bounded by one of them")
	ps.year(d.Interval, "drop.interval")
	ps.unless(d.Interval == 0 || timed, "drop.interval", "has no meaning without rule: codel or standing")
	for _, n := range []struct {
		n    int
		most int
		path string
	}{{d.From, maxWaiting, "drop.from"}, {d.To, maxWaiting, "drop.to"}, {d.Window, maxWindow, "drop.window"}} {
		ps.unless(n.n >= 0 && n.n <= n.most, n.path, fmt.Sprintf("must be from 0 to %d", n.most))
		ps.unless(n.n == 0 || unknown || d.Rule == Levels, n.path, "has no meaning without rule: levels")
	}
	whole := d.complete()
	ps.unless(d.To == 0 || d.To > whole.From, "drop.to", fmt.Sprintf("must be above drop.from, which is %d", whole.From))
	ps.unless(d.Rule != Inferior || c.Order == "" || c.Order == FIFO, "drop.rule", "inferior needs order: fifo, where all that wait go before a call that comes")
}
