package library

import "ratecliff/load"

// memory is what an adapter keeps for each call under way, by its place in the
// engine.
type memory[T any] struct{ places load.BySlot[place[T]] }

type place[T any] struct {
	epoch uint32
	value T
}

// of is what is kept for the call; the zero value for one not seen before.
func (m *memory[T]) of(c *load.Call) *T {
	p := m.places.At(c)
	if p.epoch != c.Epoch {
		*p = place[T]{epoch: c.Epoch}
	}
	return &p.value
}
