package queue

import "ratecliff/load"

// Validate reports everything wrong with c.
func (c Config) Validate() []load.Problem {
	var ps []load.Problem
	unless := func(ok bool, path, message string) {
		if !ok {
			ps = append(ps, load.Problem{Path: path, Message: message})
		}
	}
	unless(c.Order == "" || c.Order == FIFO || c.Order == Priority || c.Order == Ageing, "order", "must be one of fifo, priority, ageing")
	unless(c.Ageing.Step >= 0 && c.Ageing.Step <= maxStep, "ageing.step", "must be from 0 to a year (8760h)")
	unless(c.Ageing.Step == 0 || c.Order == Ageing, "ageing.step", "has no meaning without order: ageing")
	unless(c.Requeue.After >= 0 && c.Requeue.After <= maxStep, "requeue.after", "must be from 0 to a year (8760h)")
	unless(c.Requeue.Demote >= 0 && c.Requeue.Demote <= 100, "requeue.demote", "must be from 0 to 100 classes")
	unless(c.Requeue.Demote == 0 || c.Order == Priority, "requeue.demote", "has no meaning without order: priority")
	unless(c.Capacity >= 0, "capacity", "must not be negative")
	unless(c.Shed == "" || c.Shed == Newest || c.Shed == Lowest, "shed", "must be one of newest, lowest")
	unless(c.Shed == "" || c.Capacity != 0, "shed", "has no meaning without capacity")
	return ps
}
